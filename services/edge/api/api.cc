#include "services/edge/api/api.h"

#include <cstdlib>

#include "cliffhanger/api/v1/table.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "libs/rpc/key_scopes.h"
#include "services/edge/hls/cdn_cookies.h"
#include "services/edge/keys/api_keys.h"
#include "services/edge/limits.h"
#include "services/edge/objects/coded.h"
#include "services/edge/rest/csv_writer.h"
#include "services/edge/rest/json_writer.h"
#include "services/edge/rest/request.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

// "catalog" of cliffhanger.catalog.v1.CatalogService.
std::string service_of(const google::protobuf::MethodDescriptor* method) {
  const auto& package = method->file()->package();
  const auto first = package.find('.') + 1;
  return package.substr(first, package.find('.', first) - first);
}

Charge charge_of(const google::protobuf::MethodDescriptor* method) {
  // It does what ten starts do.
  if (method->input_type() == playback::v1::PrepareSessionsRequest::descriptor()) return Charge::kPack;
  const auto& access = rpc::access_of(method);
  if (access.rate() == api::v1::RATE_SENSITIVE) return Charge::kSensitive;
  return access.caller() == api::v1::CALLER_ANYONE ? Charge::kOpen : Charge::kGeneral;
}

bool is_json(std::string_view content_type) {
  return http::equal_no_case(http::trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

bool wants_csv(const http::Request& request) {
  const auto accepted = request.headers.get("Accept");
  return http::has_token(accepted, "text/csv") && !http::has_token(accepted, "application/json");
}

// JSON, or the table of an answer that has one, if the client takes nothing but CSV.
http::Response response_of(const http::Request& request, const google::protobuf::MethodDescriptor* method,
                           const google::protobuf::Message& answer) {
  const std::string& table = method->options().GetExtension(api::v1::csv);
  if (table.empty() || !wants_csv(request))
    return http::text_response(200, "application/json", rest::message_to_json(answer));
  auto out = http::text_response(200, "text/csv; charset=utf-8; header=present",
                                 rest::message_to_csv(answer, table));
  out.headers.add("Content-Disposition", "attachment; filename=\"" + table + ".csv\"");
  return out;
}

// Before a byte of the body is read.
Result<void> check_json(const http::Request& request) {
  CH_TRY(check_uncoded(request));
  if (request.body->length() != 0 && !is_json(request.headers.get("Content-Type")))
    return fail(invalid("UNSUPPORTED_MEDIA_TYPE", "A body must be application/json."));
  return {};
}

}  // namespace

Api::Api(rest::RouteTable table, const ClientOf& client_of, Gate& gate, Admission& admission)
    : table_(std::move(table)), gate_(gate), admission_(admission) {
  for (const auto& route : table_.routes()) {
    const auto service = service_of(route.method);
    if (!clients_.contains(service)) clients_.emplace(service, client_of(service));
  }
}

http::Task<http::Response> Api::serve(http::Request& request) const {
  const auto& visit = visit_of(request);
  auto answered = co_await answer(request, visit);
  co_return answered ? std::move(*answered) : error_response(answered.error(), visit.trace);
}

http::Task<Result<std::string>> Api::read_body(http::Request& request, const Visit& visit) const {
  if (const auto fit = check_json(request); !fit) co_return fail(fit.error());
  const auto length = request.body->length();
  Result<std::shared_ptr<void>> place;
  if (!length || *length > kSmallRestBody) {
    place = large_bodies_.take(who_of(visit));
    if (!place) co_return fail(place.error());
  }
  request.body->limit(kMaxRestBody);
  co_return co_await request.body->read_all(kMaxRestBody, std::chrono::steady_clock::now() + kRestBodyTime);
}

http::Task<Result<http::Response>> Api::answer(http::Request& request, const Visit& visit) const {
  const auto match = table_.match(request.method == "HEAD" ? "GET" : request.method, request.path);
  if (!match) co_return fail(match.error());
  const auto* method = match->route->method;
  request.route = match->route->pattern;
  const auto charge = charge_of(method);
  const auto name = charge == Charge::kOpen ? std::string_view(method->full_name()) : std::string_view();
  if (auto passed = co_await gate_.pass(visit, charge, name); !passed)
    co_return fail(std::move(passed).error());

  const auto body = co_await read_body(request, visit);
  if (!body) co_return fail(body.error());
  const auto message = rest::read_request(*match, request.query, *body);
  if (!message) co_return fail(message.error());
  put_region(**message, visit);

  // Not before the body is there: a slow sender takes nobody's place.
  const auto slot = admission_.admit(priority_of(method));
  if (!slot) co_return fail(slot.error());
  const auto& client = clients_.find(service_of(method))->second;
  const auto now = co_await renewed(visit);
  if (!now) co_return fail(now.error());
  if (auto may = rpc::check_key(method, now->sign_in); !may) co_return fail(std::move(may).error());
  auto raw = now->raw_call(method);
  raw.deadline = std::chrono::steady_clock::now() + kDoorDeadline;  // the body may have taken its time
  const auto answer = co_await http::await_callback<rpc::RawResult>(
      [&](std::function<void(rpc::RawResult)> done) { client.call_raw(raw, **message, std::move(done)); });
  if (!answer) co_return fail(answer.error());
  auto out = response_of(request, method, **answer);
  out.headers.add("Cache-Control", "no-store");
  add_cookies_of_answer(out.headers, **answer);
  compress(request, out);
  co_return out;
}

}  // namespace cliffhanger::edge
