#include "services/insight/store/pg_experiments.h"

#include <algorithm>
#include <cstdlib>

#include "services/insight/domain/experiment_report.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/overrides.h"
#include "services/insight/store/experiment_queries.h"
#include "services/insight/store/pg_arms.h"
#include "services/insight/store/pg_leaving.h"
#include "services/insight/store/pg_tally.h"
#include "services/insight/store/queries.h"

namespace cliffhanger::insight {
namespace {

std::string_view text_of(ExperimentState state) {
  switch (state) {
    case ExperimentState::kDraft:
      return "draft";
    case ExperimentState::kRunning:
      return "running";
    case ExperimentState::kStopped:
      break;
  }
  return "stopped";
}

ExperimentState state_of(const std::string& text) {
  if (text == "draft") return ExperimentState::kDraft;
  return text == "running" ? ExperimentState::kRunning : ExperimentState::kStopped;
}

std::vector<std::string> texts_of(const std::vector<double>& weights) {
  std::vector<std::string> out;
  for (const double weight : weights) out.push_back(*sql::Param(weight).text());
  return out;
}

Result<Experiment> experiment_of(const sql::Rows::Row& row) {
  Experiment out;
  out.id = row.uuid(0);
  out.owner = row.id<UserId>(1);
  out.state = state_of(row.text(2));
  CH_ASSIGN(out.definition, definition_of(row.text(3)));
  for (const std::string& weight : row.texts(4)) out.weights.push_back(std::strtod(weight.c_str(), nullptr));
  out.created = row.time(5);
  out.started = row.time(6);
  out.stopped = row.time(7);
  out.stop_code = row.text(8);
  out.stop_reason = row.text(9);
  out.winner = row.text(10);
  return out;
}

Result<std::vector<Experiment>> all_of(const sql::Rows& rows) {
  std::vector<Experiment> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Experiment one, experiment_of(rows[i]));
    out.push_back(std::move(one));
  }
  return out;
}

template <class T>
std::optional<T> unless_empty(const T& value) {
  return value == T() ? std::nullopt : std::optional(value);
}

}  // namespace

Result<void> PgExperiments::create(const Experiment& e) {
  const Layer& layer = e.definition.layer;
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kExperimentCreate, tenant_, e.id, e.definition.key, e.owner,
                    to_json(e.definition), layer.name, layer.first, layer.last, e.created));
  if (rows.affected() == 0) return fail(conflict("EXPERIMENT_KEY_TAKEN", "Another experiment has this key."));
  return {};
}

Result<std::optional<Experiment>> PgExperiments::find(const Uuid& id, bool to_change) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(to_change ? queries::kExperimentChange : queries::kExperimentFind, tenant_, id));
  if (rows.empty()) return std::nullopt;
  return experiment_of(rows[0]);
}

Result<void> PgExperiments::save(const Experiment& e) {
  const Layer& layer = e.definition.layer;
  CH_TRY(tx_.run(queries::kExperimentSave, tenant_, e.id, text_of(e.state), to_json(e.definition), layer.name,
                 layer.first, layer.last, texts_of(e.weights), unless_empty(e.started),
                 unless_empty(e.stopped), e.stop_code, e.stop_reason, e.winner));
  return {};
}

Result<std::vector<Experiment>> PgExperiments::list(const UserId& owner, const Uuid& before, int limit) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kExperimentList, tenant_, unless_empty(owner), unless_empty(before), limit));
  return all_of(rows);
}

Result<bool> PgExperiments::layer_taken(const Experiment& e) {
  const Layer& layer = e.definition.layer;
  if (layer.name.empty()) return false;
  CH_TRY(tx_.run(queries::kLayerHold, tenant_, layer.name));
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kLayerTaken, tenant_, layer.name, e.id, layer.first, layer.last));
  return !rows.empty();
}

Result<std::vector<Experiment>> PgExperiments::live(const std::vector<std::string>& keys, Time now) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kExperimentsLive, tenant_, keys, kMostLive, now - kKeptEndings));
  return all_of(rows);
}

Result<std::vector<Experiment>> PgExperiments::live_of(const std::vector<std::string>& ids, Time now) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kExperimentsLiveOf, tenant_, ids, now - kKeptEndings));
  return all_of(rows);
}

Result<void> PgExperiments::hold_subject(const Experiment& e) {
  const Definition& d = e.definition;
  CH_TRY(tx_.run(queries::kSubjectHold, tenant_, d.episode.empty() ? d.series : d.episode));
  return {};
}

Result<void> PgExperiments::hold_owner(const Experiment& e) {
  CH_TRY(tx_.run(queries::kOwnerHold, tenant_, e.owner));
  return {};
}

Result<std::vector<Experiment>> PgExperiments::running_on_subject(const Experiment& e, const Uuid& after,
                                                                  int limit) {
  const Definition& d = e.definition;
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kRunningOnSubject, tenant_, e.id, after,
                                          d.episode.empty() ? "" : d.episode.text(),
                                          d.series.empty() ? "" : d.series.text(), limit));
  return all_of(rows);
}

Result<std::vector<Experiment>> PgExperiments::running_of_owner(const Experiment& e, const Uuid& after,
                                                                int limit) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kRunningOfOwner, tenant_, e.id, after, e.owner, limit));
  return all_of(rows);
}

Result<UserId> PgExperiments::person(const UserId& user) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, user));
  return rows.empty() ? user : rows[0].id<UserId>(0);
}

Result<bool> PgExperiments::began(const UserId& user, const Uuid& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kBegan, tenant_, user, episode));
  return !rows.empty();
}

Result<std::vector<HouseExperiment>> house_experiments(sql::Tx& tx, Time now) {
  CH_ASSIGN(const sql::Rows rows, tx.run(queries::kExperimentsHouse, now - kKeptEndings, kMostHouse));
  std::vector<HouseExperiment> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Experiment one, experiment_of(rows[i]));
    if (!house_applies(one.definition)) continue;
    CH_ASSIGN(Tenant tenant, Tenant::parse(rows[i].text(11)));
    out.push_back({std::move(tenant), std::move(one)});
  }
  return out;
}

Result<experiment::StickyDocuments> PgExperiments::stuck(
    const std::vector<std::pair<std::string, std::string>>& who) {
  std::vector<std::string> attributes, values;
  for (const auto& [attribute, value] : who) attributes.push_back(attribute), values.push_back(value);
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kStuck, tenant_, attributes, values));
  experiment::StickyDocuments out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& document = out[experiment::sticky_key(rows[i].text(0), rows[i].text(1))];
    document.attribute = rows[i].text(0);
    document.value = rows[i].text(1);
    document.assignments[rows[i].text(2)] = rows[i].text(3);
  }
  return out;
}

Result<std::string> PgExperiments::stick(const UserId& user, const std::string& attribute,
                                         const std::string& value, const std::string& assignment,
                                         const std::string& variation_key,
                                         const std::vector<double>& weights) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kStick, tenant_, attribute, value, assignment,
                                          variation_key, texts_of(weights), user));
  return rows[0].text(0);
}

Result<void> PgExperiments::expose(const Experiment& e, const UserId& user, int variation, Time now) {
  // Nothing that the person does is counted meanwhile: it is before, or after.
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, user));
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kExpose, tenant_, e.id, user, variation, texts_of(e.weights), now,
                    experiment::assignment_key(e.definition.key, 0)));
  if (rows.affected() > 0) CH_TRY(tx_.run(queries::kRestless, tenant_, user));
  return {};
}

Result<bool> PgExperiments::settle() {
  return fold_exposures(tx_, tenant_.text());
}

Result<Experiments::Split> PgExperiments::split(const Experiment& e) {
  CH_ASSIGN(const auto tallies, tallies_of(tx_, tenant_, e));
  Split out;
  out.expected.resize(tallies.size());
  for (const Tally& one : tallies) {
    out.people.push_back(one.people);
    for (std::size_t i = 0; i < std::min(one.weights.size(), out.expected.size()); ++i)
      out.expected[i] += one.weights[i];
  }
  return out;
}

Result<std::vector<stats::Arm>> PgExperiments::arms(const Experiment& e, Metric metric) {
  CH_ASSIGN(const auto tallies, tallies_of(tx_, tenant_, e));
  std::vector<stats::Arm> out;
  for (const Tally& one : tallies) out.push_back(one.arm(metric));
  bool before = std::any_of(out.begin(), out.end(),
                            [](const stats::Arm& arm) { return arm.sum[stats::kValueBefore] != 0; });
  // A ratio needs a denominator in both periods of every arm.
  for (const stats::Arm& arm : out) before = before && (!arm.ratio || arm.sum[stats::kPerBefore] > 0);
  for (stats::Arm& arm : out) arm.adjusted = before;
  return out;
}

Result<std::vector<std::vector<stats::Subject>>> PgExperiments::reached(const Experiment& e, Time now) {
  return reached_of(tx_, tenant_, e, e.runs() ? now : e.stopped);
}

Result<std::optional<Experiments::Told>> PgExperiments::told(const Uuid& id) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kTold, tenant_, id));
  if (rows.empty()) return std::nullopt;
  Told out{{}, rows[0].bytes(1)};
  for (const std::string& people : rows[0].texts(0))
    out.people.push_back(std::strtoll(people.c_str(), nullptr, 10));
  return out;
}

Result<void> PgExperiments::tell(const Uuid& id, const Told& told) {
  std::vector<std::string> people;
  for (const std::int64_t one : told.people) people.push_back(std::to_string(one));
  CH_TRY(tx_.run(queries::kTell, tenant_, id, people, sql::Param::bytes(told.report)));
  return {};
}

Result<bool> look_after_one(sql::Pool& pool, Time now) {
  CH_ASSIGN(const sql::Rows next, pool.transact([&](sql::Tx& tx) {
    return tx.run(queries::kToWatch, now - kLookAfterEvery, now);
  }));
  if (next.empty()) return false;
  CH_ASSIGN(const Tenant tenant, Tenant::parse(next[0].text(0)));
  // Each round by itself: who else counts waits for the sums that are held until it commits.
  bool more = true;
  for (int rounds = 0; more && rounds < kMostRounds; ++rounds) {
    CH_ASSIGN(more, pool.transact([&](sql::Tx& tx) { return fold_exposures(tx, tenant.text()); }));
  }
  CH_TRY(pool.transact([&](sql::Tx& tx) {
    PgExperiments experiments(tx, tenant);
    return look_after(experiments, next[0].uuid(1), now);
  }));
  return true;
}

// Who a guest is now; that stays so until the transaction ends.
Result<UserId> PgActivities::held(const UserId& user) {
  CH_TRY(tx_.run(queries::kHoldPerson, tenant_, user));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, user));
  return rows.empty() ? user : rows[0].id<UserId>(0);
}

Result<void> PgActivities::react(const UserId& user, const Said& what, Time at) {
  CH_ASSIGN(const UserId person, held(user));
  CH_TRY(tx_.run(queries::kActivityAdd, tenant_, person, at, 0, 0, 0, 0, what.likes, what.follows, 0));
  CH_TRY(tx_.run(queries::kRestless, tenant_, person));
  return {};
}

Result<void> PgActivities::comment(const UserId& user, std::int64_t comments, Time at) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, user));
  CH_TRY(tx_.run(queries::kActivityAdd, tenant_, user, at, 0, 0, 0, 0, 0, 0, comments));
  CH_TRY(tx_.run(queries::kRestless, tenant_, user));
  return {};
}

Result<void> PgActivities::add(const UserId& user, const Where& where, const Watched& what, Time at) {
  CH_ASSIGN(const UserId person, held(user));
  CH_TRY(tx_.run(queries::kActivityAdd, tenant_, person, at, what.plays, what.watched_ms,
                 static_cast<int>(what.completed), what.skips, 0, 0, 0));
  CH_TRY(tx_.run(queries::kRestless, tenant_, person));
  if (what.plays == 0 && !what.completed) return {};
  CH_TRY(tx_.run(queries::kPassageAdd, tenant_, person, where.series, where.number, where.episode,
                 what.plays ? std::optional(at) : std::nullopt,
                 what.completed ? std::optional(at) : std::nullopt));
  return {};
}

Result<void> PgActivities::merge(const UserId& guest, const UserId& user, bool may_stick) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, guest));
  CH_TRY(tx_.run(queries::kExposureMerge, tenant_, guest, user));
  if (may_stick) {
    CH_TRY(tx_.run(queries::kStickyMerge, tenant_, guest, user));
    CH_TRY(tx_.run(queries::kStickyMove, tenant_, guest, user));
  } else {
    CH_TRY(tx_.run(queries::kStickyDrop, tenant_, guest));
  }
  CH_TRY(tx_.run(queries::kPassageMerge, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kActivityMerge, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kRestless, tenant_, user));
  return {};
}

}  // namespace cliffhanger::insight
