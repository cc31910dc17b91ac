#include "services/insight/rpc/override_checks.h"

#include "cliffhanger/catalog/v1/overrides_service.pb.h"
#include "cliffhanger/recommendation/v1/rankings_service.pb.h"
#include "services/insight/domain/overrides.h"

namespace cliffhanger::insight {
namespace {

std::string text_of(const Uuid& id) {
  return id.empty() ? "" : id.text();
}

FieldFault fault_of(std::size_t variation, const std::string& message) {
  return {"definition.variations[" + std::to_string(variation) + "].value", message};
}

Error refused(std::vector<FieldFault> faults) {
  return invalid("INVALID_EXPERIMENT", "The experiment can't be run like that.", std::move(faults));
}

Result<Definition> ask_catalog(const rpc::Client& catalog, const Call& call, Definition d) {
  catalog::v1::CheckOverridesRequest ask;
  ask.set_episode_id(text_of(d.episode));
  ask.set_series_id(text_of(d.series));
  ask.set_operates(call.caller.role == Role::kOperator);
  for (const Variation& one : d.variations) {
    const Override what = override_of(d.kind, one);
    auto* to = ask.add_overrides();
    to->set_cover_episode_id(text_of(what.cover_episode));
    to->set_ending_episode_id(text_of(what.ending_episode));
    to->set_ending_revision_id(text_of(what.ending_revision));
    to->set_paywall(what.paywall);
  }
  CH_ASSIGN(const auto found, catalog.call<catalog::v1::CheckOverridesResponse>(call, ask));
  std::vector<FieldFault> faults;
  for (std::size_t i = 0; i < d.variations.size(); ++i) {
    const auto& one = found.overrides(static_cast<int>(i));
    if (!one.fault().empty()) faults.push_back(fault_of(i, one.fault()));
    d.variations[i].film = Uuid::parse(one.revision_id()).value_or(Uuid());
  }
  if (!faults.empty()) return fail(refused(std::move(faults)));
  return d;
}

Result<Definition> ask_recommendation(const rpc::Client& recommendation, const Call& call, Definition d) {
  std::vector<FieldFault> faults;
  for (std::size_t i = 0; i < d.variations.size(); ++i) {
    const Override what = override_of(d.kind, d.variations[i]);
    if (what.ranking.empty()) continue;
    recommendation::v1::CheckRankingRequest ask;
    ask.set_ranking(what.ranking);
    CH_ASSIGN(const auto found, recommendation.call<recommendation::v1::CheckRankingResponse>(call, ask));
    if (!found.fault().empty()) faults.push_back(fault_of(i, found.fault()));
  }
  if (!faults.empty()) return fail(refused(std::move(faults)));
  return d;
}

}  // namespace

CheckOverrides check_overrides(rpc::Client catalog, rpc::Client recommendation) {
  return [catalog, recommendation](const Call& call, Definition d) -> Result<Definition> {
    if (d.kind == SubjectKind::kFeature) return d;
    if (d.kind == SubjectKind::kRanking) return ask_recommendation(recommendation, call, std::move(d));
    return ask_catalog(catalog, call, std::move(d));
  };
}

}  // namespace cliffhanger::insight
