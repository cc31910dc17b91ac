#pragma once
// Histories for tests.
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
