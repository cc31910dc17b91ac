#include "services/recommendation/store/pg_models.h"

#include <algorithm>
#include <map>

#include "libs/blob/place.h"
#include "libs/sql/work_queue.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/store/model_queries.h"

namespace cliffhanger::recommendation {
namespace {

constexpr std::string_view kStates[] = {"training", "ready", "refused", "failed"};

constexpr std::string_view kKinds[] = {"taste", "ranking"};
constexpr const char* kTasks[] = {kTrainTask, kTrainRankingTask};

std::string_view text_of(ModelKind kind) {
  return kKinds[static_cast<int>(kind)];
}

std::string_view text_of(ModelState state) {
  return kStates[static_cast<int>(state)];
}

Result<Model> model_of(const sql::Rows::Row& row) {
  Model out;
  out.id = row.id<ModelId>(0);
  const auto state = std::ranges::find(kStates, row.text(1));
  if (state == std::end(kStates))
    return fail(internal("BAD_MODEL_STATE", "A model's row has a state that there is not."));
  out.state = static_cast<ModelState>(state - std::begin(kStates));
  out.active = row.flag(2);
  if (!row.is_null(3)) out.object = row.uuid(3);
  out.bytes = row.number(4);
  out.viewers = row.number(5);
  out.series = row.number(6);
  out.interactions = row.number(7);
  out.quality = {row.number(8), row.real(9), row.real(10)};
  out.reason = row.text(11);
  out.message = row.text(12);
  out.started = row.time(13);
  if (!row.is_null(14)) out.ended = row.time(14);
  out.kind = row.text(15) == text_of(ModelKind::kRanking) ? ModelKind::kRanking : ModelKind::kTaste;
  auto& ranking = out.ranking;
  ranking.shown = out.interactions;
  ranking.tested = out.quality.viewers;
  ranking.taken = row.number(16);
  double* const figures[] = {&ranking.auc,           &ranking.hand_auc,          &ranking.log_loss,
                             &ranking.hand_log_loss, &ranking.calibration_error, &ranking.worth,
                             &ranking.logged_worth,  &ranking.effective_sample};
  for (int i = 0; i < static_cast<int>(std::size(figures)); ++i) *figures[i] = row.real(17 + i);
  return out;
}

Result<std::vector<Model>> models_of(const sql::Rows& rows) {
  std::vector<Model> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Model one, model_of(rows[i]));
    out.push_back(std::move(one));
  }
  return out;
}

Error no_model() {
  return not_found("MODEL_NOT_FOUND", "There is no such model.");
}

}  // namespace

std::string model_key(const Tenant& tenant, const Uuid& object) {
  return "models/" + tenant.text() + "/recommendation/" + object.text();
}

Result<Model> PgModels::start(const Tenant& tenant, ModelKind kind) {
  const Time now = clock_.now();
  const auto id = ModelId::make(now, random_);
  CH_ASSIGN(const auto added, tx_.run(queries::kModelAdd, tenant, id, now, text_of(kind)));
  if (added.affected() == 0) {
    CH_ASSIGN(const auto other, tx_.run(queries::kModelUnderWay, tenant, text_of(kind)));
    return fail(precondition("TRAINING_UNDER_WAY", "A model is being trained already.")
                    .with("model_id", other.empty() ? "" : other[0].uuid(0).text()));
  }
  sql::NewTask task;
  task.id = sql::TaskId(id.uuid());
  task.tenant = tenant;
  task.kind = kTasks[static_cast<int>(kind)];
  task.lane = task.kind;
  task.subject = id.uuid();
  task.most_attempts = kTrainingAttempts;
  CH_TRY(sql::add_task(tx_, task));
  return find(tenant, id);
}

Result<Model> PgModels::find(const Tenant& tenant, ModelId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kModelFind, tenant, id));
  if (rows.empty()) return fail(no_model());
  return model_of(rows[0]);
}

Result<std::vector<Model>> PgModels::list(const Tenant& tenant, std::optional<ModelId> before, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kModelList, tenant, before, most));
  return models_of(rows);
}

Result<Model> PgModels::activate(const Tenant& tenant, ModelId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kModelLock, tenant));
  CH_ASSIGN(const auto all, models_of(rows));
  const auto it = std::ranges::find(all, id, &Model::id);
  if (it == all.end()) return fail(no_model());
  if (it->object.empty())
    return fail(precondition("MODEL_NOT_READY", "The model has no file that could be used."));
  CH_TRY(tx_.run(queries::kModelPutOut, tenant, id, text_of(it->kind)));
  CH_TRY(tx_.run(queries::kModelActivate, tenant, id, true));
  return find(tenant, id);
}

Result<Model> PgModels::deactivate(const Tenant& tenant, ModelId id) {
  CH_TRY(tx_.run(queries::kModelLock, tenant));
  CH_TRY(tx_.run(queries::kModelActivate, tenant, id, false));
  return find(tenant, id);
}

Result<std::optional<Model>> PgModels::active(const Tenant& tenant, ModelKind kind) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kModelActive, tenant, text_of(kind)));
  if (rows.empty()) return std::optional<Model>();
  CH_ASSIGN(auto model, model_of(rows[0]));
  return std::optional(std::move(model));
}

Result<std::vector<ActiveModel>> PgModels::all_active(ModelKind kind) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kModelsActive, text_of(kind)));
  std::vector<ActiveModel> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto tenant, Tenant::parse(rows[i].text(25)));
    CH_ASSIGN(auto model, model_of(rows[i]));
    out.push_back({std::move(tenant), std::move(model)});
  }
  return out;
}

Result<void> PgModels::end(const Tenant& tenant, const Model& m) {
  std::optional<Uuid> object;
  if (!m.object.empty()) object = m.object;
  CH_TRY(tx_.run(queries::kModelEnd, tenant, m.id, text_of(m.state), object, m.bytes, m.viewers, m.series,
                 m.interactions, m.quality.viewers, m.quality.ndcg, m.quality.popularity, m.reason, m.message,
                 clock_.now()));
  if (m.kind != ModelKind::kRanking) return {};
  const auto& r = m.ranking;
  CH_TRY(tx_.run(queries::kModelRanking, tenant, m.id, r.taken, r.auc, r.hand_auc, r.log_loss,
                 r.hand_log_loss, r.calibration_error, r.worth, r.logged_worth, r.effective_sample));
  return {};
}

Result<void> PgModels::trouble(const Tenant& tenant, ModelId id, const Error& why) {
  CH_TRY(tx_.run(queries::kModelTrouble, tenant, id, why.reason, why.message));
  return {};
}

Result<void> PgModels::forget(const Tenant& tenant, ModelKind kind, int keep) {
  CH_TRY(tx_.run(queries::kModelForget, tenant, keep, text_of(kind)));
  return {};
}

Result<std::vector<std::pair<Tenant, Time>>> PgModels::tenants(ModelKind kind) {
  CH_ASSIGN(const auto rows,
            tx_.run(kind == ModelKind::kRanking ? queries::kRankingTenants : queries::kModelTenants));
  std::vector<std::pair<Tenant, Time>> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto tenant, Tenant::parse(rows[i].text(0)));
    out.emplace_back(std::move(tenant), rows[i].time(1));
  }
  return out;
}

Result<std::vector<Took>> read_took(sql::Tx& tx, const Tenant& tenant, const TookAfter& after, int most,
                                    bool profiled) {
  CH_ASSIGN(const auto rows, tx.run(queries::kTookPage, tenant, after.viewer, after.series, most, profiled));
  std::vector<Took> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back({row.id<UserId>(0), row.id<SeriesId>(1), row.time(2), static_cast<int>(row.number(3)),
                   static_cast<int>(row.number(4)), static_cast<int>(row.number(5)),
                   static_cast<int>(row.number(6)), static_cast<int>(row.number(9)), row.flag(7),
                   row.flag(8)});
  }
  return out;
}

Result<std::vector<Newcomer>> read_newcomers(sql::Tx& tx, const Tenant& tenant,
                                             const std::function<bool(SeriesId)>& knows, bool profiled) {
  CH_ASSIGN(const auto newest, tx.run(queries::kNewestSeries, tenant, kNewestLookedAt));
  std::vector<Newcomer> out;
  std::vector<std::string> ids;
  std::map<SeriesId, std::size_t> place;
  for (std::size_t i = 0; i < newest.size() && out.size() < kMostNewcomers; ++i) {
    const auto id = newest[i].id<SeriesId>(0);
    if (knows(id)) continue;
    place.emplace(id, out.size());
    ids.push_back(id.text());
    out.push_back({id, {}, {}});
  }
  if (out.empty()) return out;
  CH_ASSIGN(const auto viewers,
            tx.run(queries::kViewersOf, tenant, ids, kViewersOfNewcomer, kSeriesOfViewer, profiled));
  for (std::size_t i = 0; i < viewers.size(); ++i) {
    auto& newcomer = out[place.at(viewers[i].id<SeriesId>(0))];
    const bool same =
        i > 0 && viewers[i - 1].uuid(0) == viewers[i].uuid(0) && viewers[i - 1].uuid(1) == viewers[i].uuid(1);
    if (!same) newcomer.viewers.emplace_back();
    newcomer.viewers.back().push_back(viewers[i].id<SeriesId>(2));
  }
  CH_ASSIGN(const auto others, tx.run(queries::kOthersOfCreator, tenant, ids, kSeriesOfCreator));
  for (std::size_t i = 0; i < others.size(); ++i)
    out[place.at(others[i].id<SeriesId>(0))].of_creator.push_back(others[i].id<SeriesId>(1));
  return out;
}

Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys) {
  std::vector<std::string> ours, tenants, ids, out;
  for (const auto& key : keys) {
    const auto place = blob::place_of(key);
    if (!place || place->kind != blob::Kind::kModel) continue;
    ours.push_back(key);
    tenants.push_back(place->tenant.text());
    ids.push_back(place->id.text());
  }
  if (ours.empty()) return out;
  CH_ASSIGN(const auto rows, tx.run(queries::kClaimModels, ours, tenants, ids));
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].text(0));
  return out;
}

}  // namespace cliffhanger::recommendation
