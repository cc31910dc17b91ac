#pragma once
// What the media of one revision is encrypted with (ISO/IEC 23001-7), and who gets it.
#include <optional>
#include <string>

#include "libs/core/random.h"
#include "services/playback/domain/playback.h"

namespace cliffhanger::playback {

inline constexpr std::size_t kKeyBytes = 16;  // of each of its parts

struct ContentKey {
  std::string id, key, iv;  // kKeyBytes each; the id is public
  static ContentKey make(Random& random) {
    return {random.bytes(kKeyBytes), random.bytes(kKeyBytes), random.bytes(kKeyBytes)};
  }
  bool operator==(const ContentKey&) const = default;
};

class KeyRing {
 public:
  virtual ~KeyRing() = default;
  virtual Result<std::optional<ContentKey>> find(const RevisionId& revision) = 0;
  // Keeps `made` unless the revision has a key; gives the one it has then.
  virtual Result<ContentKey> keep(const RevisionId& revision, const ContentKey& made, Time now) = 0;
};

// For who encrypts: the revision's key, made if there is none.
Result<ContentKey> key_to_encrypt(KeyRing& ring, const RevisionId& revision, Random& random, Time now);

// For who watches: only with a session of that revision that has not expired or been ended, and never a new
// key. Fails with SESSION_NOT_FOUND, SESSION_EXPIRED, SESSION_REVOKED, REVISION_WITHDRAWN and KEY_NOT_FOUND.
Result<ContentKey> key_to_watch(KeyRing& ring, Shelf& shelf, Takedowns& takedowns, const RevisionId& revision,
                                const SessionId& session, Time now);

}  // namespace cliffhanger::playback
