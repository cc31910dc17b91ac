#pragma once
// The models of a tenant, as the service keeps account of them.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "services/recommendation/domain/ranking_training.h"
#include "services/recommendation/domain/training.h"

namespace cliffhanger::recommendation {

using ModelId = Id<struct ModelTag>;

// Taste: factors of series, which find candidates and speak for them. Ranking: what puts candidates in order.
enum class ModelKind { kTaste, kRanking };
enum class ModelState { kTraining, kReady, kRefused, kFailed };

struct Model {
  ModelId id;
  ModelKind kind = ModelKind::kTaste;
  ModelState state = ModelState::kTraining;
  bool active = false;
  Uuid object;  // of its file; none until there is one
  std::int64_t bytes = 0, viewers = 0, series = 0, interactions = 0;
  Quality quality;         // of taste
  RankingQuality ranking;  // of a ranking
  std::string reason, message;
  Time started{};
  std::optional<Time> ended;
};

// What a rule needs of the world, within one transaction.
class Models {
 public:
  virtual ~Models() = default;
  // A training that waits to be done. Fails with TRAINING_UNDER_WAY if there is one of its kind.
  virtual Result<Model> start(const Tenant& tenant, ModelKind kind) = 0;
  virtual Result<Model> find(const Tenant& tenant, ModelId id) = 0;  // MODEL_NOT_FOUND
  // The newest first, those before `before`.
  virtual Result<std::vector<Model>> list(const Tenant& tenant, std::optional<ModelId> before, int most) = 0;
  // Makes it the one in use of its kind. Fails with MODEL_NOT_FOUND, MODEL_NOT_READY.
  virtual Result<Model> activate(const Tenant& tenant, ModelId id) = 0;
  // Makes it one that is not in use. Fails with MODEL_NOT_FOUND.
  virtual Result<Model> deactivate(const Tenant& tenant, ModelId id) = 0;
};

}  // namespace cliffhanger::recommendation
