#include "services/catalog/rpc/overrides_rpc.h"

#include "cliffhanger/catalog/v1/overrides_service.pb.h"
#include "services/catalog/domain/overriding.h"

namespace cliffhanger::catalog {
namespace {

// The contract has checked that ids are ids; empty ones are none.
template <class SomeId>
SomeId id_of(const std::string& text) {
  return SomeId::parse(text).value_or(SomeId());
}

Result<v1::CheckOverridesResponse> check(Library& library, const Call& call,
                                         const v1::CheckOverridesRequest& in) {
  std::vector<OverrideToCheck> asked;
  for (const auto& one : in.overrides())
    asked.push_back({id_of<EpisodeId>(one.cover_episode_id()), id_of<EpisodeId>(one.ending_episode_id()),
                     id_of<RevisionId>(one.ending_revision_id()), one.paywall()});
  CH_ASSIGN(const auto checked,
            Overriding(library, call.caller.user, in.operates())
                .check(id_of<EpisodeId>(in.episode_id()), id_of<SeriesId>(in.series_id()), asked));
  v1::CheckOverridesResponse out;
  for (const auto& one : checked) {
    auto* to = out.add_overrides();
    to->set_fault(one.fault);
    if (!one.film.empty()) to->set_revision_id(one.film.text());
  }
  return out;
}

}  // namespace

rpc::Service overrides_service(sql::Pool& pool, OpenLibrary open) {
  rpc::Service service("cliffhanger.catalog.v1.OverridesService");
  service.on([&pool, open](const Call& call, const v1::CheckOverridesRequest& in) {
    return pool.read([&](sql::Tx& tx) { return check(*open(tx, call), call, in); });
  });
  return service;
}

}  // namespace cliffhanger::catalog
