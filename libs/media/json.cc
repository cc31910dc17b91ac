#include "libs/media/json.h"

#include <algorithm>

namespace cliffhanger::media {
namespace json = boost::json;

Result<json::object> parse_object(std::string_view text, std::size_t limit, const char* reason) {
  if (text.size() > limit) return fail(internal(reason, "A line is too long."));
  json::parse_options options;
  options.max_depth = 8;
  json::error_code bad;
  json::value value = json::parse({text.data(), text.size()}, bad, {}, options);
  if (bad || !value.is_object()) return fail(internal(reason, "A line is not a JSON object."));
  return std::move(value.as_object());
}

const json::value* Fields::find(std::string_view name) {
  const json::value* value = object_.if_contains({name.data(), name.size()});
  if (!value) fault(name, "is missing");
  return value;
}

void Fields::fault(std::string_view name, std::string_view what) {
  if (fault_.empty()) fault_ = where_ + std::string(name) + " " + std::string(what);
}

std::int64_t Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const json::value* value = find(name);
  if (!value) return least;
  if (!value->is_int64() && !value->is_uint64()) return fault(name, "is not a whole number"), least;
  if (value->is_uint64() || value->as_int64() < least || value->as_int64() > most)
    return fault(name, "is out of range"), least;
  return value->as_int64();
}

std::int64_t Fields::integer_or(std::string_view name, std::int64_t fallback, std::int64_t least,
                                std::int64_t most) {
  return object_.contains({name.data(), name.size()}) ? integer(name, least, most) : fallback;
}

double Fields::number(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return 0;
  if (value->is_int64()) return static_cast<double>(value->as_int64());
  if (!value->is_double()) return fault(name, "is not a number"), 0;
  return value->as_double();
}

std::string Fields::text(std::string_view name, std::size_t most) {
  const json::value* value = find(name);
  if (!value) return "";
  if (!value->is_string() || value->as_string().size() > most) return fault(name, "is not a text"), "";
  return std::string(value->as_string().data(), value->as_string().size());
}

const json::array* Fields::array(std::string_view name, std::size_t least, std::size_t most) {
  const json::value* value = find(name);
  if (!value) return nullptr;
  const json::array* out = value->if_array();
  if (!out || out->size() < least || out->size() > most)
    return fault(name, "is not a list of the right length"), nullptr;
  return out;
}

const json::object* Fields::child(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return nullptr;
  if (!value->is_object()) return fault(name, "is not an object"), nullptr;
  return &value->as_object();
}

bool Fields::is_null(std::string_view name) const {
  const json::value* value = object_.if_contains({name.data(), name.size()});
  return !value || value->is_null();
}

void Fields::only(std::initializer_list<std::string_view> names) {
  for (const auto& item : object_) {
    const std::string_view key(item.key().data(), item.key().size());
    if (std::find(names.begin(), names.end(), key) == names.end()) fault(key, "is unknown");
  }
}

}  // namespace cliffhanger::media
