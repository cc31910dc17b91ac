#include "services/recommendation/rpc/feed_rpc.h"

#include <chrono>

#include "libs/obs/names.h"
#include "services/recommendation/rpc/feed_page.h"

namespace cliffhanger::recommendation {
namespace {

Error no_episode_left() {
  return not_found("NO_EPISODE_LEFT", "The series has no further episode for this viewer yet.");
}

Result<v1::GetNextEpisodeResponse> next_episode(const RpcDeps& deps, const Call& call,
                                                const v1::GetNextEpisodeRequest& in) {
  CH_ASSIGN(const auto series, SeriesId::parse(in.series_id()));
  const auto catalogue = deps.catalogues.of(call.caller.tenant);
  const auto at = catalogue->find(series);
  if (at && (*catalogue)[*at].owner != call.caller.user)
    CH_TRY(check_fits(*catalogue, *at, audience_of(deps, call, in.viewer_region())));
  CH_ASSIGN(const auto nexts, deps.pool.read([&](sql::Tx& tx) {
    return deps.open(tx, call)->next_episodes(call.caller.user, {series});
  }));
  if (nexts.empty()) return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  if (nexts[0].after_last.empty()) return fail(no_episode_left());
  cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
  ask.set_user_id(call.caller.user.text());
  ask.set_viewer_region(in.viewer_region());
  ask.add_episode_ids(nexts[0].after_last.text());
  CH_ASSIGN(const auto found, deps.fetch(call, ask));
  if (found.items().empty()) return fail(no_episode_left());  // withdrawn a moment ago
  v1::GetNextEpisodeResponse out;
  *out.mutable_episode() = found.items(0).episode();
  return out;
}

obs::Counter without(obs::Metrics& metrics, const char* what) {
  return metrics.counter(obs::names::kFeedDegraded, "Feeds made without something", {{"without", what}});
}

}  // namespace

Wishes::Wishes(const RpcDeps& deps, const Tenant& tenant, const Catalogue& catalogue,
               const std::string& region)
    : rules_(deps.rules != nullptr ? deps.rules->of(tenant) : nullptr),
      growing_(deps.regional != nullptr ? deps.regional->of(tenant, region) : nullptr) {
  if (!rules_) return;
  ruling_.emplace(*rules_, catalogue, region, deps.clock.now());
  if (ruling_->empty()) ruling_.reset();
}

void Wishes::put_into(Asked& asked) const {
  asked.ruling = ruling_ ? &*ruling_ : nullptr;
  if (growing_) asked.growing = *growing_;
}

Audience audience_of(const RpcDeps& deps, const Call& call, const std::string& region) {
  return {deps.minors.greatest_rating(call.caller.tenant, call.caller.user), region};
}

Result<void> check_fits(const Catalogue& catalogue, At at, const Audience& audience) {
  const int least = catalogue[at].least_age;
  if (least > audience.greatest_rating)
    return fail(denied("AGE_RESTRICTED", "The series is not for viewers of this age.")
                    .with("age_rating", std::to_string(least)));
  if (!Fitting(catalogue, audience)(at))
    return fail(denied("NOT_IN_REGION", "The series may not be shown where you are."));
  return {};
}

FeedProbe::FeedProbe(obs::Metrics& metrics)
    : seconds(metrics.histogram(obs::names::kFeedSeconds, "A page of the feed, catalog's part included", {},
                                obs::latency_bounds())),
      no_database(without(metrics, "database")),
      no_catalog(without(metrics, "catalog")) {}

v1::FeedReason to_message(Reason reason) {
  switch (reason) {
    case Reason::kPopular:
      return v1::FEED_REASON_POPULAR;
    case Reason::kFollowed:
      return v1::FEED_REASON_FOLLOWED;
    case Reason::kNew:
      return v1::FEED_REASON_NEW;
    case Reason::kContinue:
      return v1::FEED_REASON_CONTINUE;
    case Reason::kForYou:
      return v1::FEED_REASON_FOR_YOU;
    case Reason::kBecause:
      return v1::FEED_REASON_BECAUSE_YOU_WATCHED;
    case Reason::kTrending:
      return v1::FEED_REASON_TRENDING;
    case Reason::kPinned:
      return v1::FEED_REASON_PINNED;
    case Reason::kBoosted:
      return v1::FEED_REASON_BOOSTED;
    case Reason::kLiked:
      return v1::FEED_REASON_LIKED;
    case Reason::kDiscover:
      return v1::FEED_REASON_DISCOVER;
  }
  return v1::FEED_REASON_UNSPECIFIED;
}

rpc::Service recommendation_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.RecommendationService");
  service.on([deps](const Call& call, const v1::GetFeedRequest& in) {
    const auto begun = std::chrono::steady_clock::now();
    auto out = FeedPage(deps, call).answer(in);
    deps.probe.seconds.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    return out;
  });
  service.on(
      [deps](const Call& call, const v1::GetNextEpisodeRequest& in) { return next_episode(deps, call, in); });
  return service;
}

}  // namespace cliffhanger::recommendation
