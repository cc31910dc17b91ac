#include "services/recommendation/store/pg_rules.h"

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr auto kWholeAfter = std::chrono::minutes(5);

#define RECOMMENDATION_RULE \
  "r.rule_id, r.kind, r.series_id, r.tag, r.place, r.factor, r.region, r.starts_at, r.ends_at, r.note"
#define RECOMMENDATION_KEPT                                                                      \
  "SELECT " RECOMMENDATION_RULE                                                                  \
  ", c.at, c.owner_id, d.at, d.owner_id FROM rule r "                                            \
  "JOIN rule_act c ON c.tenant = r.tenant AND c.rule_id = r.rule_id AND c.act = 'created' "      \
  "LEFT JOIN rule_act d ON d.tenant = r.tenant AND d.rule_id = r.rule_id AND d.act = 'deleted' " \
  "WHERE r.tenant = $1 "

// Every transaction before this one has ended: what it changed is seen by whoever reads from now on.
constexpr sql::Query kHorizon{"recommendation_rules_horizon",
                              "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"};
// $3: all that hold or will; else what changed, also what has ended by it.
constexpr sql::Query kChanged{
    "recommendation_changed_rules",
    "SELECT " RECOMMENDATION_RULE
    ", r.tenant, r.deleted OR r.ends_at <= $2 FROM rule r WHERE changed >= $1::xid8 AND "
    "(NOT $3 OR NOT (r.deleted OR r.ends_at <= $2))"};
// One operator after the other, so that two pins don't get one place.
constexpr sql::Query kLock{
    "recommendation_lock_rules",
    "SELECT pg_advisory_xact_lock(hashtextextended('recommendation rules ' || $1, 0))"};
constexpr sql::Query kKnown{"recommendation_rule_series",
                            "SELECT FROM series WHERE tenant = $1 AND series_id = $2"};
constexpr sql::Query kLive{"recommendation_live_rules",
                           "SELECT " RECOMMENDATION_RULE
                           " FROM rule r WHERE tenant = $1 AND NOT deleted AND ends_at > $2"};
constexpr sql::Query kAdd{"recommendation_add_rule",
                          "INSERT INTO rule (tenant, rule_id, kind, series_id, tag, place, factor, region, "
                          "starts_at, ends_at, note) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
constexpr sql::Query kAct{
    "recommendation_rule_act",
    "INSERT INTO rule_act (tenant, rule_id, act, owner_id, at) VALUES ($1, $2, $3, $4, $5)"};
constexpr sql::Query kDelete{
    "recommendation_delete_rule",
    "UPDATE rule SET deleted = true WHERE tenant = $1 AND rule_id = $2 AND NOT deleted"};
constexpr sql::Query kFind{"recommendation_find_rule", RECOMMENDATION_KEPT "AND r.rule_id = $2"};
// $2: also those that have ended.
constexpr sql::Query kList{"recommendation_list_rules", RECOMMENDATION_KEPT
                           "AND ($2 OR (NOT r.deleted AND r.ends_at > $3)) "
                           "AND ($4::uuid IS NULL OR r.rule_id < $4::uuid) ORDER BY r.rule_id DESC LIMIT $5"};
#undef RECOMMENDATION_KEPT
#undef RECOMMENDATION_RULE

Rule rule_of(const sql::Rows::Row& row) {
  Rule out;
  out.id = row.id<RuleId>(0);
  out.kind = row.text(1) == "pin" ? RuleKind::kPin : RuleKind::kBoost;
  out.series = row.id<SeriesId>(2);
  out.tag = row.text(3);
  out.place = static_cast<int>(row.number(4));
  out.factor = row.real(5);
  out.region = row.text(6);
  out.start = row.time(7);
  out.end = row.time(8);
  out.note = row.text(9);
  return out;
}

KeptRule kept_of(const sql::Rows::Row& row) {
  KeptRule out{rule_of(row), row.time(10), row.id<UserId>(11), std::nullopt, row.id<UserId>(13)};
  if (!row.is_null(12)) out.deleted = row.time(12);
  return out;
}

template <class SomeId>
std::optional<SomeId> or_null(SomeId id) {
  return id.empty() ? std::nullopt : std::optional(id);
}

}  // namespace

std::shared_ptr<const std::vector<Rule>> PgRules::of(const Tenant& tenant) const {
  static const auto none = std::make_shared<const std::vector<Rule>>();
  const std::lock_guard lock(mutex_);
  const auto found = current_.find(tenant);
  return found == current_.end() ? none : found->second;
}

Result<void> PgRules::refresh() {
  const bool whole = whole_at_ == Time{} || clock_.now() - whole_at_ >= kWholeAfter;
  std::string horizon;
  CH_ASSIGN(const auto rows, pool_.read([&](sql::Tx& tx) -> Result<sql::Rows> {
    CH_ASSIGN(const auto upto, tx.run(kHorizon));
    horizon = upto[0].text(0);
    return tx.run(kChanged, whole ? "0" : upto_, clock_.now(), whole);
  }));
  upto_ = horizon;
  std::set<Tenant> changed;
  if (whole) {
    whole_at_ = clock_.now();
    for (const auto& [tenant, rules] : all_) changed.insert(tenant);
    all_.clear();
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto tenant = Tenant::parse(rows[i].text(10));
    if (!tenant) continue;
    auto rule = rule_of(rows[i]);
    if (rows[i].flag(11))
      all_[*tenant].erase(rule.id);
    else
      all_[*tenant][rule.id] = std::move(rule);
    changed.insert(*tenant);
  }
  publish(changed);
  return {};
}

void PgRules::publish(const std::set<Tenant>& changed) {
  for (const auto& tenant : changed) {
    std::vector<Rule> now;
    for (const auto& [id, rule] : all_[tenant]) now.push_back(rule);
    auto made = std::make_shared<const std::vector<Rule>>(std::move(now));
    const std::lock_guard lock(mutex_);
    current_[tenant] = std::move(made);
  }
}

Result<KeptRule> PgRuleBook::add(const Rule& rule, UserId by, Time now) {
  CH_TRY(tx_.run(kLock, tenant_));
  if (!rule.series.empty()) {
    CH_ASSIGN(const auto known, tx_.run(kKnown, tenant_, rule.series));
    if (known.empty()) return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  }
  CH_ASSIGN(const auto live, tx_.run(kLive, tenant_, now));
  if (live.size() >= static_cast<std::size_t>(kMostRules))
    return fail(precondition("TOO_MANY_RULES", "Delete a rule first: there are as many as there can be."));
  for (std::size_t i = 0; i < live.size(); ++i) {
    const auto other = rule_of(live[i]);
    if (contend(rule, other))
      return fail(precondition("PLACE_TAKEN", "Another pin has the place at that time.")
                      .with("rule_id", other.id.text()));
  }
  CH_TRY(tx_.run(kAdd, tenant_, rule.id, rule.kind == RuleKind::kPin ? "pin" : "boost", or_null(rule.series),
                 rule.tag, rule.place, rule.factor, rule.region, rule.start, rule.end, rule.note));
  CH_TRY(tx_.run(kAct, tenant_, rule.id, "created", or_null(by), now));
  return find(rule.id);
}

Result<KeptRule> PgRuleBook::find(RuleId id) {
  CH_ASSIGN(const auto rows, tx_.run(kFind, tenant_, id));
  if (rows.empty()) return fail(not_found("RULE_NOT_FOUND", "There is no such rule."));
  return kept_of(rows[0]);
}

Result<std::vector<KeptRule>> PgRuleBook::list(bool all, std::optional<RuleId> before, int most, Time now) {
  CH_ASSIGN(const auto rows, tx_.run(kList, tenant_, all, now, before, most));
  std::vector<KeptRule> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(kept_of(rows[i]));
  return out;
}

Result<KeptRule> PgRuleBook::remove(RuleId id, UserId by, Time now) {
  CH_ASSIGN(const auto done, tx_.run(kDelete, tenant_, id));
  if (done.affected() > 0) CH_TRY(tx_.run(kAct, tenant_, id, "deleted", or_null(by), now));
  return find(id);
}

}  // namespace cliffhanger::recommendation
