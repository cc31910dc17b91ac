#pragma once
#include <functional>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/models.h"
#include "services/recommendation/domain/newcomers.h"

namespace cliffhanger::recommendation {

// Kinds of tasks: replicas that know nothing of rankings leave those alone.
inline constexpr char kTrainTask[] = "train";
inline constexpr char kTrainRankingTask[] = "train ranking";

// Where a model's file is.
std::string model_key(const Tenant& tenant, const Uuid& object);

struct ActiveModel {
  Tenant tenant;
  Model model;
};

// Models in PostgreSQL, within `tx`. All outlive this.
class PgModels final : public Models {
 public:
  PgModels(sql::Tx& tx, const Clock& clock, Random& random) : tx_(tx), clock_(clock), random_(random) {}

  Result<Model> start(const Tenant& tenant, ModelKind kind) override;
  Result<Model> find(const Tenant& tenant, ModelId id) override;
  Result<std::vector<Model>> list(const Tenant& tenant, std::optional<ModelId> before, int most) override;
  Result<Model> activate(const Tenant& tenant, ModelId id) override;
  Result<Model> deactivate(const Tenant& tenant, ModelId id) override;

  Result<std::optional<Model>> active(const Tenant& tenant, ModelKind kind);
  Result<std::vector<ActiveModel>> all_active(ModelKind kind);
  // Ends a training as `model` says. Nothing if it has ended already.
  Result<void> end(const Tenant& tenant, const Model& model);
  // Says what a training waits for.
  Result<void> trouble(const Tenant& tenant, ModelId id, const Error& why);
  // Forgets all of a kind but the newest `keep` that have files and the active one, and but the newest `keep`
  // others. Their files are nobody's then.
  Result<void> forget(const Tenant& tenant, ModelKind kind, int keep);
  // Tenants whose viewers did something that such a model learns from, with the start of their newest
  // training (epoch: none yet).
  Result<std::vector<std::pair<Tenant, Time>>> tenants(ModelKind kind);

 private:
  sql::Tx& tx_;
  const Clock& clock_;
  Random& random_;
};

// What viewers who allow profiling took, in order of viewer and series, after a pair; at most `most`, and
// empty at the end. `profiled`: whether who decided nothing allows it.
struct TookAfter {
  UserId viewer;
  SeriesId series;
};
Result<std::vector<Took>> read_took(sql::Tx& tx, const Tenant& tenant, const TookAfter& after, int most,
                                    bool profiled);

// The newest published series, for which `knows` says no, with some of their viewers and of what those took.
Result<std::vector<Newcomer>> read_newcomers(sql::Tx& tx, const Tenant& tenant,
                                             const std::function<bool(SeriesId)>& knows, bool profiled);

// Of these keys, those of models that there are. What is not among them never will be: ids of files are made
// once, and a file that no model has when it is days old gets none.
Result<std::vector<std::string>> claimed_objects(sql::Tx& tx, const std::vector<std::string>& keys);

}  // namespace cliffhanger::recommendation
