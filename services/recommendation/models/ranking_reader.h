#pragma once
#include <stop_token>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/ranking_log.h"

namespace cliffhanger::recommendation {

// What a training of a ranking reads.
struct RankingLog {
  std::vector<LoggedPage> pages;  // in order of time; the newest kMostRankingPages
  TraitsBySeries traits;
  Durations durations;
  std::int64_t viewers = 0;
};
struct RankingLogOf {
  Time now{};
  std::int64_t days = 30;  // that the log goes back
  bool profiled = true;    // whether of who decided nothing it may be learnt
};

// Of viewers who allow profiling, what was shown to them at least kOutcomeWindow ago, and what came of it.
// Fails as the database does, and with TRAINING_INTERRUPTED.
Result<RankingLog> read_ranking_log(sql::Pool& pool, const Tenant& tenant, const RankingLogOf& of,
                                    const std::stop_token& stop);

}  // namespace cliffhanger::recommendation
