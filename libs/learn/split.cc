#include "libs/learn/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cliffhanger::learn {
namespace {

// SplitMix64 (Steele et al. 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

History filtered(const History& history, const std::function<bool(std::int64_t)>& keep) {
  History out;
  out.items = history.items;
  out.ordered = history.ordered;
  for (Index user = 0; user < history.users; ++user) {
    for (auto at = history.start[user]; at < history.start[user + 1]; ++at) {
      if (!keep(at)) continue;
      out.item.push_back(history.item[at]);
      if (!history.rating.empty()) out.rating.push_back(history.rating[at]);
      if (!history.time.empty()) out.time.push_back(history.time[at]);
    }
    out.start.push_back(out.size());
    ++out.users;
  }
  return out;
}

Cut cut_last(const History& history, int places, int least) {
  std::vector<char> held(history.item.size(), 0);
  for (Index user = 0; user < history.users; ++user) {
    const auto count = history.start[user + 1] - history.start[user];
    if (count < least) continue;
    const auto last = std::clamp<std::int64_t>(count / 10, 1, places);
    std::fill_n(held.begin() + history.start[user + 1] - last, last, 1);
  }
  Cut out{filtered(history, [&](auto at) { return !held[at]; }),
          filtered(history, [&](auto at) { return held[at] != 0; })};
  if (places <= 1) return out;
  History rows{.items = history.items, .ordered = history.ordered}, found = rows;
  for (Index user = 0; user < history.users; ++user)
    for (auto at = history.start[user]; at < history.start[user + 1]; ++at) {
      if (!held[at]) continue;
      rows.add_user(history.of(user).first(static_cast<std::size_t>(at - history.start[user])));
      found.add_user(std::span(history.item).subspan(static_cast<std::size_t>(at), 1));
      out.owner.push_back(user);
    }
  found.rating = std::move(out.held.rating);
  found.time = std::move(out.held.time);
  out.held = std::move(found);
  out.before = std::move(rows);
  return out;
}

Cut cut_tail(const History& history, double share) {
  std::vector<char> held(history.item.size(), 0);
  for (Index user = 0; user < history.users; ++user) {
    const auto count = history.start[user + 1] - history.start[user];
    const auto tail = std::min(std::llround(share * static_cast<double>(count)),
                               static_cast<long long>(std::max<std::int64_t>(count - 1, 0)));
    std::fill_n(held.begin() + history.start[user + 1] - tail, tail, 1);
  }
  return {filtered(history, [&](auto at) { return !held[at]; }),
          filtered(history, [&](auto at) { return held[at] != 0; })};
}

Cut cut_random(const History& history, double share, std::uint64_t seed, int fold) {
  std::vector<char> held(history.item.size(), 0);
  for (Index user = 0; user < history.users; ++user) {
    const auto first = history.start[user], end = history.start[user + 1];
    const auto of_user = mixed(mixed(seed) ^ static_cast<std::uint64_t>(user));
    std::uint64_t lowest = 0;
    std::int64_t left = -1;
    for (auto at = first; at < end; ++at) {
      const auto hash = mixed(of_user ^ static_cast<std::uint64_t>(history.item[at]));
      const double place = static_cast<double>(hash >> 11) * 0x1.0p-53;
      held[at] = place >= fold * share && place < (fold + 1) * share;
      if (left < 0 || hash > lowest) lowest = hash, left = at;
    }
    if (left >= 0) held[left] = 0;
  }
  return {filtered(history, [&](auto at) { return !held[at]; }),
          filtered(history, [&](auto at) { return held[at] != 0; })};
}

History distinct(const History& history) {
  std::vector<Index> last_user(static_cast<std::size_t>(history.items), -1);
  std::vector<char> keep(history.item.size(), 0);
  for (Index user = 0; user < history.users; ++user)
    for (auto at = history.start[user + 1]; at-- > history.start[user];) {
      keep[at] = last_user[history.item[at]] != user;
      last_user[history.item[at]] = user;
    }
  return filtered(history, [&](auto at) { return keep[at] != 0; });
}

std::vector<Index> sampled(Index count, Index wanted, std::uint64_t seed) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  if (count <= wanted) return all;
  std::sort(all.begin(), all.end(), [&](Index a, Index b) {
    return mixed(seed ^ mixed(static_cast<std::uint64_t>(a))) <
           mixed(seed ^ mixed(static_cast<std::uint64_t>(b)));
  });
  all.resize(static_cast<std::size_t>(wanted));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace cliffhanger::learn
