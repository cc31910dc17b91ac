#pragma once
// Cookies of a CDN, for players in browsers. Others take them from the answer's body.
#include <google/protobuf/message.h>

#include "cliffhanger/playback/v1/playback.pb.h"
#include "libs/http/headers.h"

namespace cliffhanger::edge {

// A Set-Cookie for each cookie of the session's pass: Secure, HttpOnly, SameSite=None (the CDN may be on
// another site than the page).
void add_cookies(http::Headers& headers, const playback::v1::PlaybackSession& session);

// The same for what an answer of playback's holds; nothing for other messages.
void add_cookies_of_answer(http::Headers& headers, const google::protobuf::Message& answer);

}  // namespace cliffhanger::edge
