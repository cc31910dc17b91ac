#include "services/collector/collect/index_names.h"

#include <boost/json.hpp>

#include "libs/blob/place.h"

namespace cliffhanger::collector {

namespace json = boost::json;

bool is_index(std::string_view key) {
  const auto place = blob::place_of(key);
  if (!place || place->kind != blob::Kind::kRevision) return false;
  const auto name = key.substr(place->folder.size());
  return name == "ready.json" || name == "index.json";
}

Result<std::vector<std::string>> names_in(const std::string& index) {
  const auto unreadable = [] {
    return fail(internal("INDEX_UNREADABLE", "A revision's list of objects can't be read."));
  };
  boost::system::error_code ec;
  const json::value root = json::parse(index, ec);
  const auto* top = ec ? nullptr : root.if_object();
  const auto* objects = top == nullptr ? nullptr : top->if_contains("objects");
  if (objects == nullptr || !objects->is_object()) return unreadable();
  std::vector<std::string> out;
  for (const auto& [name, entry] : objects->get_object()) {
    const auto* fields = entry.if_object();
    const auto* key = fields == nullptr ? nullptr : fields->if_contains("key");
    if (key == nullptr || !key->is_string()) return unreadable();
    out.emplace_back(key->get_string());
  }
  return out;
}

}  // namespace cliffhanger::collector
