#include "services/edge/uploads/uploads.h"

#include "libs/core/id.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

void Uploads::add_routes(http::Router& router) {
  const auto add = [&](const char* method, const char* path, const char* name, Handle handle,
                       std::uint64_t body) {
    const auto charge = handle == &Protocol::create ? Charge::kGeneral : Charge::kUpload;
    router.add(method, path, [=, this](http::Request& r) { return run(r, handle, charge); }, name, body);
  };
  for (const auto* path : {"/uploads", "/uploads/{id}"})
    router.add("OPTIONS", path, [this](http::Request& r) { return options(r); }, "upload_options", 0);
  add("POST", "/uploads", "upload_create", &Protocol::create, kMaxUploadBody);
  add("HEAD", "/uploads/{id}", "upload_head", &Protocol::head, 0);
  add("PATCH", "/uploads/{id}", "upload_patch", &Protocol::append, kMaxUploadBody);
  router.add(
      "POST", "/uploads/{id}", [this](http::Request& r) { return overridden(r); }, "upload_patch",
      kMaxUploadBody);
  add("DELETE", "/uploads/{id}", "upload_terminate", &Protocol::terminate, 0);
}

Protocol& Uploads::protocol_of(const http::Request& request) {
  if (!request.headers.find("Tus-Resumable") && Draft::is_meant(request)) return draft_;
  return tus_;
}

http::Task<http::Response> Uploads::run(http::Request& request, Handle handle, Charge charge) {
  const auto& visit = visit_of(request);
  auto& protocol = protocol_of(request);
  http::Response out;
  if (const auto spoken = protocol.check(request); !spoken) {
    out = protocol.refusal(spoken.error(), visit.trace);
  } else if (const auto admitted = co_await admit(visit, charge); !admitted) {
    out = protocol.refusal(admitted.error(), visit.trace);
  } else if (const auto uncoded = check_uncoded(request); !uncoded) {
    out = protocol.refusal(uncoded.error(), visit.trace);
  } else if (const auto id = request.capture("id"); !id.empty() && !Uuid::parse(id)) {
    out = protocol.refusal(not_found("UPLOAD_NOT_FOUND", "There is no such upload."), visit.trace);
  } else {
    out = co_await (protocol.*handle)(request, visit);
  }
  if (request.method == "HEAD") protocol.postpone_head(out);
  protocol.sign(out.headers);
  out.headers.set("Cache-Control", "no-store");
  co_return out;
}

http::Task<Result<void>> Uploads::admit(const Visit& visit, Charge charge) {
  if (visit.token_error) co_return fail(*visit.token_error);
  if (visit.caller.user.empty())
    co_return fail(unauthenticated("TOKEN_MISSING", "This call needs an access token."));
  co_return co_await gate_.pass(visit, charge);
}

http::Task<http::Response> Uploads::options(http::Request&) {
  http::Response out;
  out.status = 204;
  tus_.introduce(out.headers);
  draft_.introduce(out.headers);
  co_return out;
}

http::Task<http::Response> Uploads::overridden(http::Request& request) {
  const auto method = request.headers.get("X-HTTP-Method-Override");
  if (method == "PATCH") co_return co_await run(request, &Protocol::append, Charge::kUpload);
  if (method == "DELETE") co_return co_await run(request, &Protocol::terminate, Charge::kUpload);
  auto out = http::problem(405, "METHOD_NOT_ALLOWED", "An upload takes HEAD, PATCH and DELETE.");
  out.headers.add("Allow", "HEAD, PATCH, DELETE, OPTIONS");
  co_return out;
}

}  // namespace cliffhanger::edge
