#include "services/edge/hls/hls.h"

#include "libs/http/await.h"
#include "services/edge/limits.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

// Where the playlists of an encrypted revision say its key is, beside its main playlist.
constexpr std::string_view kContentKeyName = "key";

// Texts that list media or are read whole: kept in memory, and zipped for who takes that.
bool is_text(std::string_view name) {
  return name.ends_with(".m3u8") || name.ends_with(".mpd") || name.ends_with(".vtt");
}

}  // namespace

// Names are content addresses, so a key is as strong an entity tag as its bytes' hash.
std::string etag_of(const Member& member, bool gzipped) {
  return '"' + member.key + (gzipped ? "+gzip\"" : "\"");
}

std::string media_type(const std::string& name, const Member& member) {
  static constexpr std::string_view kAllowed[] = {
      "application/vnd.apple.mpegurl", "application/dash+xml", "video/mp4", "audio/mp4", "text/vtt",
      "image/jpeg", "image/webp"};
  for (const auto type : kAllowed)
    if (member.type == type) return member.type;
  return std::string(type_of_name(name));
}

Hls::Hls(Deps deps) : deps_(deps), indexes_(kIndexCacheBytes) {}

void Hls::add_routes(http::Router& router) {
  router.add(
      "GET", "/hls/{token}/{revision}/{name*}", [this](http::Request& request) { return serve(request); },
      "hls", 0);
}

Result<hls::Grant> Hls::admit(std::string_view token, std::string_view revision) const {
  CH_ASSIGN(auto grant, deps_.keys.verify(token, deps_.clock.now()));
  if (revision != grant.revision.text())
    return fail(denied("TOKEN_INVALID", "The playback URL is for another revision."));
  CH_TRY(deps_.takedowns.check(grant));
  return grant;
}

http::Task<http::Response> Hls::serve(const http::Request& request) {
  const auto& trace = visit_of(request).trace;
  const auto grant = admit(request.capture("token"), request.capture("revision"));
  if (!grant) co_return error_response(grant.error(), trace);
  if (request.capture("name") == kContentKeyName) co_return co_await content_key(request, *grant);
  const auto index = co_await index_of(*grant);
  if (!index) co_return error_response(index.error(), trace);
  const std::string name(request.capture("name"));
  const auto member = (*index)->members.find(name);
  if (member == (*index)->members.end())
    co_return error_response(not_found("OBJECT_NOT_FOUND", "The revision has no object of this name."),
                             trace);
  if (is_text(name))
    co_return co_await text(request, member->second, media_type(name, member->second), (*index)->ready);
  const auto object = co_await deps_.objects.open(member->second.key);
  if (!object) co_return error_response(object.error(), trace);
  co_return file_response(request, *object,
                          {media_type(name, member->second), etag_of(member->second, false),
                           "public, max-age=31536000, immutable"});
}

http::Task<http::Response> Hls::content_key(const http::Request& request, const hls::Grant& grant) {
  const auto& trace = visit_of(request).trace;
  auto key = co_await http::run_blocking(deps_.key_pool, [&] { return deps_.content_keys(grant, trace); });
  if (!key) co_return error_response(key.error(), trace);
  http::Response out;
  out.headers.add("Content-Type", "application/octet-stream");
  out.headers.add("Cache-Control", "private, no-store");
  out.body = std::move(*key);
  co_return out;
}

http::Task<Result<std::shared_ptr<const Index>>> Hls::index_of(const hls::Grant& grant) {
  using Shared = std::shared_ptr<const Index>;
  const auto key = index_key(grant.tenant, grant.revision);
  const auto hit = indexes_.get(key);
  const Duration age = hit && hit->index->ready ? kReadyAge : kProvisionalAge;
  if (hit && deps_.clock.now() - hit->read < age) co_return hit->index;
  const Shared old = hit ? hit->index : nullptr;
  const auto finished = ready_key(grant.tenant, grant.revision);
  co_return co_await reading_.load(deps_.pool, key, [this, key, finished, old]() -> Result<Shared> {
    const auto now = deps_.clock.now();
    auto text = deps_.store.get(finished, kMaxIndexBytes);
    if (!text && text.error().reason == "OBJECT_NOT_FOUND") text = deps_.store.get(key, kMaxIndexBytes);
    if (!text && text.error().reason == "OBJECT_NOT_FOUND")
      return fail(not_found("REVISION_NOT_FOUND", "This revision is not there, or not any more."));
    // While the store is away, what was good stays good.
    if (!text && old && old->ready) return old;
    if (!text) return fail(std::move(text).error());
    CH_ASSIGN(auto index, parse_index(*text));
    auto shared = std::make_shared<const Index>(std::move(index));
    indexes_.put(key, {shared, now}, text->size() + 1024);
    return shared;
  });
}

http::Task<http::Response> Hls::text(const http::Request& request, const Member& member, std::string type,
                                     bool ready) {
  const auto text = co_await deps_.objects.text(member.key, ready);
  if (!text) co_return error_response(text.error(), visit_of(request).trace);
  const bool gzipped = http::accepts_coding(request.headers.get("Accept-Encoding"), "gzip");
  const auto etag = etag_of(member, gzipped);
  http::Response out;
  out.headers.add("Content-Type", type);
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
