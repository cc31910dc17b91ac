#include "services/playback/rpc/passes.h"

#include <algorithm>

#include "cliffhanger/playback/v1/playback.pb.h"

namespace cliffhanger::playback {
namespace {

void fill(v1::CdnPass* out, const Pass& pass, Time now) {
  const auto left = std::chrono::floor<std::chrono::seconds>(pass.expires - now).count();
  out->set_base_url(pass.base);
  for (const auto& cookie : pass.cookies) {
    auto* to = out->add_cookies();
    to->set_name(cookie.name);
    to->set_value(cookie.value);
    to->set_domain(cookie.domain);
    to->set_path(cookie.path);
    to->set_max_age_seconds(static_cast<std::int32_t>(std::max<std::int64_t>(0, left)));
  }
  out->set_query(pass.query);
  set_time(out->mutable_expire_time(), pass.expires);
}

}  // namespace

Result<Pass> Passes::from_cdn(Grant grant) const {
  const auto soon = std::chrono::floor<std::chrono::seconds>(clock_.now() + life_);
  grant.expires = std::min<Time>(grant.expires, soon);
  return cdn_->sign(grant);
}

Result<void> Passes::sign(const Tenant& tenant, v1::PlaybackSession* session, const Lists& lists) const {
  Grant grant{tenant, {}, {}, from_micros(session->expire_time().seconds() * 1'000'000)};
  CH_ASSIGN(grant.session, SessionId::parse(session->session_id()));
  CH_ASSIGN(grant.revision, RevisionId::parse(session->revision_id()));
  if (!cdn_) session->clear_cdn();
  CH_ASSIGN(const Pass pass, session->has_cdn() ? from_cdn(grant) : edge_.sign(grant));
  if (session->has_cdn()) fill(session->mutable_cdn(), pass, clock_.now());
  const auto url = [&](const std::string& name) { return pass.base + name; };
  if (session->provisional()) {
    session->set_playlist_url(url("provisional.m3u8"));
    return {};
  }
  session->set_playlist_url(url(lists.playlist));
  if (!lists.manifest.empty()) session->set_dash_url(url(lists.manifest));
  session->set_storyboard_url(url("storyboard.vtt"));
  session->set_preview_url(url("preview.m3u8"));
  return {};
}

Result<v1::CdnPass> Passes::renew(const Tenant& tenant, const Session& session) const {
  if (!cdn_) return fail(not_at_cdn());
  CH_ASSIGN(const Pass pass, from_cdn({tenant, session.id, session.what.revision, session.expires}));
  v1::CdnPass out;
  fill(&out, pass, clock_.now());
  return out;
}

}  // namespace cliffhanger::playback
