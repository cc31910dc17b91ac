#include "services/transcode/worker/finished_index.h"

#include <algorithm>
#include <vector>

#include "libs/digest/sha256.h"
#include "services/transcode/domain/burn.h"
#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/dubs_playlist.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kRetiredFor = std::chrono::hours(6);  // as long as a viewer's address lives
constexpr std::size_t kMostRetired = 2000;

Error bad_index() {
  return internal("BAD_RECORD", "The revision's index can't be read.");
}

bool is_addition(std::string_view name) {
  return name.starts_with(kCaptionsFolder) || name.starts_with(kDubsFolder) || is_burned(name);
}

bool is_list(std::string_view name) {
  return name.ends_with(".m3u8") || name.ends_with(".mpd");
}

const json::value* field(const json::value& entry, std::string_view name) {
  const auto* object = entry.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

}  // namespace

Result<FinishedIndex> FinishedIndex::open(blob::Store& blobs, const Revision& revision, Time now) {
  FinishedIndex out(blobs, revision, now);
  CH_ASSIGN(out.before_, blobs.get(out.key()));
  boost::system::error_code ec;
  out.root_ = json::parse(*out.before_, ec);
  auto* root = ec ? nullptr : out.root_.if_object();
  auto* objects = root == nullptr ? nullptr : root->if_contains("objects");
  if (objects == nullptr || !objects->is_object()) return fail(bad_index());
  for (auto& [name, entry] : objects->as_object()) (is_addition(name) ? out.old_ : out.others_)[name] = entry;
  return out;
}

Result<FinishedIndex> FinishedIndex::make(blob::Store& blobs, const Revision& revision,
                                          const Presentation& whole, Time now) {
  FinishedIndex out(blobs, revision, now);
  out.root_.emplace_object()["state"] = to_text(State::kReady);
  for (const Playlist& one : whole.playlists) CH_TRY(out.put_text(one.name, one.text));
  for (const Media& one : whole.media) out.put_object(one);
  return out;
}

std::string FinishedIndex::key() const {
  return index_key(revision_->tenant, revision_->id, State::kReady);
}

const json::value* FinishedIndex::find(std::string_view name) const {
  const Entries& place = is_addition(name) ? new_ : others_;
  const auto it = place.find(name);
  return it == place.end() ? nullptr : &it->second;
}

std::int64_t FinishedIndex::bytes(std::string_view name) const {
  const json::value* entry = find(name);
  const json::value* bytes = entry == nullptr ? nullptr : field(*entry, "bytes");
  return bytes != nullptr && bytes->is_int64() ? bytes->as_int64() : 0;
}

Result<std::string> FinishedIndex::text(std::string_view name) const {
  return text_in(is_addition(name) ? new_ : others_, name);
}

Result<std::string> FinishedIndex::old_text(std::string_view name) const {
  return text_in(old_, name);
}

Result<std::string> FinishedIndex::text_in(const Entries& place, std::string_view name) const {
  const auto entry = place.find(name);
  if (entry == place.end())
    return fail(not_found("OBJECT_NOT_FOUND", std::string(name) + " is not in the revision."));
  const json::value* key = field(entry->second, "key");
  if (key == nullptr || !key->is_string()) return fail(bad_index());
  return blobs_->get(std::string_view(key->as_string()));
}

void FinishedIndex::put(const std::string& name, json::value entry) {
  const Entries& were = is_addition(name) ? old_ : others_;
  const auto was = were.find(name);
  changed_ = changed_ || was == were.end() || was->second != entry;
  (is_addition(name) ? new_ : others_)[name] = std::move(entry);
}

Result<void> FinishedIndex::put_text(const std::string& name, const std::string& text) {
  const Playlist playlist{name, text};
  const std::string key = playlist_key(*revision_, playlist);
  if (!blobs_->head(key)) CH_TRY(blobs_->put(key, text));
  put(name, json::object{{"key", key},
                         {"bytes", static_cast<std::int64_t>(text.size())},
                         {"type", type_of(name)}});
  return {};
}

void FinishedIndex::keep(const std::function<bool(std::string_view)>& which) {
  for (const auto& [name, entry] : old_) {
    if (which(name) && field(entry, "until") == nullptr) new_[name] = entry;
  }
}

void FinishedIndex::put_object(const Media& media) {
  put(media.name, json::object{{"key", media.object_key}, {"bytes", media.bytes}, {"type", type_of(media.name)}});
}

bool FinishedIndex::has_changed() const {
  return changed_ || std::any_of(old_.begin(), old_.end(), [this](const auto& one) {
           return !new_.contains(one.first) && field(one.second, "until") == nullptr;
         });
}

Presentation FinishedIndex::presentation() const {
  Presentation out;
  for (const Entries* entries : {&others_, &new_}) {
    for (const auto& [name, entry] : *entries) {
      const json::value* key = field(entry, "key");
      if (key != nullptr && key->is_string())
        out.media.push_back({name, std::string(key->as_string()), bytes(name)});
    }
  }
  return out;
}

// Marked with when that ends.
void FinishedIndex::keep_retired() {
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

Result<std::string> FinishedIndex::save() {
  if (before_) {
    CH_ASSIGN(const std::string served, blobs_->get(key()));
    if (served != *before_) return fail(outdated("What is served"));
    if (!has_changed()) return sha256_hex(served);
  }
  keep_retired();
  json::object objects;
  for (const Entries* entries : {&others_, &new_})
    for (const auto& [name, entry] : *entries) objects[name] = entry;
  root_.as_object()["objects"] = std::move(objects);
  const std::string text = json::serialize(root_);
  CH_TRY(blobs_->put(key(), text));
  return sha256_hex(text);
}

}  // namespace cliffhanger::transcode
