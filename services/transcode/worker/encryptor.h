#pragma once
// Encryption at packaging: the clear pieces, which revisions share, become objects of this revision alone.
#include <functional>

#include "libs/blob/blob.h"
#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/protection.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

struct ContentKey {
  std::string id, key, iv;  // 16 bytes each
};

// The revision's one key, always the same. Fails with what playback's absence gives.
using KeySource = std::function<Result<ContentKey>(const Call& call, const RevisionId& revision)>;

// Safe from many threads.
class Encryptor {
 public:
  // `blobs` outlives it. With Encryption::kNone it does nothing and asks for no key.
  Encryptor(Encryption method, blob::Store& blobs, KeySource keys);

  Encryption method() const { return method_; }

  // Every segment and initialisation segment of the revision's rungs and sound, encrypted and stored below
  // the revision's own folder; cover and storyboard as they are. Killed and run again it writes the same
  // objects. Every piece exists. Fails with CENC_…, OBJECT_… and what the key source fails with.
  Result<Assembly> encrypt(const Call& call, const Revision& revision, const Assembly& clear) const {
    return encrypt(call, revision, clear, method_);
  }
  // By another method, as a revision was that was packaged when the deployment had that one.
  Result<Assembly> encrypt(const Call& call, const Revision& revision, const Assembly& clear,
                           Encryption method) const;

  // A piece that may be a part of a larger object, from `offset` on.
  struct Wanted {
    Piece piece;
    std::int64_t offset = 0;
  };
  // The same of these, by a method that is one; a track's initialisation segment comes before its segments.
  Result<Assembly> encrypt(const Call& call, const Revision& revision, const std::vector<Wanted>& clear,
                           Encryption method) const;

 private:
  Result<Piece> store(const Revision& revision, Piece piece, const std::string& bytes) const;

  const Encryption method_;
  blob::Store& blobs_;
  const KeySource keys_;
};

}  // namespace cliffhanger::transcode
