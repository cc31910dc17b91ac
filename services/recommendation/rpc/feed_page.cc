#include "services/recommendation/rpc/feed_page.h"

#include <algorithm>
#include <map>

#include "libs/core/page.h"
#include "services/recommendation/domain/draw.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/rpc/patient_read.h"

namespace cliffhanger::recommendation {
namespace {

bool fits(const cliffhanger::catalog::v1::Series& series, const Audience& audience) {
  const Regions regions{{series.allowed_regions().begin(), series.allowed_regions().end()},
                        {series.blocked_regions().begin(), series.blocked_regions().end()}};
  return (series.has_age_rating() ? series.age_rating() : kAdult) <= audience.greatest_rating &&
         shown_in(regions, audience.region);
}

}  // namespace

template <class Work>
auto FeedPage::read(Work work) {
  return read_patiently(deps_, call_, std::move(work));
}

Result<v1::GetFeedResponse> FeedPage::answer(const v1::GetFeedRequest& in) {
  const auto query = "feed/" + call_.caller.tenant.text() + '/' + call_.caller.user.text();
  const auto size = static_cast<std::size_t>(page_size(in.page_size(), kItemsPerPage, kMostPerPage));
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(auto chain,
            position.empty() ? Chain::start(deps_.clock.now(), deps_.random) : Chain::parse(position));
  catalogue_ = deps_.catalogues.of(call_.caller.tenant);
  model_ = deps_.models.current(call_.caller.tenant);
  if (deps_.rankers != nullptr) ranker_ = deps_.rankers->current(call_.caller.tenant);
  CH_ASSIGN(auto viewer, this->viewer());
  viewer.audience = audience_of(deps_, call_, in.viewer_region());
  region_ = in.viewer_region();
  choose_ranking(viewer);
  if (viewer.audience.greatest_rating < kAdult) {
    const auto left = deps_.check_daily_time(call_);
    if (!left && !is_away(left.error()))
      return fail(left.error());  // no session is begun then: a list does no harm
  }
  auto shown = deps_.shown.recall(call_.caller.tenant, call_.caller.user);
  auto menu = this->menu(viewer, chain, shown, size);
  if (!viewer.all_seen)
    if (const auto dropped = drop_begun(menu); !dropped)
      return last_good(viewer, chain, size, dropped.error(), deps_.probe.no_database);
  const Places places{chain.seed(), static_cast<std::uint32_t>(chain.served()),
                      static_cast<std::uint32_t>(
                          std::min(size + kSpare, kMostServed - std::min(kMostServed, chain.served())))};
  auto placed = choose(menu.pool, chosen_.ranking.policy.slotting, places);
  const auto items = this->items(menu, placed);
  if (!items) return last_good(viewer, chain, size, items.error(), deps_.probe.no_database);
  v1::GetFeedResponse out;
  const auto served_before = chain.served();
  auto on_page = fill(out, *items, size, chain);
  if (!on_page) return last_good(viewer, chain, size, on_page.error(), deps_.probe.no_catalog);
  if (menu.all.size() > chain.served() - served_before && !chain.full())
    out.set_next_page_token(page_token(query, chain.position()));
  std::vector<SeriesId> seen;
  for (std::size_t i = 0; i < items->size(); ++i)
    if ((*on_page)[i]) seen.push_back((*items)[i].series);
  shown.add(seen, chain.seed());
  deps_.shown.remember(call_.caller.tenant, call_.caller.user, shown);
  out.set_degraded(!viewer.known);
  if (deps_.arms) deps_.arms->shown(call_, chosen_);
  if (viewer.known) log(viewer, chain, places, std::move(menu), std::move(placed), std::move(*on_page), out);
  return out;
}

Result<Viewer> FeedPage::viewer() {
  auto found = read([&](Memory& memory) { return memory.viewer(call_.caller.user); });
  if (found || !is_away(found.error())) return found;
  deps_.probe.no_database.add();
  Viewer nobody;
  nobody.known = false;
  return nobody;
}

Menu FeedPage::menu(const Viewer& viewer, const Chain& chain, const ShownList& shown, std::size_t size) {
  Asked asked{*catalogue_, viewer, model_.get(), chain, shown, chosen_.ranking.policy, size, ranker_.get()};
  const Wishes wishes(deps_, call_.caller.tenant, *catalogue_, region_);
  wishes.put_into(asked);
  return make_menu(asked);
}

// Who refuses profiling, and who is not known just now, has the feed that everybody has.
void FeedPage::choose_ranking(const Viewer& viewer) {
  chosen_.ranking = {deps_.policy};
  if (!deps_.arms || !viewer.known || viewer.profiling_refused) return;
  chosen_ = deps_.arms->of(call_, region_, deps_.policy);
  if (!chosen_.ranking.model) model_ = nullptr;
  if (!chosen_.ranking.learnt) ranker_ = nullptr;
  if (chosen_.arm) arms_.insert(logged(chosen_.arm->experiment->key, chosen_.arm->variation->key));
}

Result<void> FeedPage::drop_begun(Menu& menu) {
  std::vector<SeriesId> asked;
  for (const auto& item : menu.pool.items)
    if (!item.going_on) asked.push_back(item.id);
  CH_ASSIGN(const auto begun, read([&](Memory& memory) { return memory.begun(call_.caller.user, asked); }));
  Menu left;
  for (std::size_t i = 0; i < menu.at.size(); ++i) {
    if (std::find(begun.begin(), begun.end(), menu.pool.items[i].id) != begun.end()) continue;
    left.pool.items.push_back(menu.pool.items[i]);
    left.at.push_back(menu.at[i]);
    left.because.push_back(menu.because[i]);
    left.inputs.push_back(menu.inputs[i]);
  }
  menu.pool.items = std::move(left.pool.items);
  menu.at = std::move(left.at);
  menu.because = std::move(left.because);
  menu.inputs = std::move(left.inputs);
  return {};
}

Result<std::vector<FeedPage::Item>> FeedPage::items(const Menu& menu, const std::vector<Placed>& placed) {
  std::vector<Item> out;
  std::vector<SeriesId> going_on;
  for (const auto& place : placed) {
    const auto& item = menu.pool.items[place.item];
    const At at = menu.at[place.item];
    const Reason reason = is_pinned(menu.pool, place, out.size()) ? Reason::kPinned
                          : place.explored                        ? Reason::kNew
                                                                  : item.reason;
    out.push_back({at, item.id, (*catalogue_)[at].first, reason,
                   reason == Reason::kBecause ? menu.because[place.item] : kNowhere});
    if (item.going_on) going_on.push_back(item.id);
  }
  if (going_on.empty()) return out;
  CH_ASSIGN(const auto nexts,
            read([&](Memory& memory) { return memory.next_episodes(call_.caller.user, going_on); }));
  std::map<SeriesId, EpisodeId> next_of;
  for (const auto& next : nexts) next_of[next.series] = next.any;
  for (const auto& series : going_on) {
    const auto item =
        std::find_if(out.begin(), out.end(), [&](const Item& it) { return it.series == series; });
    item->episode = next_of[series];  // none: completed this very moment
  }
  return out;
}

Result<std::vector<bool>> FeedPage::fill(v1::GetFeedResponse& out, std::span<const Item> items,
                                         std::size_t size, Chain& chain) {
  std::vector<bool> on_page(items.size());
  std::size_t used = 0;
  for (int round = 0; round < 2 && used < items.size(); ++round) {
    const auto wanted = size - static_cast<std::size_t>(out.items_size());
    const auto slice = items.subspan(used, std::min(wanted, items.size() - used));
    std::vector<bool> there(slice.size());
    CH_TRY(fetch(out, slice, there));
    std::copy(there.begin(), there.end(), on_page.begin() + static_cast<std::ptrdiff_t>(used));
    for (const auto& item : slice) chain.serve(item.series);
    used += slice.size();
    if (static_cast<std::size_t>(out.items_size()) == size) break;
  }
  return on_page;
}

Result<std::size_t> FeedPage::fetch(v1::GetFeedResponse& out, std::span<const Item> items,
                                    std::vector<bool>& there) {
  cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
  ask.set_user_id(call_.caller.user.text());
  ask.set_viewer_region(region_);
  for (const auto& item : items)
    if (!item.episode.empty()) ask.add_episode_ids(item.episode.text());
  if (ask.episode_ids().empty()) return 0;
  // Reasons name series by their titles.
  std::set<At> named;
  for (const auto& item : items)
    if (item.because != kNowhere && named.insert(item.because).second)
      ask.add_episode_ids((*catalogue_)[item.because].first.text());
  auto& catalog = deps_.patience.catalog;
  if (!catalog.ask()) return fail(unavailable("PEER_UNAVAILABLE", "It said nothing a moment ago."));
  Call patient = call_;
  patient.deadline = std::min(call_.deadline, std::chrono::steady_clock::now() + kCatalogPatience);
  const auto found = deps_.fetch(patient, ask);
  catalog.told(found || !is_away(found.error()));
  if (!found) return fail(found.error());
  std::map<std::string, const cliffhanger::catalog::v1::EpisodeInSeries*> by_episode;
  std::map<std::string, std::string> titles;
  for (const auto& item : found->items()) {
    by_episode[item.episode().episode_id()] = &item;
    titles[item.series().series_id()] = item.series().title();
  }
  std::size_t on_page = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto item = by_episode.find(items[i].episode.text());
    if (item == by_episode.end()) continue;
    auto& to = *out.add_items();
    *to.mutable_series() = item->second->series();
    *to.mutable_episode() = item->second->episode();
    to.set_reason(to_message(items[i].reason));
    if (items[i].because != kNowhere) {
      to.set_because_series_id((*catalogue_)[items[i].because].id.text());
      to.set_because_title(titles[to.because_series_id()]);
    }
    for (const auto& arm : item->second->arms())
      arms_.insert(logged(arm.experiment_key(), arm.variation_key()));
    there[i] = true;
    ++on_page;
  }
  return on_page;
}

// What everybody can be shown while nobody can be asked.
Result<v1::GetFeedResponse> FeedPage::last_good(const Viewer& viewer, const Chain& chain, std::size_t size,
                                                const Error& why, const obs::Counter& as) {
  if (!is_away(why)) return fail(why);
  const auto list = deps_.last_good.of(call_.caller.tenant);
  if (!list || list->items().empty()) return fail(why);
  as.add();
  v1::GetFeedResponse out;
  out.set_degraded(true);
  for (const auto& item : list->items()) {
    if (static_cast<std::size_t>(out.items_size()) == size) break;
    const auto id = SeriesId::parse(item.series().series_id());
    if (!id || chain.was_served(*id) || !fits(item.series(), viewer.audience)) continue;
    auto& to = *out.add_items();
    *to.mutable_series() = item.series();
    *to.mutable_episode() = item.episode();
    to.set_reason(v1::FEED_REASON_POPULAR);
  }
  return out;
}

void FeedPage::log(const Viewer& viewer, const Chain& chain, const Places& places, Menu menu,
                   std::vector<Placed> placed, std::vector<bool> on_page, v1::GetFeedResponse& out) {
  const auto now = deps_.clock.now();
  Decision decision{DecisionId::make(now, deps_.random),
                    call_.caller.tenant,
                    viewer.profiling_refused ? UserId() : call_.caller.user,
                    now,
                    ranker_ ? ranker_->version() : deps_.policy.weights.version,
                    model_ ? model_->version() : "",
                    chosen_.ranking.policy.slotting,
                    places,
                    std::move(menu.pool),
                    std::move(placed),
                    std::move(on_page),
                    {},
                    {arms_.begin(), arms_.end()},
                    std::move(menu.inputs)};
  if (draw(chain.seed(), ~std::uint64_t{places.first}) % kLogWhole == 0)
    for (const auto& item : menu.all) decision.whole.push_back((*catalogue_)[item.at].id);
  out.set_decision_id(decision.id.text());
  deps_.log.add(std::move(decision));
}

}  // namespace cliffhanger::recommendation
