#include "services/insight/rpc/arms_rpc.h"

#include <algorithm>

#include "cliffhanger/insight/v1/arms_service.pb.h"
#include "services/insight/domain/assignment.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/overrides.h"
#include "services/insight/domain/targeting.h"

namespace cliffhanger::insight {
namespace {

std::string text_of(const Uuid& id) {
  return id.empty() ? "" : id.text();
}

void put(const Override& from, const Variation& variation, v1::ArmOverride* out) {
  out->set_title(from.title);
  out->set_cover_episode_id(text_of(from.cover_episode));
  out->set_ending_episode_id(text_of(from.ending_episode));
  out->set_ending_revision_id(text_of(variation.film));
  out->set_paywall(from.paywall);
  out->set_ranking(from.ranking);
}

void put(const HouseExperiment& from, v1::HouseExperiment* out) {
  const Definition& d = from.experiment.definition;
  out->set_tenant(from.tenant.text());
  out->set_experiment_id(from.experiment.id.text());
  out->set_key(d.key);
  out->set_kind(static_cast<v1::ExperimentSubjectKind>(d.kind));
  out->set_episode_id(text_of(d.episode));
  out->set_series_id(text_of(d.series));
  for (const Variation& one : d.variations) {
    auto* variation = out->add_variations();
    variation->set_key(one.key);
    put(override_of(d.kind, one), one, variation->mutable_override());
  }
}

Result<v1::AssignArmsResponse> assign_arms(const ArmsDeps& d, sql::Tx& tx, const Call& call,
                                           const v1::AssignArmsRequest& in) {
  v1::AssignArmsResponse out;
  const UserId& user = call.caller.user;
  if (user.empty()) return out;
  CH_ASSIGN(const bool may, d.may_experiment(tx, call.caller.tenant, user));
  if (!may) return out;
  const auto store = d.experiments(tx, call.caller.tenant);
  CH_ASSIGN(auto live,
            store->live_of({in.experiment_ids().begin(), in.experiment_ids().end()}, d.clock.now()));
  CH_ASSIGN(const auto given, assign(*store, live, attributes_of(call, in.country()), user, true));
  for (const Given& one : given) {
    auto* arm = out.add_arms();
    arm->set_experiment_id(one.experiment->id.text());
    arm->set_experiment_key(one.experiment->definition.key);
    arm->set_variation_key(one.variation_key);
    arm->set_in_experiment(one.in_experiment);
  }
  return out;
}

Result<void> expose(const ArmsDeps& d, sql::Tx& tx, const Call& call, const v1::ArmExposure& in) {
  CH_ASSIGN(const auto user, UserId::parse(in.user_id()));
  CH_ASSIGN(const bool may, d.may_experiment(tx, call.caller.tenant, user));
  if (!may) return {};
  const auto store = d.experiments(tx, call.caller.tenant);
  CH_ASSIGN(const auto live, store->live_of({in.experiment_id()}, d.clock.now()));
  if (live.empty() || !live.front().runs()) return {};
  CH_ASSIGN(const auto sticky, store->stuck({{"id", user.text()}}));
  const auto variation = stuck_variation(live.front(), user, sticky);
  if (!variation) return {};
  if (live.front().definition.variations[static_cast<std::size_t>(*variation)].key != in.variation_key())
    return {};
  return store->expose(live.front(), user, *variation, d.clock.now());
}

}  // namespace

rpc::Service arms_service(ArmsDeps deps) {
  const auto d = std::make_shared<const ArmsDeps>(std::move(deps));
  rpc::Service service("cliffhanger.insight.v1.ArmsService");
  service.on([d](const Call&, const v1::ListArmsRequest&) -> Result<v1::ListArmsResponse> {
    CH_ASSIGN(const auto all, d->pool.read([&](sql::Tx& tx) { return d->list(tx, d->clock.now()); }));
    v1::ListArmsResponse out;
    const Time settled = d->clock.now() - kAppliedAfter;
    for (const auto& one : all)
      if (!one.experiment.runs() || one.experiment.started <= settled) put(one, out.add_experiments());
    return out;
  });
  service.on([d](const Call& call, const v1::AssignArmsRequest& in) {
    return d->pool.transact([&](sql::Tx& tx) { return assign_arms(*d, tx, call, in); });
  });
  service.on(
      [d](const Call& call, const v1::RecordExposuresRequest& in) -> Result<v1::RecordExposuresResponse> {
        CH_TRY(d->pool.transact([&](sql::Tx& tx) -> Result<void> {
          for (const auto& one : in.exposures()) CH_TRY(expose(*d, tx, call, one));
          return {};
        }));
        return v1::RecordExposuresResponse();
      });
  return service;
}

}  // namespace cliffhanger::insight
