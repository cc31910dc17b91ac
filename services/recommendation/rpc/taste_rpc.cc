#include <algorithm>
#include <charconv>

#include "cliffhanger/recommendation/v1/taste_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"
#include "services/recommendation/domain/similar.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/rpc/feed_rpc.h"

namespace cliffhanger::recommendation {
namespace {

v1::Taste to_message(const Choice& choice) {
  v1::Taste out;
  out.mutable_tags()->Add(choice.tags.begin(), choice.tags.end());
  out.mutable_languages()->Add(choice.languages.begin(), choice.languages.end());
  return out;
}

template <class Texts>
std::vector<std::string> without_repeats(const Texts& texts) {
  std::vector<std::string> out;
  for (const auto& text : texts)
    if (!text.empty() && std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  return out;
}

Result<v1::GetTasteResponse> get_taste(const RpcDeps& deps, const Call& call, const v1::GetTasteRequest& in) {
  CH_ASSIGN(const auto choice,
            deps.pool.read([&](sql::Tx& tx) { return deps.open(tx, call)->choice(call.caller.user); }));
  v1::GetTasteResponse out;
  *out.mutable_taste() = to_message(choice);
  const auto catalogue = deps.catalogues.of(call.caller.tenant);
  const auto languages = language_tag("");
  const Fitting fits(*catalogue, audience_of(deps, call, in.viewer_region()));
  for (const TagAt tag : catalogue->common_tags()) {
    if (!std::ranges::any_of(catalogue->with_tag(tag), fits)) continue;  // nothing to be found by it
    const auto& name = catalogue->tag_name(tag);
    auto& list = name.starts_with(languages) ? *out.mutable_offered_languages() : *out.mutable_offered_tags();
    if (static_cast<std::size_t>(list.size()) < kOfferedTags)
      *list.Add() = name.starts_with(languages) ? name.substr(languages.size()) : name;
  }
  return out;
}

// Where a page of a list begins; "" is the beginning.
Result<std::size_t> offset_of(const std::string& position) {
  std::size_t out = 0;
  const auto end = position.data() + position.size();
  const auto [at, error] = std::from_chars(position.data(), end, out);
  if (!position.empty() && (error != std::errc() || at != end))
    return fail(invalid("BAD_PAGE_TOKEN", "The page token is damaged."));
  return out;
}

Result<v1::ListSimilarSeriesResponse> similar(const RpcDeps& deps, const Call& call,
                                              const v1::ListSimilarSeriesRequest& in) {
  CH_ASSIGN(const auto series, SeriesId::parse(in.series_id()));
  const auto query = "similar/" + call.caller.tenant.text() + '/' + series.text();
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(const auto offset, offset_of(position));
  const auto size = static_cast<std::size_t>(page_size(in.page_size(), kSimilarPerPage, kMostPerPage));
  const auto catalogue = deps.catalogues.of(call.caller.tenant);
  const auto of = catalogue->find(series);
  if (!of) return fail(not_found("SERIES_NOT_FOUND", "There is no such series."));
  const auto audience = audience_of(deps, call, in.viewer_region());
  CH_TRY(check_fits(*catalogue, *of, audience));
  const auto all = similar_to(*catalogue, *of, deps.models.current(call.caller.tenant).get(), audience);
  v1::ListSimilarSeriesResponse out;
  if (offset >= all.size()) return out;
  const auto end = std::min(all.size(), offset + size);
  cliffhanger::catalog::v1::BatchGetEpisodesRequest ask;
  ask.set_user_id(call.caller.user.text());
  ask.set_viewer_region(in.viewer_region());
  for (auto i = offset; i < end; ++i) ask.add_episode_ids((*catalogue)[all[i]].first.text());
  CH_ASSIGN(const auto found, deps.fetch(call, ask));
  for (const auto& item : found.items()) {
    auto& to = *out.add_items();
    *to.mutable_series() = item.series();
    *to.mutable_episode() = item.episode();
    to.set_reason(v1::FEED_REASON_SIMILAR);
  }
  if (end < all.size()) out.set_next_page_token(page_token(query, std::to_string(end)));
  return out;
}

}  // namespace

rpc::Service taste_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.TasteService");
  service.on([deps](const Call& call, const v1::GetTasteRequest& in) { return get_taste(deps, call, in); });
  service.on(
      [deps](const Call& call, const v1::ListSimilarSeriesRequest& in) { return similar(deps, call, in); });
  service.on(
      sql::in_transaction(deps.pool,
                          [open = deps.open](sql::Tx& tx, const Call& call,
                                             const v1::SetTasteRequest& in) -> Result<v1::SetTasteResponse> {
                            const Choice choice{without_repeats(in.tags()), without_repeats(in.languages())};
                            CH_TRY(open(tx, call)->choose(call.caller.user, choice));
                            v1::SetTasteResponse out;
                            *out.mutable_taste() = to_message(choice);
                            return out;
                          }));
  return service;
}

}  // namespace cliffhanger::recommendation
