#include "services/transcode/worker/burned_index.h"

#include <boost/json.hpp>

#include "libs/digest/sha256.h"
#include "services/transcode/domain/burn.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kRetiredFor = std::chrono::hours(6);  // as long as a viewer's address lives

Error bad_index() {
  return internal("BAD_RECORD", "The revision's index can't be read.");
}

// What is no longer named: a list goes, a segment stays until `until` for those who are reading it.
void retire(json::object& objects, const std::string& language, Time at) {
  const std::int64_t now = to_micros(at) / 1'000'000;
  json::object kept;
  for (auto& [name, value] : objects) {
    if (!is_burned_name(name, language)) {
      kept[name] = std::move(value);
      continue;
    }
    if (std::string_view(name).ends_with(".m3u8") || !value.is_object()) continue;
    const auto* marked = value.as_object().if_contains("until");
    const std::int64_t until =
        marked != nullptr && marked->is_int64() ? marked->as_int64() : now + kRetiredFor.count();
    if (until <= now) continue;
    value.as_object()["until"] = until;
    kept[name] = std::move(value);
  }
  objects = std::move(kept);
}

}  // namespace

Result<std::string> write_burned(blob::Store& blobs, const Revision& revision, const std::string& language,
                                 const Presentation& presentation, Time now) {
  const std::string key = index_key(revision.tenant, revision.id, State::kReady);
  CH_ASSIGN(const std::string before, blobs.get(key));
  boost::system::error_code ec;
  json::value root = json::parse(before, ec);
  auto* objects = ec || !root.is_object() ? nullptr : root.as_object().if_contains("objects");
  if (objects == nullptr || !objects->is_object()) return fail(bad_index());
  retire(objects->as_object(), language, now);
  Presentation own;
  for (const Playlist& one : presentation.playlists) {
    if (is_burned_name(one.name, language)) own.playlists.push_back(one);
  }
  for (const Media& one : presentation.media) {
    if (is_burned_name(one.name, language)) own.media.push_back(one);
  }
  CH_TRY(write_playlists(blobs, revision, own));
  const json::value added = json::parse(index_json(revision, own));
  for (const auto& [name, entry] : added.at("objects").as_object()) objects->as_object()[name] = entry;
  const std::string text = json::serialize(root);
  if (text != before) CH_TRY(blobs.put(key, text));
  return sha256_hex(text);
}

}  // namespace cliffhanger::transcode
