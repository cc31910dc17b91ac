#pragma once
// What the rules need of the world.
#include <functional>
#include <vector>

#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

// Uploads inside one transaction.
class Library {
 public:
  virtual ~Library() = default;
  // The upload, held for change until the transaction ends if `hold`. Fails with UPLOAD_NOT_FOUND.
  virtual Result<Upload> find(const Tenant& tenant, UploadId id, bool hold) = 0;
  virtual Result<void> add(const Upload& upload) = 0;
  virtual Result<void> save(const Upload& upload) = 0;
  virtual Result<void> add_part(const Upload& upload, const Part& part) = 0;
  virtual Result<std::vector<Part>> parts(const Upload& upload) = 0;
  virtual Result<std::optional<Part>> part_at(const Upload& upload, std::int64_t offset) = 0;
  virtual Result<void> forget_parts(const Upload& upload) = 0;
  virtual Result<std::int64_t> receiving(const Tenant& tenant, UserId owner) = 0;
  // Newest first, those created before `before`.
  virtual Result<std::vector<Upload>> of_episode(const Tenant& tenant, UserId owner, EpisodeId episode,
                                                 std::optional<UploadId> before, int most) = 0;
  virtual Result<std::vector<Upload>> expired(Time now, int most) = 0;
  // The bytes are all here: has them verified.
  virtual Result<void> ask_verification(const Upload& upload) = 0;
  // The parts may be removed from the object store.
  virtual Result<void> ask_removal(const Upload& upload) = 0;
};

// What callers may do with uploads; each call is one transaction of `library`.
class Uploads {
 public:
  Uploads(Library& library, const Clock& clock, Random& random, Policy policy)
      : library_(library), clock_(clock), random_(random), policy_(policy) {}

  // The caller must have checked that the episode is the creator's. Fails as create() and with TOO_MANY_UPLOADS.
  Result<Upload> create_upload(const Caller& caller, const NewUpload& wanted);
  // Another's upload: UPLOAD_NOT_FOUND.
  Result<Upload> get(const Caller& caller, UploadId id);
  Result<Upload> begin(const Caller& caller, UploadId id, std::int64_t offset);
  // The part again, after its answer was lost: the same answer.
  Result<Upload> commit_part(const Caller& caller, UploadId id, const Part& part);
  Result<void> terminate_upload(const Caller& caller, UploadId id);
  // The caller's uploads for one episode, newest first, those created before `before`.
  Result<std::vector<Upload>> of_episode(const Caller& caller, EpisodeId episode, std::optional<UploadId> before,
                                         int most);
  // Terminates uploads that nothing was added to for too long; how many.
  Result<int> expire();

 private:
  Result<Upload> owned(const Caller& caller, UploadId id, bool hold);
  Library& library_;
  const Clock& clock_;
  Random& random_;
  Policy policy_;
};

}  // namespace cliffhanger::ingest
