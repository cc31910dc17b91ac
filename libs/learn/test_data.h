#pragma once
// Histories for tests.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "libs/learn/learner.h"

namespace cliffhanger::learn {

inline History history_of(Index items, std::initializer_list<std::vector<Index>> users,
                          bool ordered = false) {
  History out;
  out.items = items;
  out.ordered = ordered;
  for (const auto& user : users) out.add_user(user);
  return out;
}

// Users in two tastes: each takes 6 of the ten items of theirs, the same for the same seed.
inline History two_tastes(Index users, std::uint64_t seed = 1) {
  History out;
  out.items = 20;
  std::uint64_t state = seed * 2654435761u + 1;
  for (Index user = 0; user < users; ++user) {
    std::vector<Index> items;
    for (Index item = 0; item < 10; ++item) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      if ((state >> 33) % 10 < 6) items.push_back(item + (user % 2) * 10);
    }
    out.add_user(items);
  }
  return out;
}

// Users of `groups` tastes with a long tail, as shops and places have it: the n-th of a group's items is
// taken about 1 / (n + 10) as often, users take from 8 items on, some a hundred times as many, and one pick
// in four is outside their group. About `size` interactions; the same for the same seed.
inline History power_law(Index users, Index items, std::int64_t size, Index groups, std::uint64_t seed = 1) {
  std::uint64_t state = seed * 2654435761u + 1;
  const auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (static_cast<double>(state >> 11) + 0.5) * 0x1.0p-53;
  };
  const Index each = items / groups;
  const auto pick = [&](Index count) {  // of 0 … count − 1, by the inverse of the distribution
    return std::min<Index>(count - 1, static_cast<Index>(10 * (std::pow(count / 10.0 + 1, uniform()) - 1)));
  };
  const double mean = static_cast<double>(size) / users;
  History out;
  out.items = items;
  for (Index user = 0; user < users; ++user) {
    const double wanted =
        std::min({8 + (mean - 8) * 0.4 * std::pow(uniform(), -0.6), 100 * mean, each * 0.5});
    const auto group = static_cast<Index>(uniform() * groups);
    std::vector<Index> mine;
    for (int n = 0; n < static_cast<int>(wanted); ++n)
      mine.push_back(uniform() < 0.75 ? group + groups * pick(each) : pick(items));
    std::sort(mine.begin(), mine.end());
    mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
    out.add_user(mine);
  }
  return out;
}

// The matrix of ones and zeros.
inline Eigen::MatrixXd dense_of(const History& history) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(history.users, history.items);
  for (Index user = 0; user < history.users; ++user)
    for (const Index item : history.of(user)) out(user, item) = 1;
  return out;
}

inline Scores scores_of(const Model& model, const History& history) {
  Scores out(history.users, history.items);
  model.score(history, 0, out);
  return out;
}

}  // namespace cliffhanger::learn
