#include "services/edge/packs/packs.h"

#include <algorithm>

#include "libs/obs/names.h"
#include "services/edge/hls/cdn_cookies.h"
#include "services/edge/limits.h"
#include "services/edge/packs/loading.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

// The same without its key: a pack is made anew each time.
Visit keyless(Visit visit) {
  visit.idempotency_key.clear();
  return visit;
}

const char* outcome_of(const PackEntry& entry) {
  if (entry.segments > 0) return entry.segments > 1 ? "two segments" : "one segment";
  return entry.item.has_session() ? "session only" : "none";
}

void add_part(playback::v1::StartPackItem& item, const PackPart& part, std::int32_t offset) {
  auto* out = item.add_parts();
  out->set_url(part.url);
  out->set_offset(offset);
  out->set_bytes(static_cast<std::int32_t>(part.bytes));
  out->set_content_type(part.type);
  out->set_etag(part.etag);
}

template <class Out, class In>
PackServices::Ask<Out, In> asking(rpc::Client client) {
  return [client = std::move(client)](const Visit& visit, const In& in) {
    return call_as_visitor<Out>(client, visit, in);
  };
}

}  // namespace

PackServices pack_services(rpc::Client playback, rpc::Client catalog, rpc::Client recommendation) {
  return {asking<playback::v1::PrepareSessionsResponse, playback::v1::PrepareSessionsRequest>(
              std::move(playback)),
          asking<catalog::v1::ListEpisodesResponse, catalog::v1::ListEpisodesRequest>(std::move(catalog)),
          asking<recommendation::v1::GetFeedResponse, recommendation::v1::GetFeedRequest>(
              std::move(recommendation))};
}

void Packs::add_routes(http::Router& router) {
  router.add(
      "POST", "/v1/start-packs", [this](http::Request& request) { return serve(request); }, "start packs",
      kMaxPackRequest);
}

http::Task<http::Response> Packs::serve(http::Request& request) {
  const auto& visit = visit_of(request);
  auto answered = co_await answer(request, visit);
  co_return answered ? std::move(*answered) : error_response(answered.error(), visit.trace);
}

http::Task<Result<http::Response>> Packs::answer(http::Request& request, const Visit& visit) {
  if (auto passed = co_await deps_.gate.pass(visit, Charge::kPack); !passed)
    co_return fail(std::move(passed).error());
  if (const auto uncoded = check_uncoded(request); !uncoded) co_return fail(uncoded.error());
  const auto body =
      co_await request.body->read_all(kMaxPackRequest, std::chrono::steady_clock::now() + kRestBodyTime);
  if (!body) co_return fail(body.error());
  auto slot = deps_.slots.take(who_of(visit));
  if (!slot) co_return fail(std::move(slot).error());
  const auto wish = read_wish(*body, request.headers, deps_.most_bytes);
  if (!wish) co_return fail(wish.error());
  Next following;
  auto entries = co_await ask(*wish, visit, following);
  if (!entries) co_return fail(std::move(entries).error());
  for (auto& entry : *entries)
    if (entry.item.has_session()) co_await load(entry, *wish);
  fit(*entries, following.next_page_token, wish->max_bytes, wish->network);
  auto out = co_await put_together(std::move(*entries), std::move(following.next_page_token));
  std::get<http::Pieces>(out.body).held = std::move(*slot);
  co_return out;
}

http::Task<Result<std::vector<PackEntry>>> Packs::ask(const Wish& wish, const Visit& visit, Next& following) {
  // A viewer who names episodes is about to watch them; one who asks for the feed looks around.
  const auto place = deps_.admission.admit(wish.body.feed() ? Priority::kFeed : Priority::kPlayback);
  if (!place) co_return fail(place.error());
  auto found = co_await next(wish, visit);
  if (!found) co_return fail(std::move(found).error());
  following = std::move(*found);
  co_return co_await prepare(following, wish, visit);
}

http::Task<Result<Packs::Next>> Packs::next(const Wish& wish, const Visit& visit) {
  Next out;
  if (wish.body.feed()) {
    recommendation::v1::GetFeedRequest in;
    in.set_page_size(wish.count);
    in.set_page_token(wish.body.page_token());
    const auto page = co_await deps_.services.feed(keyless(visit), in);
    if (!page) co_return fail(page.error());
    for (const auto& item : page->items()) out.episodes.push_back(item.episode().episode_id());
    out.next_page_token = page->next_page_token();
  } else if (!wish.body.series_id().empty()) {
    catalog::v1::ListEpisodesRequest in;
    in.set_series_id(wish.body.series_id());
    in.set_after_number(wish.body.after_number());
    in.set_page_size(wish.count);
    const auto page = co_await deps_.services.episodes(keyless(visit), in);
    if (!page) co_return fail(page.error());
    for (const auto& episode : page->episodes()) out.episodes.push_back(episode.episode_id());
  } else {
    out.episodes.assign(wish.body.episode_ids().begin(), wish.body.episode_ids().end());
  }
  co_return out;
}

http::Task<Result<std::vector<PackEntry>>> Packs::prepare(const Next& next, const Wish& wish,
                                                          const Visit& visit) {
  std::vector<PackEntry> out;
  if (next.episodes.empty()) co_return out;
  playback::v1::PrepareSessionsRequest in;
  const std::size_t most = wish.network.save_data ? 1 : next.episodes.size();
  for (std::size_t i = 0; i < most; ++i) in.add_episode_ids(next.episodes[i]);
  // Without the key, or a repeated request would get yesterday's sessions; one that nobody reports on has no effect.
  auto made = co_await deps_.services.prepare(keyless(visit), in);
  if (!made) co_return fail(std::move(made).error());
  for (auto& item : *made->mutable_items()) {
    PackEntry entry;
    entry.item.set_episode_id(item.episode_id());
    entry.item.set_code(item.code());
    entry.item.set_message(item.message());
    if (item.has_session()) *entry.item.mutable_session() = std::move(*item.mutable_session());
    out.push_back(std::move(entry));
  }
  for (std::size_t i = most; i < next.episodes.size(); ++i) {
    PackEntry entry;
    entry.item.set_episode_id(next.episodes[i]);
    refuse(entry, exhausted("DATA_SAVER", "Only one episode is fetched ahead while data is saved."));
    out.push_back(std::move(entry));
  }
  co_return out;
}

http::Task<void> Packs::load(PackEntry& entry, const Wish& wish) {
  if (entry.item.session().provisional()) {
    refuse(entry,
           precondition("EPISODE_PROVISIONAL", "The episode is still being encoded; its playlists grow."));
    co_return;
  }
  auto start = co_await load_start(deps_.hls, deps_.objects, entry.item.session(), wish);
  if (start) {
    entry.start = std::move(*start);
    co_return;
  }
  refuse(entry, start.error());
  const auto& why = start.error().reason;
  if (why == "SESSION_REVOKED" || why == "REVISION_WITHDRAWN") entry.item.clear_session();
}

http::Task<Result<std::vector<http::FileRange>>> Packs::open(const std::vector<PackPart>& parts) {
  std::vector<http::FileRange> out;
  for (const auto& part : parts) {
    if (part.text) continue;
    const auto object = co_await deps_.objects.open(part.key);
    if (!object) co_return fail(object.error());
    if (object->bytes != part.bytes)
      co_return fail(internal("BAD_INDEX", "An object is not as long as its revision says."));
    out.push_back({object->file, 0, object->bytes});
  }
  co_return out;
}

// All the starts, then the second segments.
http::Task<http::Response> Packs::put_together(std::vector<PackEntry> entries, std::string next_page_token) {
  playback::v1::StartPack index;
  http::Headers cookies;
  http::Pieces pieces;
  pieces.list.emplace_back(http::SharedText());  // the index
  std::int32_t offset = 0;
  for (const int round : {1, 2}) {
    for (auto& entry : entries) {
      if (entry.segments < round) continue;
      const auto& parts = round == 1 ? entry.start->first : entry.start->second;
      const auto files = co_await open(parts);
      if (!files && round == 1) refuse(entry, files.error());
      if (!files) {
        entry.segments = std::min(entry.segments, round - 1);
        continue;
      }
      auto file = files->begin();
      for (const auto& part : parts) {
        add_part(entry.item, part, offset);
        offset += static_cast<std::int32_t>(part.bytes);
        if (part.text) {
          pieces.list.emplace_back(part.text);
        } else {
          pieces.list.emplace_back(*file++);
        }
      }
    }
  }
  for (auto& entry : entries) {
    deps_.metrics.counter(obs::names::kPackItems, "Episodes of start packs", {{"gave", outcome_of(entry)}})
        .add();
    if (entry.segments > 0) *entry.item.mutable_rung() = entry.start->rung;
    add_cookies(cookies, entry.item.session());
    *index.add_items() = std::move(entry.item);
  }
  index.set_next_page_token(std::move(next_page_token));
  pieces.list.front() = std::make_shared<const std::string>(frame_of(index));
  http::Response out;
  out.headers = std::move(cookies);
  out.headers.add("Content-Type", kPackType);
  out.headers.add("Cache-Control", "private, no-store");
  out.body = std::move(pieces);
  co_return out;
}

}  // namespace cliffhanger::edge
