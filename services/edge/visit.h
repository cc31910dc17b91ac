#pragma once
// What the door finds out about a request before its handler runs.
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "libs/core/call.h"
#include "libs/http/await.h"
#include "libs/http/message.h"
#include "libs/rpc/client.h"
#include "libs/rpc/key_scopes.h"
#include "libs/rpc/methods.h"

namespace cliffhanger::edge::rest {
struct ProblemType;
}

namespace cliffhanger::edge {

class ApiKeys;

struct Visit {
  Trace trace;
  Caller caller;  // kAnyone of the tenant if there is no valid token; services check the token themselves
  std::optional<Error> token_error;  // why the token that came is not valid
  std::string authorization;         // as received; of who came with an API key the access token that accounts gave for it
  std::string idempotency_key;
  std::string sign_in;  // accounts' id of the sign-in that the token is of, or of the API key; empty without one
  std::string api_key;  // of who came with one, as received
  ApiKeys* api_keys = nullptr;  // where that is looked up again: see renewed()
  int key_per_second = 0;       // that key's own limit of requests; 0: the general one
  std::string address;  // of the client, behind the proxies that the configuration trusts
  std::string region;   // where the client is, as the CDN or the ingress says; two capital letters or nothing
  ClientFacts client;
  std::chrono::steady_clock::time_point deadline;

  // The same for calls with a service token, on the caller's behalf.
  Call call() const;
  rpc::RawCall raw_call(const google::protobuf::MethodDescriptor* method) const;
};

// Writes where the visitor is into the fields that are the edge's to write (api.v1.viewer_region), over what a client said.
void put_region(google::protobuf::Message& request, const Visit& visit);

// The door has put it there; aborts otherwise.
const Visit& visit_of(const http::Request& request);

// Calls the rpc that takes Request, as the person who asks, without blocking. Fails with API_KEY_SCOPE, unasked, where their key may
// not: replicas of services from before there were keys let everything pass.
template <class Response, class Request>
http::Task<Result<Response>> call_as_visitor(const rpc::Client& client, const Visit& visit,
                                             Request in) {
  put_region(in, visit);
  const auto raw = visit.raw_call(rpc::method_taking(Request::descriptor()));
  if (auto may = rpc::check_key(raw.method, visit.sign_in); !may) co_return fail(std::move(may).error());
  auto out = co_await http::await_callback<rpc::RawResult>(
      [&](std::function<void(rpc::RawResult)> done) { client.call_raw(raw, in, std::move(done)); });
  if (!out) co_return fail(std::move(out).error());
  co_return std::move(static_cast<Response&>(**out));
}

// Whom slots are counted for: the person, or the address of those without a token.
std::string who_of(const Visit& visit);

// Fails with UNSUPPORTED_MEDIA_TYPE for a body with a Content-Encoding: nothing is unpacked here, so that no small body becomes a
// large one.
Result<void> check_uncoded(const http::Request& request);

// An RFC 9457 answer for `error`, with its faults, metadata and the trace's id; Retry-After and
// WWW-Authenticate where they belong.
http::Response error_response(const Error& error, const Trace& trace, const rest::ProblemType* type = nullptr);

}  // namespace cliffhanger::edge
