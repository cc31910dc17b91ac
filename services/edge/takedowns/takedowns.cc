#include "services/edge/takedowns/takedowns.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace cliffhanger::edge {

UntilSet::UntilSet(std::size_t most, std::size_t shards)
    : most_of_one_(std::max<std::size_t>(1, most / shards)) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>());
}

// The second half of a UUIDv7 is random.
std::size_t UntilSet::Hash::operator()(const Key& key) const {
  std::size_t random = 0;
  std::memcpy(&random, key.id.bytes().data() + 8, sizeof random);
  return random ^ key.tenant;
}

UntilSet::Key UntilSet::key_of(const Tenant& tenant, const Uuid& id) {
  return {std::hash<std::string>()(tenant.text()), id};
}

UntilSet::Shard& UntilSet::shard_of(const Key& key) const {
  return *shards_[key.id.bytes()[15] % shards_.size()];
}

std::size_t UntilSet::add(const Tenant& tenant, const Uuid& id, Time until, bool own) {
  const Key key = key_of(tenant, id);
  Shard& shard = shard_of(key);
  const std::unique_lock lock(shard.mutex);
  if (const auto found = shard.entries.find(key); found != shard.entries.end()) {
    found->second = {std::max(found->second.until, until), found->second.own && own};
    return 0;
  }
  const std::size_t forgotten = shard.entries.size() < most_of_one_ ? 0 : make_room(shard);
  shard.entries.emplace(key, Entry{until, own});
  size_.fetch_add(1, std::memory_order_relaxed);
  return forgotten;
}

std::size_t UntilSet::make_room(Shard& shard) {
  struct Worth {
    bool lasting;
    Time until;
    Key key;
  };
  std::vector<Worth> all;
  all.reserve(shard.entries.size());
  for (const auto& [key, entry] : shard.entries) all.push_back({!entry.own, entry.until, key});
  const auto least = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, all.size() / 8));
  std::nth_element(all.begin(), all.begin() + least - 1, all.end(), [](const Worth& a, const Worth& b) {
    return std::tie(a.lasting, a.until) < std::tie(b.lasting, b.until);
  });
  for (auto it = all.begin(); it != all.begin() + least; ++it) shard.entries.erase(it->key);
  size_.fetch_sub(static_cast<std::size_t>(least), std::memory_order_relaxed);
  return static_cast<std::size_t>(least);
}

bool UntilSet::covers(const Tenant& tenant, const Uuid& id, Time time) const {
  if (size() == 0) return false;
  const Key key = key_of(tenant, id);
  const Shard& shard = shard_of(key);
  const std::shared_lock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  return found != shard.entries.end() && time <= found->second.until;
}

void UntilSet::forget(Time now) {
  for (const auto& shard : shards_) {
    const std::unique_lock lock(shard->mutex);
    size_.fetch_sub(std::erase_if(shard->entries, [&](const auto& it) { return it.second.until < now; }),
                    std::memory_order_relaxed);
  }
}

Result<void> Takedowns::check(const hls::Grant& grant) const {
  if (sessions_.covers(grant.tenant, grant.session.uuid(), grant.expires))
    return fail(denied("SESSION_REVOKED", "The session was ended; start another one."));
  if (revisions_.covers(grant.tenant, grant.revision.uuid(), grant.expires))
    return fail(not_found("REVISION_WITHDRAWN", "This film was taken away; start another session."));
  return {};
}

void Takedowns::forget(Time now) {
  sessions_.forget(now);
  revisions_.forget(now);
}

}  // namespace cliffhanger::edge
