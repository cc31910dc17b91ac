#include "services/edge/hls/hls.h"

#include "services/edge/limits.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

// Names are content addresses, so a key is as strong an entity tag as its bytes' hash.
std::string etag_of(const Member& member, bool gzipped) {
  return '"' + member.key + (gzipped ? "+gzip\"" : "\"");
}

// The media type for a name of the index; only those of HLS, whatever the index says.
std::string media_type(const std::string& name, const Member& member) {
  static constexpr std::string_view kAllowed[] = {
      "application/vnd.apple.mpegurl", "video/mp4", "audio/mp4", "text/vtt", "image/jpeg", "image/webp"};
  for (const auto type : kAllowed)
    if (member.type == type) return member.type;
  return std::string(type_of_name(name));
}

}  // namespace

Hls::Hls(Deps deps) : deps_(deps), indexes_(kIndexCacheBytes) {}

void Hls::add_routes(http::Router& router) {
  router.add(
      "GET", "/hls/{token}/{revision}/{name*}", [this](http::Request& request) { return serve(request); },
      "hls", 0);
}

http::Task<http::Response> Hls::serve(const http::Request& request) {
  const auto& trace = visit_of(request).trace;
  const auto grant = deps_.keys.verify(request.capture("token"), deps_.clock.now());
  if (!grant) co_return error_response(grant.error(), trace);
  if (request.capture("revision") != grant->revision.text())
    co_return error_response(denied("TOKEN_INVALID", "The playback URL is for another revision."), trace);
  const auto index = co_await index_of(*grant);
  if (!index) co_return error_response(index.error(), trace);
  const std::string name(request.capture("name"));
  const auto member = (*index)->members.find(name);
  if (member == (*index)->members.end())
    co_return error_response(not_found("OBJECT_NOT_FOUND", "The revision has no object of this name."),
                             trace);
  if (name.ends_with(".m3u8")) co_return co_await playlist(request, member->second, (*index)->ready);
  const auto object = co_await deps_.objects.open(member->second.key);
  if (!object) co_return error_response(object.error(), trace);
  co_return file_response(request, *object,
                          {media_type(name, member->second), etag_of(member->second, false),
                           "public, max-age=31536000, immutable"});
}

http::Task<Result<std::shared_ptr<const Index>>> Hls::index_of(const hls::Grant& grant) {
  using Shared = std::shared_ptr<const Index>;
  const auto key = index_key(grant.tenant, grant.revision);
  if (const auto hit = indexes_.get(key);
      hit && (hit->index->ready || deps_.clock.now() - hit->read < kProvisionalAge))
    co_return hit->index;
  const auto finished = ready_key(grant.tenant, grant.revision);
  co_return co_await reading_.load(deps_.pool, key, [this, key, finished]() -> Result<Shared> {
    const auto now = deps_.clock.now();
    auto text = deps_.store.get(finished, kMaxIndexBytes);
    if (!text && text.error().reason == "OBJECT_NOT_FOUND") text = deps_.store.get(key, kMaxIndexBytes);
    if (!text && text.error().reason == "OBJECT_NOT_FOUND")
      return fail(not_found("REVISION_NOT_FOUND", "This revision is not there, or not any more."));
    if (!text) return fail(std::move(text).error());
    CH_ASSIGN(auto index, parse_index(*text));
    auto shared = std::make_shared<const Index>(std::move(index));
    indexes_.put(key, {shared, now}, text->size() + 1024);
    return shared;
  });
}

http::Task<http::Response> Hls::playlist(const http::Request& request, const Member& member, bool ready) {
  const auto text = co_await deps_.objects.text(member.key, ready);
  if (!text) co_return error_response(text.error(), visit_of(request).trace);
  const bool gzipped = http::accepts_coding(request.headers.get("Accept-Encoding"), "gzip");
  const auto etag = etag_of(member, gzipped);
  http::Response out;
  out.headers.add("Content-Type", "application/vnd.apple.mpegurl");
  out.headers.add("Cache-Control", ready ? "private, max-age=60" : "private, max-age=1");
  out.headers.add("Vary", "Accept-Encoding");
  // A provisional playlist may be written again under its key.
  if (ready) out.headers.add("ETag", etag);
  if (const auto known = request.headers.find("If-None-Match");
      ready && known && http::matches_etag(*known, etag)) {
    out.status = 304;
    co_return out;
  }
  if (gzipped) out.headers.add("Content-Encoding", "gzip");
  out.body = gzipped ? text->gzip : text->plain;
  co_return out;
}

}  // namespace cliffhanger::edge
