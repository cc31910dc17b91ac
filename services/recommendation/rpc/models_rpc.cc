#include "services/recommendation/rpc/models_rpc.h"

#include "cliffhanger/recommendation/v1/models_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::recommendation {
namespace {

static_assert(static_cast<int>(ModelState::kTraining) + 1 == v1::MODEL_STATE_TRAINING);
static_assert(static_cast<int>(ModelState::kFailed) + 1 == v1::MODEL_STATE_FAILED);

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
      [deps](sql::Tx& tx, const Call& call, const v1::TrainModelRequest&) -> Result<v1::TrainModelResponse> {
        CH_ASSIGN(const auto model, deps.models(tx)->start(call.caller.tenant));
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
  return service;
}

}  // namespace cliffhanger::recommendation
