#include "services/edge/hls/hls.h"

#include "libs/http/await.h"
#include "services/edge/limits.h"
#include "services/edge/reports/reports.h"
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

std::string etag_of(const Member& member) {
  return etag_of(member.key, http::Coding::kIdentity);
}

std::string media_type(const std::string& name, const Member& member) {
  static constexpr std::string_view kAllowed[] = {
      "application/vnd.apple.mpegurl", "application/dash+xml", "video/mp4", "audio/mp4", "text/vtt",
      "image/jpeg", "image/webp"};
  for (const auto type : kAllowed)
    if (member.type == type) return member.type;
  return std::string(type_of_name(name));
}

Hls::Hls(Deps deps)
    : deps_(deps),
      hints_(deps.objects),
      indexes_({kIndexCacheBytes, kIndexCacheBytes / kIndexBytes, kIndexShards}, kPatience, {deps.clock, deps.pool}) {}

void Hls::add_routes(http::Router& router) {
  router.add(
      "GET", "/hls/{token}/{revision}/{name*}", [this](http::Request& request) { return serve(request); },
      "hls", 0);
}

void Hls::add_cdn_route(http::Router& router, const OriginSecrets& secrets) {
  router.add(
      "GET", "/cdn/{tenant}/{revision}/{name*}",
      [this, &secrets](http::Request& request) { return serve_cdn(request, secrets); }, "cdn", 0);
}

Result<hls::Grant> Hls::admit_cdn(std::string_view tenant, std::string_view revision) const {
  auto whose = Tenant::parse(tenant);
  const auto which = RevisionId::parse(revision);
  // One text for one object: a CDN would keep others beside it, and not forget them with it.
  if (!whose || !which || which->text() != revision)
    return fail(not_found("REVISION_NOT_FOUND", "There is no such revision."));
  // A takedown refuses tokens that expire until it ends; one that would expire now is refused as long as it is in force.
  hls::Grant grant{std::move(*whose), SessionId(), *which, deps_.clock.now()};
  CH_TRY(deps_.takedowns.check(grant));
  return grant;
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
  co_return co_await member(request, *grant, Copies::kPrivate);
}

http::Task<http::Response> Hls::serve_cdn(const http::Request& request, const OriginSecrets& secrets) {
  const auto& trace = visit_of(request).trace;
  if (const auto known = secrets.check(request.headers.get(kOriginSecretHeader)); !known)
    co_return error_response(known.error(), trace);
  const auto grant = admit_cdn(request.capture("tenant"), request.capture("revision"));
  if (!grant) co_return error_response(grant.error(), trace);
  co_return co_await member(request, *grant, Copies::kShared);
}

http::Task<http::Response> Hls::member(const http::Request& request, const hls::Grant& grant, Copies copies) {
  const auto& trace = visit_of(request).trace;
  const auto index = co_await index_of(grant);
  if (!index) co_return error_response(index.error(), trace);
  const std::string name(request.capture("name"));
  const auto member = (*index)->members.find(name);
  if (member == (*index)->members.end())
    co_return error_response(not_found("OBJECT_NOT_FOUND", "The revision has no object of this name."),
                             trace);
  if (deps_.reports && copies == Copies::kPrivate && Reports::said(request)) deps_.reports->note(request, grant, name);
  if (is_text(name))
    co_return co_await text(request, grant, **index, name, member->second, copies);
  const auto object = co_await deps_.objects.open(member->second.key);
  if (!object) co_return error_response(object.error(), trace);
  const bool shared = copies == Copies::kShared;
  co_return file_response(request, *object,
                          {media_type(name, member->second), etag_of(member->second),
                           shared ? shared_caching(true, true) : kImmutable});
}

// An edge that has not heard of takedowns lately must not make a CDN keep for long what it may have been told to refuse.
std::string Hls::shared_caching(bool immutable, bool ready) const {
  if (ready && !deps_.takedowns.current()) return "public, max-age=5";
  if (immutable) return kImmutable;
  return ready ? "public, max-age=60" : "public, max-age=1";
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
  // What the job needs is made when it runs: nearly always the list is there.
  co_return co_await indexes_.get(
      index_key(grant.tenant, grant.revision),
      [this, grant](const std::optional<Shared>& before) -> Result<Refreshed<Shared>::Read> {
        auto text = deps_.store.get(ready_key(grant.tenant, grant.revision), kMaxIndexBytes);
        if (!text && text.error().reason == "OBJECT_NOT_FOUND")
          text = deps_.store.get(index_key(grant.tenant, grant.revision), kMaxIndexBytes);
        if (!text && text.error().reason == "OBJECT_NOT_FOUND")
          return fail(not_found("REVISION_NOT_FOUND", "This revision is not there, or not any more."));
        if (!text) return fail(std::move(text).error());
        const auto hash = std::hash<std::string>()(*text);
        const bool same = before && (*before)->text_hash == hash && (*before)->text_bytes == text->size();
        auto shared = same ? *before : nullptr;
        if (!same) {
          CH_ASSIGN(auto index, parse_index(*text));
          index.text_hash = hash;
          index.text_bytes = text->size();
          shared = std::make_shared<const Index>(std::move(index));
        }
        const bool ready = shared->ready;
        return Refreshed<Shared>::Read{std::move(shared), text->size() + kEntryBytes,
                                       ready ? kReadyIndex : kProvisionalIndex};
      });
}

http::Task<http::Response> Hls::text(const http::Request& request, const hls::Grant& grant, const Index& index,
                                     const std::string& name, const Member& member, Copies copies) {
  const bool ready = index.ready;
  const auto text = co_await deps_.objects.text(member.key, ready);
  if (!text) co_return error_response(text.error(), visit_of(request).trace);
  const bool shared = copies == Copies::kShared;
  const std::string caching = shared ? shared_caching(false, ready) : ready ? kReadyCaching : kProvisionalCaching;
  // A provisional playlist may be written again under its key, so it has no entity tag.
  auto out = coded_response(request, *text,
                            {media_type(name, member), ready ? std::string_view(member.key) : std::string_view(),
                             caching});
  if (out.status >= 400) co_return out;
  if (!shared) out.headers.add("CDN-Cache-Control", ready ? kReadyCdnCaching : kProvisionalCdnCaching);
  if (out.status != 200) co_return out;
  const auto hints = hints_.of(grant.revision.text(), index, name, member, *text->plain);
  if (!hints->empty()) out.headers.add("Link", *hints);
  co_return out;
}

}  // namespace cliffhanger::edge
