#include "libs/learn/history.h"

#include <algorithm>

namespace cliffhanger::learn {

std::span<const Index> History::of(Index user) const {
  return {item.data() + start[user], static_cast<std::size_t>(start[user + 1] - start[user])};
}

void History::add_user(std::span<const Index> items_of_user) {
  item.insert(item.end(), items_of_user.begin(), items_of_user.end());
  start.push_back(size());
  ++users;
}

ByItem by_item(const History& history) {
  ByItem out;
  out.start.assign(static_cast<std::size_t>(history.items) + 1, 0);
  for (const Index item : history.item) ++out.start[item + 1];
  for (Index i = 0; i < history.items; ++i) out.start[i + 1] += out.start[i];
  out.user.resize(history.item.size());
  out.position.resize(history.item.size());
  auto next = out.start;
  for (Index user = 0; user < history.users; ++user)
    for (std::int64_t at = history.start[user]; at < history.start[user + 1]; ++at) {
      const auto to = next[history.item[at]]++;
      out.user[to] = user;
      out.position[to] = at;
    }
  return out;
}

std::vector<Index> item_counts(const History& history) {
  std::vector<Index> counts(static_cast<std::size_t>(history.items), 0);
  for (const Index item : history.item) ++counts[item];
  return counts;
}

History joined(const History& earlier, const History& later) {
  History out;
  out.items = earlier.items;
  out.ordered = earlier.ordered;
  const bool rated = earlier.rating.size() == earlier.item.size() && later.rating.size() == later.item.size();
  const bool timed = earlier.time.size() == earlier.item.size() && later.time.size() == later.item.size();
  const auto copy = [&](const History& from, std::int64_t at) {
    out.item.push_back(from.item[at]);
    if (rated) out.rating.push_back(from.rating[at]);
    if (timed) out.time.push_back(from.time[at]);
  };
  for (Index user = 0; user < earlier.users; ++user) {
    const auto known = earlier.of(user);
    for (std::int64_t at = earlier.start[user]; at < earlier.start[user + 1]; ++at) copy(earlier, at);
    for (std::int64_t at = later.start[user]; at < later.start[user + 1]; ++at)
      if (std::find(known.begin(), known.end(), later.item[at]) == known.end()) copy(later, at);
    out.start.push_back(out.size());
    ++out.users;
  }
  return out;
}

}  // namespace cliffhanger::learn
