#include "services/recommendation/models/ranking_reader.h"

#include <algorithm>
#include <unordered_set>

#include "services/recommendation/limits.h"
#include "services/recommendation/store/pg_ranking.h"

namespace cliffhanger::recommendation {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

// Above every id.
DecisionId last_id() {
  return DecisionId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff").value();
}

// Adds pages, the newest first; gives the oldest of them, or none at the day's end.
Result<std::optional<DecisionId>> read_some(sql::Tx& tx, const PagesOf& of, Time day, DecisionId before,
                                            RankingLog& out) {
  CH_ASSIGN(auto decisions, read_pages_before(tx, of, day, before));
  if (decisions.empty()) return std::optional<DecisionId>();
  const auto oldest = decisions.back().id;
  CH_ASSIGN(auto came, read_outcomes(tx, of.tenant, decisions));
  CH_TRY(read_traits(tx, of.tenant, decisions, out.traits));
  for (const auto& play : came.plays) out.durations.add(play);
  const Outcomes outcomes(std::move(came.plays), std::move(came.praises));
  for (auto& decision : decisions)
    out.pages.push_back(learn_from(std::move(decision), outcomes, out.traits, out.durations));
  return std::optional(oldest);
}

}  // namespace

Result<RankingLog> read_ranking_log(sql::Pool& pool, const Tenant& tenant, const RankingLogOf& of,
                                    const std::stop_token& stop) {
  RankingLog out;
  const PagesOf pages{tenant, of.now - kOutcomeWindow - kOutcomeSlack, kRankingPage, of.profiled};
  for (std::int64_t back = 0; back <= of.days; ++back) {
    DecisionId before = last_id();
    while (out.pages.size() < kMostRankingPages) {
      if (stop.stop_requested()) return fail(aborted("TRAINING_INTERRUPTED", "The process is stopping."));
      CH_ASSIGN(const auto oldest, pool.read([&](sql::Tx& tx) {
        return read_some(tx, pages, of.now - back * kDay, before, out);
      }));
      if (!oldest) break;
      before = *oldest;
    }
  }
  std::reverse(out.pages.begin(), out.pages.end());
  std::unordered_set<UserId> viewers;
  for (const auto& page : out.pages) viewers.insert(page.decision.user);
  out.viewers = std::ssize(viewers);
  return out;
}

}  // namespace cliffhanger::recommendation
