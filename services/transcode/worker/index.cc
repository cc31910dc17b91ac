#include "services/transcode/worker/index.h"
#include "libs/digest/sha256.h"

#include <algorithm>
#include <boost/json.hpp>

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

std::string folder(const Tenant& tenant, RevisionId revision) {
  return "revisions/" + tenant.text() + "/" + revision.text() + "/";
}

std::string_view extension_of(std::string_view name) {
  return name.substr(std::min(name.size(), name.rfind('.')));
}

std::string_view type_of(std::string_view name) {
  const std::string_view extension = extension_of(name);
  if (extension == ".mpd") return "application/dash+xml";
  if (extension == ".vtt") return "text/vtt";
  if (extension == ".jpg") return "image/jpeg";
  if (extension == ".mp4" || extension == ".m4s") return "video/mp4";
  return "application/vnd.apple.mpegurl";
}

std::string playlist_key(const Revision& revision, const Playlist& playlist) {
  return folder(revision.tenant, revision.id) + "playlists/" + sha256_hex(playlist.text) +
         std::string(extension_of(playlist.name));
}

json::object entry(const std::string& key, std::size_t bytes, std::string_view type) {
  return {{"key", key}, {"bytes", bytes}, {"type", type}};
}

}  // namespace

std::string index_key(const Tenant& tenant, RevisionId revision, State state) {
  return folder(tenant, revision) + (state == State::kReady ? "ready.json" : "index.json");
}

std::string piece_key(const Tenant& tenant, const PieceName& name, const std::string& sha256) {
  if (name.track == kCover) return "covers/" + tenant.text() + "/" + sha256 + ".jpg";
  if (name.track == kStoryboard) return "segments/" + tenant.text() + "/" + sha256 + ".jpg";
  return "segments/" + tenant.text() + "/" + sha256 + (name.index == kInit ? ".mp4" : ".m4s");
}

std::string index_json(const Revision& revision, const Presentation& presentation) {
  json::object objects;
  for (const Playlist& playlist : presentation.playlists) {
    objects[playlist.name] =
        entry(playlist_key(revision, playlist), playlist.text.size(), type_of(playlist.name));
  }
  for (const Media& media : presentation.media) {
    objects[media.name] = entry(media.object_key, static_cast<std::size_t>(media.bytes), type_of(media.name));
  }
  return json::serialize(json::object{{"state", to_text(revision.state)}, {"objects", std::move(objects)}});
}

Result<void> write_playlists(blob::Store& blobs, const Revision& revision, const Presentation& presentation) {
  for (const Playlist& playlist : presentation.playlists) {
    const std::string key = playlist_key(revision, playlist);
    if (blobs.head(key)) continue;
    CH_TRY(blobs.put(key, playlist.text));
  }
  return {};
}

Result<std::string> write_presentation(blob::Store& blobs, const Revision& revision,
                                       const Presentation& presentation) {
  const std::string index = index_json(revision, presentation);
  std::string name = sha256_hex(index);
  if (name == revision.published) return name;
  CH_TRY(write_playlists(blobs, revision, presentation));
  CH_TRY(blobs.put(index_key(revision.tenant, revision.id, revision.state), index));
  return name;
}

Result<void> withdraw_presentation(blob::Store& blobs, const Revision& revision) {
  CH_TRY(blobs.remove(index_key(revision.tenant, revision.id, State::kReady)));
  return blobs.remove(index_key(revision.tenant, revision.id, State::kProvisional));
}

}  // namespace cliffhanger::transcode
