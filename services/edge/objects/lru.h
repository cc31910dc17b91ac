#pragma once
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace cliffhanger::edge {

// The values used last, within a total cost. Safe from many threads; V is cheap to copy.
template <class V>
class Lru {
 public:
  explicit Lru(std::size_t most) : most_(most) {}

  std::optional<V> get(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = where_.find(key);
    if (found == where_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->value;
  }

  // A value that costs more than the whole cache is not kept.
  void put(const std::string& key, V value, std::size_t cost) {
    const std::lock_guard lock(mutex_);
    if (const auto found = where_.find(key); found != where_.end()) drop(found->second);
    if (cost > most_) return;
    order_.push_front({key, std::move(value), cost});
    where_[key] = order_.begin();
    total_ += cost;
    while (total_ > most_) drop(std::prev(order_.end()));
  }

  std::size_t cost() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }

 private:
  struct Entry {
    std::string key;
    V value;
    std::size_t cost;
  };
  void drop(typename std::list<Entry>::iterator entry) {
    total_ -= entry->cost;
    where_.erase(entry->key);
    order_.erase(entry);
  }

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::list<Entry> order_;
  std::unordered_map<std::string, typename std::list<Entry>::iterator> where_;
};

}  // namespace cliffhanger::edge
