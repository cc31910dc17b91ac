#pragma once
// What the rules need of the world.
#include <functional>
#include <vector>

#include "services/ingest/domain/import.h"
#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

// What a creator stores, or all creators of a tenant together.
struct Storage {
  std::int64_t used = 0;              // as counted() says, of all uploads
  std::optional<std::int64_t> limit;  // of their own; none: the deployment's
};

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
  // The parts of `partial` are `whole`'s from now on, `offset` bytes further on than they were.
  virtual Result<void> move_parts(const Upload& partial, const Upload& whole, std::int64_t offset) = 0;
  // Of which it was created, in order.
  virtual Result<std::vector<UploadId>> partials_of(const Upload& whole) = 0;
  virtual Result<std::int64_t> receiving(const Tenant& tenant, UserId owner) = 0;
  // Newest first, those created before `before`.
  virtual Result<std::vector<Upload>> of_episode(const Tenant& tenant, UserId owner, EpisodeId episode,
                                                 std::optional<UploadId> before, int most) = 0;
  virtual Result<std::vector<Upload>> expired(Time now, int most) = 0;
  // The bytes are all here: has them verified.
  virtual Result<void> ask_verification(const Upload& upload) = 0;
  // The beginning is here: has it looked at while the rest arrives.
  virtual Result<void> ask_head(const Upload& upload) = 0;
  // One change of an episode at a time, until the transaction ends.
  virtual Result<void> lock_episode(const Tenant& tenant, EpisodeId episode) = 0;
  virtual Result<bool> episode_gone(const Tenant& tenant, EpisodeId episode) = 0;
  // It is gone for good. Gives its uploads that are not terminated, of anybody, held for change.
  virtual Result<std::vector<Upload>> forget_episode(const Tenant& tenant, EpisodeId episode) = 0;
  // One change of a creator's imports at a time, until the transaction ends.
  virtual Result<void> lock_owner(const Tenant& tenant, UserId owner) = 0;
  // A creator's imports that still receive.
  virtual Result<std::int64_t> importing(const Tenant& tenant, UserId owner) = 0;
  // One that grows of a creator's uploads at a time, until the transaction ends.
  virtual Result<void> lock_storage(const Tenant& tenant, UserId owner) = 0;
  virtual Result<Storage> stored(const Tenant& tenant, UserId owner) = 0;
  // None: the deployment's from now on.
  virtual Result<void> set_limit(const Tenant& tenant, UserId owner, std::optional<std::int64_t> bytes) = 0;
  // The same for all creators of a tenant together; this lock is taken after a creator's.
  virtual Result<void> lock_tenant_storage(const Tenant& tenant) = 0;
  virtual Result<Storage> stored_by_all(const Tenant& tenant) = 0;
  virtual Result<std::optional<std::int64_t>> tenant_limit(const Tenant& tenant) = 0;  // of its own
  virtual Result<void> set_tenant_limit(const Tenant& tenant, std::optional<std::int64_t> bytes) = 0;
  virtual Result<void> add_import(const Upload& upload, const ImportJob& job) = 0;
  virtual Result<ImportJob> find_import(const Upload& upload) = 0;  // of an imported upload
  virtual Result<void> save_import(const Upload& upload, const ImportJob& job) = 0;
  virtual Result<void> forget_url(const Upload& upload) = 0;  // no more bytes come
  // Has the file fetched.
  virtual Result<void> ask_import(const Upload& upload) = 0;
  // The parts, and a source that is not ready, may be removed from the object store.
  virtual Result<void> ask_removal(const Upload& upload) = 0;
};

// What callers may do with uploads; each call is one transaction of `library`.
class Uploads {
 public:
  Uploads(Library& library, const Clock& clock, Random& random, Policy policy)
      : library_(library), clock_(clock), random_(random), policy_(policy) {}

  // The caller must have checked that the episode of what is no partial one is the creator's. Fails as
  // create(), with TOO_MANY_UPLOADS, QUOTA_EXCEEDED and TENANT_QUOTA_EXCEEDED, and with EPISODE_NOT_FOUND if
  // it was deleted since.
  Result<Upload> create_upload(const Caller& caller, const NewUpload& wanted);
  // One that is made of the caller's partial ones; the episode as above. The same list again: the same upload. Fails as join(), as
  // create_upload() and with UPLOAD_NOT_FOUND.
  Result<Upload> create_of(const Caller& caller, const NewUpload& wanted, const std::vector<UploadId>& partials);
  // Another's upload: UPLOAD_NOT_FOUND.
  Result<Upload> get(const Caller& caller, UploadId id);
  // Those that a final one was created of, in order.
  Result<std::vector<UploadId>> partials_of(const Upload& upload);
  // How the import stands of an upload that is one.
  Result<std::optional<ImportJob>> import_of(const Upload& upload);
  // Fails as begin_append(), with UPLOAD_IS_IMPORTED, and with QUOTA_EXCEEDED and TENANT_QUOTA_EXCEEDED: of a
  // length, and, while that is left open, without room for a byte. `writes`: without, older writers are
  // fenced and nobody is going to write, so that no room is needed.
  Result<Upload> begin(const Caller& caller, UploadId id, std::int64_t offset, std::int64_t length = 0,
                       bool writes = true);
  // The part again, after its answer was lost: the same answer. Fails as commit(), and with QUOTA_EXCEEDED
  // and TENANT_QUOTA_EXCEEDED while the length is left open.
  Result<Upload> commit_part(const Caller& caller, UploadId id, const Part& part);
  Result<void> terminate_upload(const Caller& caller, UploadId id);
  // The caller's uploads for one episode, newest first, those created before `before`.
  Result<std::vector<Upload>> of_episode(const Caller& caller, EpisodeId episode, std::optional<UploadId> before,
                                         int most);
  // The episode was deleted: its uploads are terminated, whatever became of them, and their files removed. No other comes after
  // them. Again: nothing.
  Result<void> episode_deleted(const Tenant& tenant, EpisodeId episode);
  // Terminates uploads that nothing was added to for too long; how many.
  Result<int> expire();

 private:
  Result<Upload> owned(const Caller& caller, UploadId id, bool hold);
  Result<void> give_up(const Upload& upload);
  Result<void> add_for_episode(const Upload& upload);
  Result<void> take_place(const Upload& upload);
  Result<std::vector<Upload>> hold(const Caller& caller, const std::vector<UploadId>& ids);
  Result<std::optional<Upload>> made_of(const Caller& caller, const std::vector<Upload>& partials);
  Library& library_;
  const Clock& clock_;
  Random& random_;
  Policy policy_;
};

}  // namespace cliffhanger::ingest
