#include "services/edge/hls/cdn_cookies.h"

#include "cliffhanger/playback/v1/playback_service.pb.h"

namespace cliffhanger::edge {
namespace {

namespace pb = playback::v1;

void add(http::Headers& headers, const pb::CdnPass& pass) {
  for (const auto& cookie : pass.cookies()) {
    std::string text = cookie.name() + '=' + cookie.value();
    if (!cookie.domain().empty()) text += "; Domain=" + cookie.domain();
    text += "; Path=" + cookie.path() + "; Max-Age=" + std::to_string(cookie.max_age_seconds()) +
            "; Secure; HttpOnly; SameSite=None";
    headers.add("Set-Cookie", std::move(text));
  }
}

template <class Answer>
const Answer* as(const google::protobuf::Message& answer) {
  return answer.GetDescriptor() == Answer::descriptor() ? static_cast<const Answer*>(&answer) : nullptr;
}

}  // namespace

void add_cookies(http::Headers& headers, const pb::PlaybackSession& session) {
  if (session.has_cdn()) add(headers, session.cdn());
}

void add_cookies_of_answer(http::Headers& headers, const google::protobuf::Message& answer) {
  if (const auto* made = as<pb::CreateSessionResponse>(answer)) add_cookies(headers, made->session());
  if (const auto* renewed = as<pb::RenewSessionResponse>(answer)) add(headers, renewed->cdn());
  if (const auto* prepared = as<pb::PrepareSessionsResponse>(answer))
    for (const auto& item : prepared->items()) add_cookies(headers, item.session());
}

}  // namespace cliffhanger::edge
