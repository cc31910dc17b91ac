#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "libs/core/embedded.h"
#include "libs/core/markup.h"
#include "services/edge/openapi/openapi.h"

namespace cliffhanger::embedded {
extern const Files edge_openapi;
}

namespace cliffhanger::edge::openapi {
namespace {

namespace json = boost::json;

constexpr const char* kVerbs[] = {"get", "head", "post", "put", "patch", "delete", "options"};

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Paragraphs, and `code`.
std::string prose(std::string_view text) {
  std::string out = "<p>";
  bool code = false;
  const std::string safe = escape_markup(text);
  for (std::size_t i = 0; i < safe.size(); ++i) {
    if (safe[i] == '`') {
      out += code ? "</code>" : "<code>";
      code = !code;
    } else if (safe[i] == '\n' && i + 1 < safe.size() && safe[i + 1] == '\n') {
      out += "</p><p>";
      ++i;
    } else {
      out += safe[i];
    }
  }
  return out + (code ? "</code></p>" : "</p>");
}

class Page {
 public:
  explicit Page(const json::object& document) : document_(document) {}
  std::string make();

 private:
  void head();
  void contents();
  void operations(const std::string& tag);
  void operation(const std::string& path, const std::string& verb, const json::object& operation,
                 const json::object& item);
  void parameters(const json::object& owner);
  void bodies(const json::object& operation);
  void responses(const json::object& operation);
  void schemas();
  void fields(const json::object& schema);
  void field(const std::string& name, const std::string& note, const json::object& schema,
             const std::string& text);
  std::string type_of(const json::object& schema) const;
  const json::object& resolved(const json::object& object) const;

  const json::object& document_;
  std::string out_;
};

const json::object& Page::resolved(const json::object& object) const {
  const auto reference = text_at(object, "$ref");
  if (reference.empty()) return object;
  const json::object* here = &document_;
  for (std::string_view rest = std::string_view(reference).substr(2); !rest.empty();) {
    const auto slash = rest.find('/');
    const auto* at = here->if_contains(rest.substr(0, slash));
    if (at == nullptr || !at->is_object()) return object;
    here = &at->get_object();
    rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
  }
  return *here;
}

std::string Page::type_of(const json::object& schema) const {
  const auto reference = text_at(schema, "$ref");
  if (!reference.empty()) {
    const auto name = escape_markup(reference.substr(reference.rfind('/') + 1));
    return "<a href=\"#schema-" + name + "\">" + name + "</a>";
  }
  std::string type = text_at(schema, "type");
  if (const auto* list = schema.if_contains("type"); list != nullptr && list->is_array())
    type = "string or integer";
  if (type == "array") return "list of " + type_of(schema.at("items").get_object());
  if (const auto* more = schema.if_contains("additionalProperties"); more != nullptr && more->is_object()) {
    return "map to " + type_of(more->get_object());
  }
  std::string text = type.empty() ? "anything" : type;
  for (const char* key :
       {"format", "minLength", "maxLength", "minimum", "maximum", "maxItems", "pattern", "const"}) {
    const auto* value = schema.if_contains(key);
    if (value == nullptr) continue;
    const auto shown = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    text += std::string(", ") + (std::string_view(key) == "format" ? "" : key + std::string(" ")) + "<code>" +
            escape_markup(shown) + "</code>";
  }
  return text;
}

void Page::field(const std::string& name, const std::string& note, const json::object& schema,
                 const std::string& text) {
  out_ += "<dt><code>" + escape_markup(name) + "</code> <small>" + type_of(schema) + note +
          "</small></dt><dd>" + (text.empty() ? "" : prose(text)) + "</dd>";
}

void Page::fields(const json::object& schema) {
  const auto* properties = schema.if_contains("properties");
  if (properties == nullptr) return;
  const auto* required = schema.if_contains("required");
  out_ += "<dl>";
  for (const auto& [name, value] : properties->get_object()) {
    bool needed = false;
    if (required != nullptr) {
      for (const auto& one : required->get_array()) needed = needed || one.get_string() == name;
    }
    field(std::string(name), needed ? ", always" : "", value.get_object(),
          text_at(value.get_object(), "description"));
  }
  out_ += "</dl>";
}

void Page::parameters(const json::object& owner) {
  const auto* list = owner.if_contains("parameters");
  if (list == nullptr) return;
  for (const auto& one : list->get_array()) {
    const auto& parameter = resolved(one.get_object());
    const std::string note =
        " in " + text_at(parameter, "in") + (parameter.at("required").get_bool() ? ", needed" : "");
    field(text_at(parameter, "name"), note, parameter.at("schema").get_object(),
          text_at(parameter, "description"));
  }
}

void Page::bodies(const json::object& operation) {
  const auto* body = operation.if_contains("requestBody");
  if (body == nullptr) return;
  out_ += "<h3>Body</h3>";
  for (const auto& [type, content] : body->at("content").get_object()) {
    const auto& schema = content.at("schema").get_object();
    out_ += "<p><code>" + escape_markup(type) + "</code> " +
            (schema.contains("$ref") ? type_of(schema) : "") + "</p>";
    fields(resolved(schema));
  }
}

void Page::responses(const json::object& operation) {
  out_ += "<h3>Answers</h3><dl>";
  for (const auto& [status, value] : operation.at("responses").get_object()) {
    const auto& response = resolved(value.get_object());
    out_ += "<dt><code>" + escape_markup(status) + "</code> ";
    if (const auto* content = response.if_contains("content")) {
      for (const auto& [type, body] : content->get_object()) {
        const auto& schema = body.at("schema").get_object();
        if (schema.contains("$ref")) out_ += type_of(schema);
      }
    }
    out_ += "</dt><dd>" + prose(text_at(response, "description")) + "</dd>";
  }
  out_ += "</dl>";
}

void Page::operation(const std::string& path, const std::string& verb, const json::object& operation,
                     const json::object& item) {
  std::string upper = verb;
  for (char& c : upper) c = static_cast<char>(c - 32);
  out_ += "<details id=\"" + escape_markup(text_at(operation, "operationId")) + "\"><summary><b>" + upper +
          "</b> <code>" + escape_markup(path) + "</code><small>" +
          escape_markup(text_at(operation, "summary")) + "</small></summary>" +
          prose(text_at(operation, "description")) + "<h3>Parameters</h3><dl>";
  parameters(item);
  parameters(operation);
  out_ += "</dl>";
  bodies(operation);
  responses(operation);
  out_ += "</details>\n";
}

void Page::operations(const std::string& tag) {
  for (const auto& [path, value] : document_.at("paths").get_object()) {
    const auto& item = value.get_object();
    for (const char* verb : kVerbs) {
      const auto* found = item.if_contains(verb);
      if (found == nullptr || found->at("tags").get_array().at(0).get_string() != tag) continue;
      operation(std::string(path), verb, found->get_object(), item);
    }
  }
}

void Page::schemas() {
  out_ += "<h2 id=\"schemas\">Schemas</h2>\n";
  for (const auto& [name, value] : document_.at("components").at("schemas").get_object()) {
    const auto& schema = value.get_object();
    out_ += "<details id=\"schema-" + escape_markup(name) + "\"><summary><code>" + escape_markup(name) +
            "</code></summary>" + prose(text_at(schema, "description"));
    fields(schema);
    if (const auto* values = schema.if_contains("enum")) {
      out_ += "<p>One of";
      for (const auto& one : values->get_array())
        out_ += " <code>" + escape_markup(one.get_string()) + "</code>";
      out_ += "</p>";
    }
    out_ += "</details>\n";
  }
}

void Page::head() {
  const auto& info = document_.at("info").get_object();
  const auto title = escape_markup(text_at(info, "title"));
  out_ += "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
          " API</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>";
  for (const auto& file : embedded::edge_openapi) {
    if (file.name == "page.css") out_ += file.contents;
  }
  out_ += "</style></head><body><h1>" + title + " API</h1>" + prose(text_at(info, "summary")) +
          prose(text_at(info, "description")) + "<p><a href=\"/openapi.json\">OpenAPI document</a></p>\n";
}

void Page::contents() {
  out_ += "<nav aria-label=\"Contents\"><ul>";
  for (const auto& tag : document_.at("tags").get_array()) {
    const auto name = escape_markup(text_at(tag.get_object(), "name"));
    out_ += "<li><a href=\"#tag-" + name + "\">" + name + "</a></li>";
  }
  out_ += "<li><a href=\"#schemas\">Schemas</a></li></ul></nav>\n";
}

std::string Page::make() {
  head();
  contents();
  for (const auto& value : document_.at("tags").get_array()) {
    const auto& tag = value.get_object();
    const auto name = text_at(tag, "name");
    out_ += "<h2 id=\"tag-" + escape_markup(name) + "\">" + escape_markup(name) + "</h2>" +
            prose(text_at(tag, "description"));
    operations(name);
  }
  schemas();
  out_ += "</body></html>\n";
  return std::move(out_);
}

}  // namespace

std::string make_page(const json::object& document) {
  return Page(document).make();
}

}  // namespace cliffhanger::edge::openapi
