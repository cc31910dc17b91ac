#include "services/edge/openapi/openapi.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "libs/core/embedded.h"
#include "services/edge/openapi/contract.h"
#include "services/edge/openapi/operations.h"

namespace cliffhanger::embedded {
extern const Files edge_openapi;
}

namespace cliffhanger::edge::openapi {
namespace {

namespace json = boost::json;

std::string_view embedded_file(std::string_view name) {
  for (const auto& file : embedded::edge_openapi) {
    if (file.name == name) return file.contents;
  }
  return {};
}

// Messages of no rpc that paths of the frame refer to.
constexpr const char* kSpokenByTheEdge[] = {"cliffhanger.playback.v1.StartPackRequest", "cliffhanger.playback.v1.StartPack"};

// "get", "post": how OpenAPI spells verbs.
std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

json::object& object_at(json::object& parent, std::string_view key) {
  auto& value = parent[key];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

}  // namespace

Result<json::object> make_document(std::string_view descriptor_set, std::string_view frame) {
  json::error_code error;
  auto parsed = json::parse({frame.data(), frame.size()}, error);
  if (error || !parsed.is_object())
    return fail(internal("BAD_CONTRACT", "The frame of the document is no JSON object."));
  json::object document = std::move(parsed.get_object());

  CH_ASSIGN(const auto contract, Contract::make(descriptor_set));
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* service : contract->services()) {
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  CH_ASSIGN(const auto table, rest::RouteTable::make(methods));

  Schemas schemas(table.routes());
  auto& paths = object_at(document, "paths");
  auto& tags = document["tags"].is_array() ? document["tags"].get_array() : document["tags"].emplace_array();
  // In the order of the .proto files, which tells a story, not in that of the routes.
  for (const auto* service : contract->services()) {
    bool shown = false;
    for (int i = 0; i < service->method_count(); ++i) {
      for (const auto& route : table.routes()) {
        if (route.method != service->method(i)) continue;
        object_at(paths, path_of(route))[lower(route.verb)] = operation_of(route, schemas);
        shown = true;
      }
    }
    if (shown) tags.push_back({{"name", tag_of(service)}, {"description", comment_of(service)}});
  }
  for (const auto* name : kSpokenByTheEdge)
    if (const auto* message = contract->message(name)) schemas.of_message(message);
  auto& components = object_at(object_at(document, "components"), "schemas");
  for (auto& [name, schema] : schemas.components()) components[name] = std::move(schema);
  return document;
}

Result<Documents> make_documents() {
  CH_ASSIGN(const auto document, make_document(embedded_file("contract.binpb"), embedded_file("frame.json")));
  return Documents{json::serialize(document), make_page(document)};
}

}  // namespace cliffhanger::edge::openapi
