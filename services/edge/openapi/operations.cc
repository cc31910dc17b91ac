#include "services/edge/openapi/operations.h"

#include <boost/json/array.hpp>

#include "cliffhanger/api/v1/region.pb.h"
#include "cliffhanger/api/v1/table.pb.h"
#include "libs/rpc/methods.h"
#include "services/edge/openapi/contract.h"
#include "services/edge/rest/well_known.h"

namespace cliffhanger::edge::openapi {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

constexpr int kMostNesting = 2;  // of messages shown as query parameters

// "GetSeries" → "Get series"
std::string words(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += ' ';
    out += upper && !out.empty() ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::string lower_first(std::string name) {
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 32);
  return name;
}

std::string who_may(const api::v1::Access& access) {
  std::string text;
  switch (access.caller()) {
    case api::v1::CALLER_ANYONE:
      return "Anyone may call it, without a token.";
    case api::v1::CALLER_VIEWER:
      text = "For viewers, guests included";
      break;
    case api::v1::CALLER_CREATOR:
      text = "For creators";
      break;
    default:
      text = "For operators";
  }
  if (access.caller() != api::v1::CALLER_OPERATOR) text += ", and all above them";
  return text + (access.owner() ? "; only for what is theirs." : ".");
}

std::string description_of(const MethodDescriptor* method) {
  const auto& access = rpc::access_of(method);
  std::string text = comment_of(method);
  text += (text.empty() ? "" : "\n\n") + who_may(access);
  if (access.idempotent() && !access.read_only())
    text += " Calling it again has no further effect, so it may be retried.";
  if (access.rate() == api::v1::RATE_SENSITIVE) text += " Calls are limited to a tenth of the general rate.";
  return text;
}

json::object parameter(const std::string& name, const char* where, bool required, json::object schema,
                       const std::string& description) {
  json::object out{{"name", name}, {"in", where}, {"required", required}};
  if (!description.empty()) out["description"] = description;
  out["schema"] = std::move(schema);
  return out;
}

// A field of the query, or the fields of its message as a.b.
void add_query(const FieldDescriptor* field, const std::string& prefix, int depth, Schemas& schemas,
               json::array& out) {
  const auto* message = field->message_type();
  const std::string name = prefix + field->json_name();
  if (message != nullptr && !field->is_map() && !rest::is_well_known(message)) {
    if (field->is_repeated() || depth == kMostNesting) return;
    for (int i = 0; i < message->field_count(); ++i)
      add_query(message->field(i), name + ".", depth + 1, schemas, out);
    return;
  }
  if (field->is_map() || field->options().GetExtension(api::v1::viewer_region)) return;
  const bool required = depth == 0 && rpc::limits_of(field).required();
  out.push_back(parameter(name, "query", required, schemas.of_field(field), comment_of(field)));
}

json::array parameters_of(const rest::Route& route, Schemas& schemas) {
  json::array out;
  std::set<const FieldDescriptor*> in_path;
  for (const auto& segment : route.segments) {
    if (segment.variable == nullptr) continue;
    in_path.insert(segment.variable);
    out.push_back(parameter(segment.variable->json_name(), "path", true, schemas.of_field(segment.variable),
                            comment_of(segment.variable)));
  }
  const auto* request = route.method->input_type();
  for (int i = 0; i < request->field_count() && !route.whole_body; ++i) {
    const auto* field = request->field(i);
    if (!in_path.contains(field) && field != route.body_field) add_query(field, "", 0, schemas, out);
  }
  const auto& access = rpc::access_of(route.method);
  if (!access.read_only()) out.push_back({{"$ref", "#/components/parameters/IdempotencyKey"}});
  out.push_back({{"$ref", "#/components/parameters/App"}});
  out.push_back({{"$ref", "#/components/parameters/Traceparent"}});
  return out;
}

json::object json_content(json::object schema) {
  return {{"application/json", json::object{{"schema", std::move(schema)}}}};
}

json::object responses_of(const rest::Route& route, Schemas& schemas) {
  const auto& access = rpc::access_of(route.method);
  const auto problem = [](const char* name) {
    return json::object{{"$ref", std::string("#/components/responses/") + name}};
  };
  json::object content = json_content(schemas.of_message(route.method->output_type()));
  if (!route.method->options().GetExtension(api::v1::csv).empty())
    content["text/csv"] = json::object{{"schema", json::object{{"type", "string"}}}};
  json::object out;
  out["200"] = json::object{{"description", "Done."}, {"content", std::move(content)}};
  out["400"] = problem("BadRequest");
  if (access.caller() != api::v1::CALLER_ANYONE) {
    out["401"] = problem("Unauthorized");
    out["403"] = problem("Forbidden");
  }
  out["404"] = problem("NotFound");
  if (!access.read_only()) {
    out["409"] = problem("Conflict");
    out["422"] = problem("IdempotencyKeyReused");
  }
  out["429"] = problem("TooManyRequests");
  out["default"] = problem("Problem");
  return out;
}

}  // namespace

std::string path_of(const rest::Route& route) {
  std::string path;
  for (const auto& segment : route.segments) {
    path += "/" + (segment.variable != nullptr ? "{" + segment.variable->json_name() + "}" : segment.literal);
  }
  return path + route.suffix;
}

std::string tag_of(const google::protobuf::ServiceDescriptor* service) {
  const auto& name = service->name();
  return words(name.ends_with("Service") ? name.substr(0, name.size() - 7) : name);
}

json::object operation_of(const rest::Route& route, Schemas& schemas) {
  const auto& access = rpc::access_of(route.method);
  json::object out{{"operationId", lower_first(route.method->name())},
                   {"summary", words(route.method->name())},
                   {"description", description_of(route.method)},
                   {"tags", json::array{tag_of(route.method->service())}},
                   {"parameters", parameters_of(route, schemas)}};
  if (access.caller() == api::v1::CALLER_ANYONE) out["security"] = json::array();
  const auto* request = route.method->input_type();
  if (route.body_field != nullptr) {
    out["requestBody"] = json::object{{"required", rpc::limits_of(route.body_field).required()},
                                      {"content", json_content(schemas.of_field(route.body_field))}};
  } else if (route.whole_body && schemas.has_body_fields(request)) {
    bool required = false;
    for (int i = 0; i < request->field_count(); ++i)
      required = required || rpc::limits_of(request->field(i)).required();
    out["requestBody"] =
        json::object{{"required", required}, {"content", json_content(schemas.of_message(request))}};
  }
  out["responses"] = responses_of(route, schemas);
  return out;
}

}  // namespace cliffhanger::edge::openapi
