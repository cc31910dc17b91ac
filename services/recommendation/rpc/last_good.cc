#include "services/recommendation/rpc/last_good.h"

#include <algorithm>

#include "libs/obs/names.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

LastGood::LastGood(FetchEpisodes fetch, obs::Metrics& metrics)
    : fetch_(std::move(fetch)),
      series_(metrics.gauge(obs::names::kFeedLastGood,
                            "Series in the lists that are shown while nothing can be asked")) {}

Result<void> LastGood::refresh(const Tenant& tenant, const Catalogue& catalogue) {
  Call call;
  call.caller.tenant = tenant;
  call.caller.role = Role::kService;
  cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
  const auto popular = catalogue.popular();
  for (const At at : popular.first(std::min(popular.size(), kFallback)))
    ask.add_episode_ids(catalogue[at].first.text());
  auto list = std::make_shared<List>();
  if (ask.episode_ids_size() > 0) {
    CH_ASSIGN(*list, fetch_(call, ask));
  }
  const std::lock_guard lock(mutex_);
  lists_[tenant] = std::move(list);
  int series = 0;
  for (const auto& [of, kept] : lists_) series += kept->items_size();
  series_.set(series);
  return {};
}

std::shared_ptr<const LastGood::List> LastGood::of(const Tenant& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = lists_.find(tenant);
  return found == lists_.end() ? nullptr : found->second;
}

}  // namespace cliffhanger::recommendation
