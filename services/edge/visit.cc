#include "services/edge/visit.h"

#include <cstdlib>

#include "cliffhanger/api/v1/region.pb.h"
#include "services/edge/address.h"
#include "services/edge/rest/problem.h"

namespace cliffhanger::edge {
Call Visit::call() const {
  Call call;
  call.caller = caller;
  call.trace = trace;
  call.deadline = deadline;
  call.client = client;
  return call;
}

rpc::RawCall Visit::raw_call(const google::protobuf::MethodDescriptor* method) const {
  return {method, {authorization, caller.tenant.text(), idempotency_key, client}, trace, deadline};
}

void put_region(google::protobuf::Message& request, const Visit& visit) {
  const auto* type = request.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->options().GetExtension(api::v1::viewer_region))
      request.GetReflection()->SetString(&request, field, visit.region);
  }
}

const Visit& visit_of(const http::Request& request) {
  const auto* visit = std::any_cast<Visit>(&request.context);
  if (!visit) std::abort();
  return *visit;
}

std::string who_of(const Visit& visit) {
  return visit.caller.tenant.text() + ':' +
         (visit.caller.user.empty() ? network_of(visit.address) : visit.caller.user.text());
}

Result<void> check_uncoded(const http::Request& request) {
  const auto coding = request.headers.find("Content-Encoding");
  if (!coding || http::equal_no_case(*coding, "identity")) return {};
  return fail(invalid("UNSUPPORTED_MEDIA_TYPE", "A body is sent as it is, with no Content-Encoding."));
}

http::Response error_response(const Error& error, const Trace& trace, const rest::ProblemType* type) {
  auto problem = rest::to_problem(error, trace.trace_id, type);
  http::Response out;
  out.status = problem.status;
  for (auto& [name, value] : problem.headers) out.headers.add(std::move(name), std::move(value));
  if (out.status == 503 && !out.headers.find("Retry-After")) out.headers.add("Retry-After", "1");
  out.headers.add("Cache-Control", "no-store");
  out.close = error.reason == http::kBodyTooSlow;  // or its sender could go on with the rest of it
  out.body = std::move(problem.body);
  return out;
}

}  // namespace cliffhanger::edge
