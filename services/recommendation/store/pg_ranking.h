#pragma once
// What a ranking learns from, and what the one in use learnt since its training.
#include "libs/sql/sql.h"
#include "services/recommendation/domain/ranking_log.h"

namespace cliffhanger::recommendation {

// Logged decisions of one tenant whose outcomes are known, with inputs, of viewers who allow profiling.
// `user` is who they are now.
struct PagesOf {
  const Tenant& tenant;
  Time until;            // made then or before
  int most = 0;          // decisions of one reading
  bool profiled = true;  // whether who decided nothing allows it
};
// Of the UTC day that `day` is in, the newest first, those before `before`.
Result<std::vector<Decision>> read_pages_before(sql::Tx& tx, const PagesOf& of, Time day, DecisionId before);
// Of that day in order, those after `after`.
Result<std::vector<Decision>> read_pages_after(sql::Tx& tx, const PagesOf& of, Time day, DecisionId after);

// What came of `decisions`: plays and reactions of their viewers within kOutcomeWindow of the first and the
// last.
struct Came {
  std::vector<Play> plays;
  std::vector<Praise> praises;
};
Result<Came> read_outcomes(sql::Tx& tx, const Tenant& tenant, const std::vector<Decision>& decisions);
// Adds what is not in `traits` yet of the series of all pools.
Result<void> read_traits(sql::Tx& tx, const Tenant& tenant, const std::vector<Decision>& decisions,
                         TraitsBySeries& traits);

// How far the ranking of a tenant has learnt.
struct RankingProgress {
  Uuid object;  // the file that it began with
  std::int64_t step = 0;
  DecisionId upto;  // the last decision that was learnt or passed over
};
// Whether this transaction is the one that learns now; no other is until it ends.
Result<bool> try_to_learn(sql::Tx& tx, const Tenant& tenant);
Result<std::optional<RankingProgress>> find_progress(sql::Tx& tx, const Tenant& tenant);
// rank::RankingLearner's bytes of that step; none if another took its place.
Result<std::optional<std::string>> find_learner(sql::Tx& tx, const Tenant& tenant, const RankingProgress& of);
Result<void> save_progress(sql::Tx& tx, const Tenant& tenant, const RankingProgress& progress,
                           std::string_view learner);

// Forgets plays of all tenants that began before; whether there may be more.
Result<bool> drop_plays(sql::Tx& tx, Time before);

}  // namespace cliffhanger::recommendation
