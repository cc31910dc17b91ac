#include "services/recommendation/rpc/feed_rpc.h"

#include <algorithm>
#include <map>
#include <span>

#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/core/page.h"
#include "services/recommendation/domain/chain.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

v1::FeedReason to_message(Reason reason) {
  switch (reason) {
    case Reason::kPopular:
      return v1::FEED_REASON_POPULAR;
    case Reason::kFollowed:
      return v1::FEED_REASON_FOLLOWED;
    case Reason::kNew:
      return v1::FEED_REASON_NEW;
  }
  return v1::FEED_REASON_UNSPECIFIED;
}

// One GetFeed.
class FeedPage {
 public:
  FeedPage(const RpcDeps& deps, const Call& call) : deps_(deps), call_(call) {}

  Result<v1::GetFeedResponse> answer(const v1::GetFeedRequest& in) {
    const auto query = "feed/" + call_.caller.tenant.text() + '/' + call_.caller.user.text();
    const auto size = static_cast<std::size_t>(page_size(in.page_size(), kItemsPerPage, kMostPerPage));
    CH_ASSIGN(const auto position, page_position(query, in.page_token()));
    CH_ASSIGN(auto chain,
              position.empty() ? Chain::start(deps_.clock.now(), deps_.random) : Chain::parse(position));
    CH_ASSIGN(const auto picks, ranked(chain));
    v1::GetFeedResponse out;
    std::size_t used = 0;
    for (int round = 0; round < kTopUps && used < picks.size(); ++round) {
      const auto wanted = size - static_cast<std::size_t>(out.items_size());
      const auto slice = std::span(picks).subspan(used, std::min(wanted, picks.size() - used));
      CH_TRY(fill(out, slice));
      for (const auto& pick : slice) chain.serve(pick.id);
      used += slice.size();
      if (static_cast<std::size_t>(out.items_size()) == size) break;
    }
    if (used < picks.size() && !chain.full()) out.set_next_page_token(page_token(query, chain.position()));
    return out;
  }

 private:
  // All that the chain may still show, best first.
  Result<std::vector<Pick>> ranked(const Chain& chain) {
    CH_ASSIGN(auto candidates, deps_.pool.transact([&](sql::Tx& tx) -> Result<std::vector<Candidate>> {
      CH_ASSIGN(auto found, deps_.open(tx, call_)->candidates(call_.caller.user));
      if (!deps_.profiling) return found;
      CH_ASSIGN(const bool refuses, deps_.profiling(tx, call_)->refuses_profiling(call_.caller.user));
      if (refuses) std::ranges::transform(found, found.begin(), without_profile);
      return found;
    }));
    std::erase_if(candidates, [&](const Candidate& c) { return chain.was_served(c.id); });
    return rank(candidates, deps_.policy,
                {chain.now(), chain.seed(), chain.served(), kMostServed - chain.served()});
  }

  // Adds what catalog still has of `picks`, in their order.
  Result<void> fill(v1::GetFeedResponse& out, std::span<const Pick> picks) {
    std::vector<SeriesId> ids;
    for (const auto& pick : picks) ids.push_back(pick.id);
    CH_ASSIGN(const auto nexts, deps_.pool.transact([&](sql::Tx& tx) {
      return deps_.open(tx, call_)->next_episodes(call_.caller.user, ids);
    }));
    if (nexts.empty()) return {};
    cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
    ask.set_user_id(call_.caller.user.text());
    for (const auto& next : nexts) ask.add_episode_ids(next.any.text());
    CH_ASSIGN(const auto found, deps_.fetch(call_, ask));
    std::map<std::string, const cliffhanger::catalog::v1::EpisodeInSeries*> by_series;
    for (const auto& item : found.items()) by_series[item.series().series_id()] = &item;
    for (const auto& pick : picks) {
      const auto item = by_series.find(pick.id.text());
      if (item == by_series.end()) continue;
      auto& to = *out.add_items();
      *to.mutable_series() = item->second->series();
      *to.mutable_episode() = item->second->episode();
      to.set_reason(to_message(pick.reason));
    }
    return {};
  }

  const RpcDeps& deps_;
  const Call& call_;
};

Error no_episode_left() {
  return not_found("NO_EPISODE_LEFT", "The series has no further episode for this viewer yet.");
}

Result<v1::GetNextEpisodeResponse> next_episode(const RpcDeps& deps, const Call& call,
                                                const v1::GetNextEpisodeRequest& in) {
  CH_ASSIGN(const auto series, SeriesId::parse(in.series_id()));
  CH_ASSIGN(const auto nexts, deps.pool.transact([&](sql::Tx& tx) {
    return deps.open(tx, call)->next_episodes(call.caller.user, {series});
  }));
  if (nexts.empty()) return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  if (nexts[0].after_last.empty()) return fail(no_episode_left());
  cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
  ask.set_user_id(call.caller.user.text());
  ask.add_episode_ids(nexts[0].after_last.text());
  CH_ASSIGN(const auto found, deps.fetch(call, ask));
  if (found.items().empty()) return fail(no_episode_left());  // withdrawn a moment ago
  v1::GetNextEpisodeResponse out;
  *out.mutable_episode() = found.items(0).episode();
  return out;
}

}  // namespace

rpc::Service recommendation_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.RecommendationService");
  service.on(
      [deps](const Call& call, const v1::GetFeedRequest& in) { return FeedPage(deps, call).answer(in); });
  service.on(
      [deps](const Call& call, const v1::GetNextEpisodeRequest& in) { return next_episode(deps, call, in); });
  return service;
}

}  // namespace cliffhanger::recommendation
