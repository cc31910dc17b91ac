#pragma once
// Experiments over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/insight/domain/experiments.h"

namespace cliffhanger::insight {

class PgExperiments final : public Experiments {
 public:
  PgExperiments(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<void> create(const Experiment& experiment) override;
  Result<std::optional<Experiment>> find(const Uuid& id, bool to_change) override;
  Result<void> save(const Experiment& experiment) override;
  Result<std::vector<Experiment>> list(const UserId& owner, const Uuid& before, int limit) override;
  Result<bool> layer_taken(const Experiment& experiment) override;
  Result<std::vector<Experiment>> live(const std::vector<std::string>& keys, Time now) override;
  Result<std::vector<Experiment>> live_of(const std::vector<std::string>& ids, Time now) override;
  Result<void> hold_subject(const Experiment& experiment) override;
  Result<void> hold_owner(const Experiment& experiment) override;
  Result<std::vector<Experiment>> running_on_subject(const Experiment& experiment, const Uuid& after,
                                                     int limit) override;
  Result<std::vector<Experiment>> running_of_owner(const Experiment& experiment, const Uuid& after,
                                                   int limit) override;
  Result<UserId> person(const UserId& user) override;
  Result<bool> began(const UserId& user, const Uuid& episode) override;
  Result<experiment::StickyDocuments> stuck(
      const std::vector<std::pair<std::string, std::string>>& who) override;
  Result<std::string> stick(const UserId& user, const std::string& attribute, const std::string& value,
                            const std::string& assignment, const std::string& variation_key,
                            const std::vector<double>& weights) override;
  Result<void> expose(const Experiment& experiment, const UserId& user, int variation, Time now) override;
  Result<bool> settle() override;
  Result<Split> split(const Experiment& experiment) override;
  Result<std::vector<stats::Arm>> arms(const Experiment& experiment, Metric metric) override;
  Result<std::vector<std::vector<stats::Subject>>> reached(const Experiment& experiment, Time now) override;
  Result<std::optional<Told>> told(const Uuid& id) override;
  Result<void> tell(const Uuid& id, const Told& told) override;

 private:
  sql::Tx& tx_;
  const Tenant tenant_;
};

// Looks after the running experiment that waits longest, if it has waited for kLookAfterEvery; whether there
// was one. Of any tenant; for any number of replicas at once. That it was looked after is noted first, so
// that one that fails holds up no other.
Result<bool> look_after_one(sql::Pool& pool, Time now);

class PgActivities final : public Activities {
 public:
  PgActivities(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<void> add(const UserId& user, const Where& where, const Watched& what, Time at) override;
  Result<void> react(const UserId& user, const Said& what, Time at) override;
  Result<void> comment(const UserId& user, std::int64_t comments, Time at) override;
  Result<void> merge(const UserId& guest, const UserId& user, bool may_stick) override;

 private:
  Result<UserId> held(const UserId& user);

  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::insight
