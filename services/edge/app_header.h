#pragma once
// What a request says of the app that sent it.
#include "libs/core/client_facts.h"
#include "libs/http/message.h"

namespace cliffhanger::edge {

// In which an app says what it is: platform/version, such as `Cliffhanger-App: ios/2.12.0`.
inline constexpr char kAppHeader[] = "Cliffhanger-App";

// By that header and Accept-Language (RFC 9110, 12.5.4). What is not there or can't be read is not known.
ClientFacts facts_of(const http::Headers& headers);

}  // namespace cliffhanger::edge
