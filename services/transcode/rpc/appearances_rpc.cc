#include "services/transcode/rpc/appearances_rpc.h"

#include "libs/core/page.h"
#include "services/transcode/rpc/transcode_rpc.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kPage = 20, kMostPage = 100;

}  // namespace

Result<v1::ListAppearancesResponse> list_appearances(Appearances& appearances, const Call& call,
                                                     const v1::ListAppearancesRequest& in) {
  CH_ASSIGN(const auto film, EpisodeId::parse(in.episode_id()));
  const std::string query = "appearances/" + call.caller.tenant.text() + "/" + in.episode_id();
  CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
  std::optional<RevisionId> after;
  if (!position.empty()) {
    CH_ASSIGN(after, RevisionId::parse(position));
  }
  const int size = page_size(in.page_size(), kPage, kMostPage);
  CH_ASSIGN(auto found, appearances.list(film, filter_for(call.caller), after, size + 1));
  const bool more = found.size() > static_cast<std::size_t>(size);
  if (more) found.pop_back();
  v1::ListAppearancesResponse out;
  for (const Showing& one : found) {
    auto& to = *out.add_appearances();
    put(one.cut, *to.mutable_revision());
    to.set_owner_id(one.cut.source.owner.text());
    for (const Appearance& part : one.parts) {
      auto& shown = *to.add_parts();
      shown.set_film_revision_id(part.film.text());
      shown.set_from_ms(part.from_ms);
      shown.set_to_ms(part.to_ms);
      shown.set_at_ms(part.at_ms);
    }
  }
  if (more) out.set_next_page_token(page_token(query, found.back().cut.id.text()));
  return out;
}

}  // namespace cliffhanger::transcode
