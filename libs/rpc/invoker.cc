#include "libs/rpc/invoker.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <exception>

#include "cliffhanger/api/v1/region.pb.h"
#include "libs/digest/sha256.h"
#include "libs/rpc/key_scopes.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/validate.h"

namespace cliffhanger::rpc {
namespace {

using google::protobuf::Message;

Role needed(const google::protobuf::MethodDescriptor* method) {
  switch (access_of(method).caller()) {
    case api::v1::CALLER_ANYONE:
      return Role::kAnyone;
    case api::v1::CALLER_VIEWER:
      return Role::kViewer;
    case api::v1::CALLER_CREATOR:
      return Role::kCreator;
    case api::v1::CALLER_OPERATOR:
      return Role::kOperator;
    default:
      return Role::kService;  // what says nothing is closed
  }
}

Result<void> check_access(const google::protobuf::MethodDescriptor* method, const Caller& caller) {
  const Role wanted = needed(method);
  if (caller.role == Role::kAnyone && wanted != Role::kAnyone) {
    return fail(unauthenticated("TOKEN_MISSING", "This call needs an access token."));
  }
  if (!caller.at_least(wanted)) {
    return fail(
        denied("ROLE_TOO_LOW", "This call is for the role " + std::string(to_text(wanted)) + " and above."));
  }
  if (caller.tenant.text().empty() && caller.role != Role::kService) {
    return fail(invalid("TENANT_MISSING", "A call without a token must name its tenant."));
  }
  return {};
}

// Of who came with an access token; the verifier remembers it, so that it is not checked again.
Result<void> check_key_of(const google::protobuf::MethodDescriptor* method, const Credentials& credentials,
                          const AccessTokenVerifier* access, Time now) {
  if (!credentials.service_token.empty() || credentials.authorization.empty() || !access) return {};
  const std::string_view token = credentials.authorization;
  CH_ASSIGN(const auto claims, access->verify(token.substr(token.find(' ') + 1), now));
  return check_key(method, claims.session);
}

Result<std::string> checked_key(const std::string& key) {
  const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
  if (key.empty() || key.size() > kMaxIdempotencyKeyBytes || !visible) {
    return fail(
        invalid("IDEMPOTENCY_KEY_INVALID", "An Idempotency-Key is 1 to 128 visible ASCII characters."));
  }
  return key;
}

// Without what the edge wrote of where the caller is: who asks again from another network asks the same.
std::unique_ptr<Message> as_asked(const Message& request) {
  std::unique_ptr<Message> out(request.New());
  out->CopyFrom(request);
  const auto* type = out->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->options().GetExtension(api::v1::viewer_region))
      out->GetReflection()->ClearField(out.get(), field);
  }
  return out;
}

// Of the method and of the request in one fixed serialisation, so that equal requests have equal hashes.
std::string hash_of(const std::string& method, const Message& request) {
  std::string bytes = method;
  bytes += '\0';
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    as_asked(request)->SerializeToCodedStream(&coded);
  }
  return sha256_hex(bytes);
}

Result<std::unique_ptr<Message>> guarded(const detail::Method& method, const Call& call,
                                         const Message& request) {
  try {
    return method.handler(call, request);
  } catch (const std::exception& thrown) {
    return fail(internal("INTERNAL", "Something went wrong on our side.")
                    .at(std::string("thrown: ") + thrown.what()));
  } catch (...) {
    return fail(internal("INTERNAL", "Something went wrong on our side.").at("thrown: something unknown"));
  }
}

}  // namespace

Call open_call(const detail::Method& method, const Arrival& arrival, Random& random) {
  Call call;
  call.trace = Trace::child_of(arrival.traceparent, random);
  call.deadline = arrival.deadline;
  call.client = ClientFacts::parse(arrival.client);
  call.method = method.descriptor->full_name();
  return call;
}

Result<std::unique_ptr<Message>> Invoker::run(const detail::Method& method, const Arrival& arrival,
                                              google::protobuf::io::ZeroCopyInputStream& bytes,
                                              Call& call) const {
  CH_ASSIGN(call.caller,
            authenticate(arrival.credentials, deps_.access_tokens, deps_.service_tokens, deps_.clock.now()));
  CH_TRY(check_access(method.descriptor, call.caller));
  CH_TRY(check_key_of(method.descriptor, arrival.credentials, deps_.access_tokens, deps_.clock.now()));
  const std::unique_ptr<Message> request(method.prototype->New());
  if (!request->ParseFromZeroCopyStream(&bytes)) {
    return fail(invalid("MALFORMED_MESSAGE",
                        "The request is no valid " + method.descriptor->input_type()->name() + "."));
  }
  CH_TRY(validate(*request));
  if (arrival.idempotency_key) {
    CH_ASSIGN(call.idempotency_key, checked_key(*arrival.idempotency_key));
    call.request_hash = hash_of(call.method, *request);
  }
  return guarded(method, call, *request);
}

}  // namespace cliffhanger::rpc
