#include "services/recommendation/store/pg_ranking.h"

#include <algorithm>
#include <set>

#include "services/recommendation/limits.h"
#include "services/recommendation/store/ranking_queries.h"

namespace cliffhanger::recommendation {
namespace {

// Those that can't be read are passed over.
std::vector<Decision> decisions_of(const sql::Rows& rows, const Tenant& tenant) {
  std::vector<Decision> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    auto one = read_decision(row.bytes(5), row.bytes(6));
    auto inputs = read_inputs(row.bytes(7));
    if (!one || !inputs) continue;
    one->id = row.id<DecisionId>(0);
    one->tenant = tenant;
    one->user = row.id<UserId>(1);
    one->at = row.time(2);
    one->policy = row.text(3);
    one->model = row.text(4);
    one->inputs = std::move(*inputs);
    out.push_back(std::move(*one));
  }
  return out;
}

Praise::Kind praise_of(const std::string& text) {
  if (text == "share") return Praise::Kind::kShare;
  return text == "follow" ? Praise::Kind::kFollow : Praise::Kind::kLike;
}

double seconds_of(std::int64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000;
}

}  // namespace

Result<std::vector<Decision>> read_pages_before(sql::Tx& tx, const PagesOf& of, Time day, DecisionId before) {
  CH_ASSIGN(const auto rows,
            tx.run(queries::kPagesBefore, of.tenant, day, before, of.until, of.most, of.profiled));
  return decisions_of(rows, of.tenant);
}

Result<std::vector<Decision>> read_pages_after(sql::Tx& tx, const PagesOf& of, Time day, DecisionId after) {
  CH_ASSIGN(const auto rows,
            tx.run(queries::kPagesAfter, of.tenant, day, after, of.until, of.most, of.profiled));
  return decisions_of(rows, of.tenant);
}

Result<Came> read_outcomes(sql::Tx& tx, const Tenant& tenant, const std::vector<Decision>& decisions) {
  Came out;
  if (decisions.empty()) return out;
  std::set<std::string> people;
  for (const auto& one : decisions) people.insert(one.user.text());
  const std::vector<std::string> ids(people.begin(), people.end());
  const auto [first, last] = std::ranges::minmax_element(decisions, {}, &Decision::at);
  const Time until = last->at + kOutcomeWindow;
  CH_ASSIGN(const auto plays, tx.run(queries::kPlaysOf, tenant, ids, first->at, until));
  for (std::size_t i = 0; i < plays.size(); ++i) {
    const auto row = plays[i];
    out.plays.push_back({row.id<UserId>(0), row.id<SeriesId>(1), row.id<EpisodeId>(2), row.time(3),
                         seconds_of(row.number(4)), seconds_of(row.number(5)), row.flag(6), row.flag(7)});
  }
  CH_ASSIGN(const auto praises, tx.run(queries::kPraisesOf, tenant, ids, first->at, until));
  for (std::size_t i = 0; i < praises.size(); ++i) {
    const auto row = praises[i];
    out.praises.push_back({row.id<UserId>(0), row.id<SeriesId>(1), praise_of(row.text(2)), row.time(3)});
  }
  return out;
}

Result<void> read_traits(sql::Tx& tx, const Tenant& tenant, const std::vector<Decision>& decisions,
                         TraitsBySeries& traits) {
  std::vector<std::string> ids;
  for (const auto& one : decisions)
    for (const auto& item : one.pool.items)
      if (traits.try_emplace(item.id).second) ids.push_back(item.id.text());
  if (ids.empty()) return {};
  CH_ASSIGN(const auto rows, tx.run(queries::kTraitsOf, tenant, ids));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const auto id = row.id<SeriesId>(0);
    traits[id] = {id, row.id<UserId>(1), traits_of(row.texts(2), row.text(3))};
  }
  return {};
}

Result<bool> try_to_learn(sql::Tx& tx, const Tenant& tenant) {
  return tx.run(queries::kTryToLearn, tenant).map([](const sql::Rows& rows) { return rows[0].flag(0); });
}

Result<std::optional<RankingProgress>> find_progress(sql::Tx& tx, const Tenant& tenant) {
  CH_ASSIGN(const auto rows, tx.run(queries::kProgressAt, tenant));
  if (rows.empty()) return std::optional<RankingProgress>();
  return std::optional(RankingProgress{rows[0].uuid(0), rows[0].number(1), rows[0].id<DecisionId>(2)});
}

Result<std::optional<std::string>> find_learner(sql::Tx& tx, const Tenant& tenant,
                                                const RankingProgress& of) {
  CH_ASSIGN(const auto rows, tx.run(queries::kProgressLearner, tenant, of.object, of.step));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional(rows[0].bytes(0));
}

Result<void> save_progress(sql::Tx& tx, const Tenant& tenant, const RankingProgress& progress,
                           std::string_view learner) {
  CH_TRY(tx.run(queries::kSaveProgress, tenant, progress.object, progress.step, progress.upto,
                sql::Param::bytes(learner)));
  return {};
}

Result<bool> drop_plays(sql::Tx& tx, Time before) {
  CH_ASSIGN(const auto dropped, tx.run(queries::kDropPlays, before, kPlaysDropped));
  return dropped.affected() == static_cast<std::size_t>(kPlaysDropped);
}

}  // namespace cliffhanger::recommendation
