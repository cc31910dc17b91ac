#include "services/insight/store/pg_experiments.h"

#include <algorithm>
#include <cstdlib>

#include "services/insight/domain/experiment_report.h"
#include "services/insight/domain/limits.h"
#include "services/insight/store/experiment_queries.h"
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

Result<std::vector<Experiment>> PgExperiments::live(const std::vector<std::string>& keys) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kExperimentsLive, tenant_, keys, kMostLive));
  return all_of(rows);
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

Result<std::string> PgExperiments::stick(const std::string& attribute, const std::string& value,
                                         const std::string& assignment, const std::string& variation_key) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kStick, tenant_, attribute, value, assignment, variation_key));
  return rows[0].text(0);
}

Result<void> PgExperiments::expose(const Experiment& e, const UserId& user, int variation, Time now) {
  CH_TRY(tx_.run(queries::kExpose, tenant_, e.id, user, variation, texts_of(e.weights), now));
  return {};
}

Result<Experiments::Split> PgExperiments::split(const Experiment& e) {
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kSplit, tenant_, e.id, static_cast<int>(e.definition.variations.size())));
  Split out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.people.push_back(rows[i].real(1));
    out.expected.push_back(rows[i].real(2));
  }
  return out;
}

Result<std::vector<stats::Arm>> PgExperiments::arms(const Experiment& e, Metric metric) {
  std::vector<stats::Arm> out(e.definition.variations.size());
  for (stats::Arm& arm : out) {
    arm.ratio = metric == Metric::kCompletionRate || metric == Metric::kWatchTimePerPlay;
    arm.proportion = metric == Metric::kWatched;
  }
  const auto until = unless_empty(e.stopped);
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kArms, tenant_, e.id, static_cast<int>(metric),
                    until ? std::optional(to_rfc3339(*until).substr(0, 10)) : std::nullopt, kDaysBefore));
  bool before = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const auto which = static_cast<std::size_t>(row.number(0));
    if (which >= out.size()) continue;
    stats::Arm& arm = out[which];
    arm.people = row.real(1);
    int column = 2;
    for (double& sum : arm.sum) sum = row.real(column++);
    for (std::size_t a = 0; a < stats::kQuantities; ++a)
      for (std::size_t b = a; b < stats::kQuantities; ++b)
        arm.product[a][b] = arm.product[b][a] = row.real(column++);
    before |= arm.sum[stats::kValueBefore] != 0;
  }
  // A ratio needs a denominator in both periods of every arm.
  for (const stats::Arm& arm : out) before = before && (!arm.ratio || arm.sum[stats::kPerBefore] > 0);
  for (stats::Arm& arm : out) arm.adjusted = before;
  return out;
}

Result<std::vector<std::vector<stats::Subject>>> PgExperiments::reached(const Experiment& e, Time now) {
  const Time until = e.runs() ? now : e.stopped;
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kReached, tenant_, e.id, e.definition.episode, until));
  std::vector<std::vector<stats::Subject>> out(e.definition.variations.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto which = static_cast<std::size_t>(rows[i].number(0));
    // Who began the next before this one's end had gone on by then.
    if (which < out.size()) out[which].push_back({std::max(0.0, rows[i].real(1)), rows[i].flag(2)});
  }
  return out;
}

Result<bool> look_after_one(sql::Pool& pool, Time now, Random& random) {
  CH_ASSIGN(const sql::Rows next, pool.transact([&](sql::Tx& tx) {
    return tx.run(queries::kToWatch, now - kLookAfterEvery, now);
  }));
  if (next.empty()) return false;
  CH_ASSIGN(const Tenant tenant, Tenant::parse(next[0].text(0)));
  CH_TRY(pool.transact([&](sql::Tx& tx) {
    PgExperiments experiments(tx, tenant);
    return look_after(experiments, next[0].uuid(1), now, random.number());
  }));
  return true;
}

Result<void> PgActivities::add(const UserId& user, const Where& where, const Watched& what, Time at) {
  CH_TRY(tx_.run(queries::kHoldPerson, tenant_, user));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, user));
  const UserId person = rows.empty() ? user : rows[0].id<UserId>(0);
  CH_TRY(tx_.run(queries::kActivityAdd, tenant_, person, at, what.plays, what.watched_ms,
                 static_cast<int>(what.completed), what.skips));
  if (what.plays == 0 && !what.completed) return {};
  CH_TRY(tx_.run(queries::kPassageAdd, tenant_, person, where.series, where.number, where.episode,
                 what.plays ? std::optional(at) : std::nullopt,
                 what.completed ? std::optional(at) : std::nullopt));
  return {};
}

Result<void> PgActivities::merge(const UserId& guest, const UserId& user) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, guest));
  CH_TRY(tx_.run(queries::kExposureMerge, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kStickyMerge, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kPassageMerge, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kActivityMerge, tenant_, guest, user));
  return {};
}

}  // namespace cliffhanger::insight
