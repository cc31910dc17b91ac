#include "services/recommendation/rpc/models_rpc.h"

#include "cliffhanger/recommendation/v1/models_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::recommendation {
namespace {

static_assert(static_cast<int>(ModelState::kTraining) + 1 == v1::MODEL_STATE_TRAINING);
static_assert(static_cast<int>(ModelState::kFailed) + 1 == v1::MODEL_STATE_FAILED);

static_assert(static_cast<int>(ModelKind::kRanking) + 1 == v1::MODEL_KIND_RANKING);

v1::RankingFigures to_proto(const RankingQuality& from) {
  v1::RankingFigures to;
  to.set_shown(from.shown);
  to.set_taken(from.taken);
  to.set_tested(from.tested);
  to.set_auc(from.auc);
  to.set_hand_auc(from.hand_auc);
  to.set_log_loss(from.log_loss);
  to.set_hand_log_loss(from.hand_log_loss);
  to.set_calibration_error(from.calibration_error);
  to.set_worth(from.worth);
  to.set_logged_worth(from.logged_worth);
  to.set_effective_sample(from.effective_sample);
  return to;
}

v1::Model to_proto(const Model& from) {
  v1::Model to;
  to.set_model_id(from.id.text());
  to.set_state(static_cast<v1::ModelState>(static_cast<int>(from.state) + 1));
  to.set_active(from.active);
  to.set_viewers(from.viewers);
  to.set_series(from.series);
  to.set_interactions(from.interactions);
  to.set_ndcg(from.quality.ndcg);
  to.set_popularity_ndcg(from.quality.popularity);
  to.set_bytes(from.bytes);
  to.set_reason(from.reason);
  to.set_message(from.message);
  set_time(to.mutable_start_time(), from.started);
  if (from.ended) set_time(to.mutable_end_time(), *from.ended);
  to.set_kind(static_cast<v1::ModelKind>(static_cast<int>(from.kind) + 1));
  if (from.kind == ModelKind::kRanking) *to.mutable_ranking() = to_proto(from.ranking);
  return to;
}

Result<v1::ListModelsResponse> list(Models& models, const Call& call, const v1::ListModelsRequest& in) {
  const std::string query = "models/" + call.caller.tenant.text();
  CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
  std::optional<ModelId> before;
  if (!position.empty()) before = ModelId::parse(position).value_or(ModelId());
  const int size = page_size(in.page_size(), 20, 100);
  CH_ASSIGN(const auto found, models.list(call.caller.tenant, before, size + 1));
  v1::ListModelsResponse out;
  for (const auto& one : found) {
    if (out.models_size() == size) {
      out.set_next_page_token(page_token(query, out.models(size - 1).model_id()));
      break;
    }
    *out.add_models() = to_proto(one);
  }
  return out;
}

}  // namespace

rpc::Service models_service(const ModelsRpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.ModelsService");
  service.on(sql::in_transaction(deps.pool,
                                 [deps](sql::Tx& tx, const Call& call,
                                        const v1::ListModelsRequest& in) -> Result<v1::ListModelsResponse> {
                                   return list(*deps.models(tx), call, in);
                                 }));
  service.on(sql::in_transaction(
      deps.pool,
      [deps](sql::Tx& tx, const Call& call,
             const v1::TrainModelRequest& in) -> Result<v1::TrainModelResponse> {
        const auto kind = in.kind() == v1::MODEL_KIND_RANKING ? ModelKind::kRanking : ModelKind::kTaste;
        CH_ASSIGN(const auto model, deps.models(tx)->start(call.caller.tenant, kind));
        tx.after_commit(deps.asked);
        v1::TrainModelResponse out;
        *out.mutable_model() = to_proto(model);
        return out;
      }));
  service.on(
      sql::in_transaction(deps.pool,
                          [deps](sql::Tx& tx, const Call& call,
                                 const v1::ActivateModelRequest& in) -> Result<v1::ActivateModelResponse> {
                            CH_ASSIGN(const auto id, ModelId::parse(in.model_id()));
                            CH_ASSIGN(const auto model, deps.models(tx)->activate(call.caller.tenant, id));
                            tx.after_commit(deps.activated);
                            v1::ActivateModelResponse out;
                            *out.mutable_model() = to_proto(model);
                            return out;
                          }));
  service.on(sql::in_transaction(
      deps.pool,
      [deps](sql::Tx& tx, const Call& call,
             const v1::DeactivateModelRequest& in) -> Result<v1::DeactivateModelResponse> {
        CH_ASSIGN(const auto id, ModelId::parse(in.model_id()));
        CH_ASSIGN(const auto model, deps.models(tx)->deactivate(call.caller.tenant, id));
        tx.after_commit(deps.activated);
        v1::DeactivateModelResponse out;
        *out.mutable_model() = to_proto(model);
        return out;
      }));
  return service;
}

}  // namespace cliffhanger::recommendation
