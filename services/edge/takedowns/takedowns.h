#pragma once
// What is refused although its token is valid: sessions that were ended, revisions that must not be seen any
// more.
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "libs/hls_token/hls_token.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

// Times by the id of a thing of a tenant, within a bound. Looking up locks one of many shards for reading.
// Safe from many threads.
class UntilSet {
 public:
  UntilSet(std::size_t most, std::size_t shards);
  // The later of two times stays. Where there is no room, an eighth of a shard is forgotten: first what is
  // `own`, then what ends soonest. Gives how many were forgotten.
  std::size_t add(const Tenant& tenant, const Uuid& id, Time until, bool own);
  // Whether `id` was added with `time` or a later one.
  bool covers(const Tenant& tenant, const Uuid& id, Time time) const;
  // Drops what ended before `now`.
  void forget(Time now);
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Key {
    std::size_t tenant;  // its hash: two with the same one would have to share an id as well
    Uuid id;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Time until;
    bool own = false;
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<Key, Entry, Hash> entries;
  };
  static Key key_of(const Tenant& tenant, const Uuid& id);
  Shard& shard_of(const Key& key) const;
  std::size_t make_room(Shard& shard);

  const std::size_t most_of_one_;
  std::atomic<std::size_t> size_{0};
  std::vector<std::unique_ptr<Shard>> shards_;
};

// Safe from many threads.
class Takedowns {
 public:
  struct Bounds {
    std::size_t sessions = kMostRevokedSessions, revisions = kMostWithdrawnRevisions, shards = 64;
  };
  explicit Takedowns(Bounds bounds)
      : sessions_(bounds.sessions, bounds.shards), revisions_(bounds.revisions, bounds.shards) {}
  // Fails with SESSION_REVOKED (kPermissionDenied) or REVISION_WITHDRAWN (kNotFound; 410 over HTTP).
  Result<void> check(const hls::Grant& grant) const;
  // From now on tokens that expire at `until` or before are refused. Both give how many others had to be
  // forgotten.
  std::size_t revoke(const Tenant& tenant, const SessionId& session, Time until, bool own) {
    return sessions_.add(tenant, session.uuid(), until, own);
  }
  std::size_t withdraw(const Tenant& tenant, const RevisionId& revision, Time until) {
    return revisions_.add(tenant, revision.uuid(), until, false);
  }
  // Whether it is known what was taken down until a moment ago.
  bool current() const { return current_.load(std::memory_order_relaxed); }
  void set_current(bool current) { current_.store(current, std::memory_order_relaxed); }
  // Drops what refuses nothing any more.
  void forget(Time now);
  std::size_t sessions() const { return sessions_.size(); }
  std::size_t revisions() const { return revisions_.size(); }

 private:
  UntilSet sessions_, revisions_;
  std::atomic<bool> current_{false};
};

}  // namespace cliffhanger::edge
