#pragma once
#include <algorithm>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/edge/objects/frequencies.h"

namespace cliffhanger::edge {

// Values within a total cost, by W-TinyLFU (see frequencies.h): a new one stands in a small window, in order of use; what leaves that is
// admitted only if it was asked for more often than all that would have to go for it, or as often as can be counted where none of those was. Those admitted are on probation until they are asked
// for again, and then protected (four fifths of the room). So a walk through everything once evicts nothing that is wanted. In shards, each
// with a mutex and its share of the cost. Safe from many threads; V is cheap to copy.
template <class V>
class Cache {
 public:
  struct Room {
    std::size_t cost;     // of all values together
    std::size_t entries;  // as many as that is, about
    std::size_t shards = 1;
  };
  explicit Cache(Room room) {
    for (std::size_t i = 0; i < room.shards; ++i)
      shards_.push_back(std::make_unique<Shard>(room.cost / room.shards, room.entries / room.shards));
  }

  // Counts as a use, also of what is not there.
  std::optional<V> get(std::string_view key) {
    const Name name{std::hash<std::string_view>()(key), key};
    return shard(name).get(name);
  }

  // A value that costs more than 99 % of a shard's share is not kept, nor one that is not admitted.
  void put(std::string_view key, V value, std::size_t cost) {
    const Name name{std::hash<std::string_view>()(key), key};
    shard(name).put(name, std::move(value), cost);
  }

  void erase(std::string_view key) {
    const Name name{std::hash<std::string_view>()(key), key};
    shard(name).erase(name);
  }

  std::size_t cost() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) sum += shard->cost();
    return sum;
  }

 private:
  struct Name {
    std::size_t hash;
    std::string_view key;
    bool operator==(const Name& other) const { return key == other.key; }
  };
  struct Hash {
    std::size_t operator()(const Name& name) const { return name.hash; }
  };
  enum class Part { kWindow, kProbation, kProtected };
  struct Entry {
    std::string key;
    std::size_t hash;
    V value;
    std::size_t cost;
    Part part;
  };
  using Entries = std::list<Entry>;

  class Shard {
   public:
    Shard(std::size_t most, std::size_t entries) : most_(most), window_most_(std::max<std::size_t>(1, most / 100)), uses_(entries) {}

    std::optional<V> get(const Name& name) {
      const std::lock_guard lock(mutex_);
      uses_.count(name.hash);
      const auto found = where_.find(name);
      if (found == where_.end()) return std::nullopt;
      used(found->second);
      return found->second->value;
    }
    void put(const Name& name, V value, std::size_t cost) {
      const std::lock_guard lock(mutex_);
      if (const auto found = where_.find(name); found != where_.end()) {
        const auto entry = found->second;
        if (cost <= entry->cost) {
          held(entry->part).cost -= entry->cost - cost;
          entry->cost = cost;
          entry->value = std::move(value);
          return;
        }
        drop(entry);
      }
      if (cost > most_ - window_most_) return;
      auto& window = held(Part::kWindow);
      window.list.push_front({std::string(name.key), name.hash, std::move(value), cost, Part::kWindow});
      window.cost += cost;
      where_.emplace(Name{name.hash, window.list.front().key}, window.list.begin());
      while (window.cost > window_most_) leave_window(std::prev(window.list.end()));
    }
    void erase(const Name& name) {
      const std::lock_guard lock(mutex_);
      if (const auto found = where_.find(name); found != where_.end()) drop(found->second);
    }
    std::size_t cost() const {
      const std::lock_guard lock(mutex_);
      return parts_[0].cost + parts_[1].cost + parts_[2].cost;
    }

   private:
    struct Held {
      Entries list;  // the last used first
      std::size_t cost = 0;
    };
    Held& held(Part part) { return parts_[static_cast<std::size_t>(part)]; }
    void move(typename Entries::iterator entry, Part to) {
      auto& from = held(entry->part);
      from.cost -= entry->cost;
      held(to).cost += entry->cost;
      held(to).list.splice(held(to).list.begin(), from.list, entry);
      entry->part = to;
    }
    void used(typename Entries::iterator entry) {
      move(entry, entry->part == Part::kWindow ? Part::kWindow : Part::kProtected);
      auto& safe = held(Part::kProtected);
      while (safe.cost > (most_ - window_most_) / 5 * 4 && safe.list.size() > 1) move(std::prev(safe.list.end()), Part::kProbation);
    }
    void drop(typename Entries::iterator entry) {
      auto& from = held(entry->part);
      from.cost -= entry->cost;
      where_.erase(Name{entry->hash, entry->key});
      from.list.erase(entry);
    }
    // Admitted where there is room, or where it is wanted more than what would have to go.
    void leave_window(typename Entries::iterator candidate) {
      const auto main_cost = [&] { return held(Part::kProbation).cost + held(Part::kProtected).cost; };
      const std::size_t main_most = most_ - window_most_;
      std::vector<typename Entries::iterator> victims;
      std::size_t freed = 0;
      int wanted = 0, most_wanted = 0;
      for (const auto part : {Part::kProbation, Part::kProtected}) {
        auto& list = held(part).list;
        for (auto it = list.end(); it != list.begin() && main_cost() - freed + candidate->cost > main_most;) {
          victims.push_back(--it);
          freed += it->cost;
          const int uses = uses_.of(it->hash);
          wanted += uses;
          most_wanted = std::max(most_wanted, uses);
        }
      }
      // A count ends at kMost and a sum of them doesn't: what can't be counted further is held against the most wanted one.
      const int uses = uses_.of(candidate->hash);
      const bool admitted = uses > wanted || (uses == Frequencies::kMost && most_wanted < uses);
      if (!victims.empty() && !admitted) return drop(candidate);
      for (const auto victim : victims) drop(victim);
      move(candidate, Part::kProbation);
    }

    const std::size_t most_, window_most_;
    mutable std::mutex mutex_;
    Frequencies uses_;
    Held parts_[3];
    std::unordered_map<Name, typename Entries::iterator, Hash> where_;
  };

  Shard& shard(const Name& name) { return *shards_[(name.hash >> 48) % shards_.size()]; }

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace cliffhanger::edge
