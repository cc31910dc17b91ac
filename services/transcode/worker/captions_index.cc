#include "services/transcode/worker/captions_index.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "libs/digest/sha256.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameDigits = 16;
constexpr std::chrono::seconds kRetiredFor = std::chrono::hours(6);  // as long as a viewer's address lives
constexpr std::size_t kMostRetired = 2000;

Error bad_index() {
  return internal("BAD_RECORD", "The revision's index can't be read.");
}

std::string name_of(std::string_view text) {
  return sha256_hex(text).substr(0, kNameDigits);
}

// A finished index, its captions apart from all else.
class Editor {
 public:
  Editor(blob::Store& blobs, const Revision& revision, Time now)
      : blobs_(blobs), revision_(revision), now_(now) {}

  // Fails with OBJECT_NOT_FOUND and BAD_RECORD.
  Result<void> open() {
    CH_ASSIGN(before_, blobs_.get(key()));
    boost::system::error_code ec;
    root_ = json::parse(before_, ec);
    auto* root = ec ? nullptr : root_.if_object();
    auto* objects = root == nullptr ? nullptr : root->if_contains("objects");
    if (objects == nullptr || !objects->is_object()) return fail(bad_index());
    for (auto& [name, entry] : objects->as_object()) {
      if (std::string_view(name).starts_with(kCaptionsFolder)) {
        old_[name] = entry;
      } else {
        others_[name] = entry;
      }
    }
    return {};
  }

  // The segments and their playlist, and the file for DASH, whose name it gives.
  Result<std::string> add(const media::Grid& grid, const CaptionsTrack& track) {
    for (const Playlist& file : caption_files(grid, track, name_of)) CH_TRY(put(file.name, file.text));
    const Playlist whole = whole_captions(grid, track, name_of);
    CH_TRY(put(whole.name, whole.text));
    return whole.name;
  }

  // Previews and other cuts have timelines of their own, and the provisional list must stay what it is.
  Result<void> name_in_manifests(const std::vector<CaptionsTrack>& tracks,
                                 const std::vector<std::string>& wholes) {
    std::vector<std::string> names;
    for (const auto& [name, entry] : others_) {
      const std::string_view text = name;
      if (text == "main.m3u8" || text == "main.mpd") names.emplace_back(text);
    }
    for (const std::string& name : names) {
      CH_ASSIGN(const std::string text, text_of(others_.at(name)));
      CH_TRY(put(name, name.ends_with(".mpd") ? with_text_tracks(text, tracks, wholes)
                                              : with_subtitles(text, tracks)));
    }
    return {};
  }

  EditedIndex finish() {
    for (const auto& [name, entry] : old_) changed_ = changed_ || (is_list(name) && !new_.contains(name));
    EditedIndex out;
    out.changed = changed_;
    out.text = before_;
    if (changed_) {
      keep_retired();
      json::object objects = others_;
      for (const auto& [name, entry] : new_) objects[name] = entry;
      root_.as_object()["objects"] = std::move(objects);
      out.text = json::serialize(root_);
    }
    out.name = sha256_hex(out.text);
    for (const auto& [name, entry] : root_.as_object().at("objects").as_object()) {
      const auto* key = entry.is_object() ? entry.as_object().if_contains("key") : nullptr;
      if (key != nullptr && key->is_string())
        out.presentation.media.push_back({std::string(name), std::string(key->as_string()), 0});
    }
    return out;
  }

 private:
  using Entries = std::map<std::string, json::value>;
  static bool is_list(std::string_view name) { return name.ends_with(".m3u8"); }
  std::string key() const { return index_key(revision_.tenant, revision_.id, State::kReady); }

  // What is out of use stays for those who are reading it, marked with when that ends.
  void keep_retired() {
    const std::int64_t now = to_micros(now_) / 1'000'000;
    std::vector<std::pair<std::int64_t, std::string>> retired;
    for (auto& [name, entry] : old_) {
      if (is_list(name) || new_.contains(name) || !entry.is_object()) continue;
      const auto* marked = entry.as_object().if_contains("until");
      const bool known = marked != nullptr && marked->is_int64();
      const std::int64_t until = known ? marked->as_int64() : now + kRetiredFor.count();
      entry.as_object()["until"] = until;
      if (until > now) retired.emplace_back(until, name);
    }
    std::sort(retired.rbegin(), retired.rend());
    if (retired.size() > kMostRetired) retired.resize(kMostRetired);
    for (const auto& [until, name] : retired) new_[name] = old_[name];
  }

  Result<std::string> text_of(const json::value& entry) {
    const auto* object = entry.if_object();
    const auto* key = object == nullptr ? nullptr : object->if_contains("key");
    if (key == nullptr || !key->is_string()) return fail(bad_index());
    return blobs_.get(std::string_view(key->as_string()));
  }

  Result<void> put(const std::string& name, const std::string& text) {
    const std::string extension = name.substr(name.rfind('.'));
    const std::string_view type = extension == ".vtt"   ? "text/vtt"
                                  : extension == ".mpd" ? "application/dash+xml"
                                                        : "application/vnd.apple.mpegurl";
    const std::string key = "revisions/" + revision_.tenant.text() + "/" + revision_.id.text() +
                            "/playlists/" + sha256_hex(text) + extension;
    const json::value entry = json::object{{"key", key}, {"bytes", text.size()}, {"type", type}};
    const bool captions = name.starts_with(kCaptionsFolder);
    json::value& place = captions ? new_[name] : others_[name];
    const auto was = old_.find(name);
    const json::value* before = !captions ? &place : was == old_.end() ? nullptr : &was->second;
    if (before == nullptr || *before != entry) {
      changed_ = true;
      if (!blobs_.head(key)) CH_TRY(blobs_.put(key, text));
    }
    place = entry;
    return {};
  }

  blob::Store& blobs_;
  const Revision& revision_;
  const Time now_;
  std::string before_;
  json::value root_;
  json::object others_;
  Entries old_, new_;  // captions
  bool changed_ = false;
};

}  // namespace

std::vector<CaptionsTrack> tracks_of(const std::vector<CaptionsRecord>& records) {
  std::vector<CaptionsTrack> out;
  for (const CaptionsRecord& record : records) {
    captions::Reading reading = captions::read(record.webvtt, {captions::Format::kWebVtt, 0});
    if (!reading.faults.empty()) continue;
    out.push_back({record.language, record.label, record.kind, std::move(reading.cues)});
  }
  return out;
}

Presentation with_captions(Presentation whole, const media::Grid& grid,
                           const std::vector<CaptionsTrack>& tracks) {
  std::vector<std::string> wholes;
  std::vector<Playlist> files;
  for (const CaptionsTrack& track : tracks) {
    for (Playlist& file : caption_files(grid, track, name_of)) files.push_back(std::move(file));
    files.push_back(whole_captions(grid, track, name_of));
    wholes.push_back(files.back().name);
  }
  for (Playlist& list : whole.playlists) {
    if (list.name == "main.m3u8") list.text = with_subtitles(list.text, tracks);
    if (list.name == "main.mpd") list.text = with_text_tracks(list.text, tracks, wholes);
  }
  for (Playlist& file : files) whole.playlists.push_back(std::move(file));
  return whole;
}

Result<EditedIndex> edit_captions(blob::Store& blobs, const Revision& revision,
                                  const std::vector<CaptionsTrack>& tracks, Time now) {
  Editor editor(blobs, revision, now);
  CH_TRY(editor.open());
  std::vector<std::string> wholes;
  for (const CaptionsTrack& track : tracks) {
    CH_ASSIGN(std::string name, editor.add(grid_of(*revision.plan), track));
    wholes.push_back(std::move(name));
  }
  CH_TRY(editor.name_in_manifests(tracks, wholes));
  return editor.finish();
}

Result<std::string> write_captions(blob::Store& blobs, const Revision& revision,
                                   const std::vector<CaptionsTrack>& tracks, Time now) {
  CH_ASSIGN(const EditedIndex edited, edit_captions(blobs, revision, tracks, now));
  if (edited.changed) CH_TRY(blobs.put(index_key(revision.tenant, revision.id, State::kReady), edited.text));
  return edited.name;
}

}  // namespace cliffhanger::transcode
