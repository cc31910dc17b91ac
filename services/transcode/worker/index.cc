#include "services/transcode/worker/index.h"

#include <boost/json.hpp>

#include "services/transcode/store/digest.h"

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

constexpr std::string_view kPlaylistType = "application/vnd.apple.mpegurl";
constexpr std::string_view kMediaType = "video/mp4";

std::string folder(const Tenant& tenant, RevisionId revision) {
  return "revisions/" + tenant.text() + "/" + revision.text() + "/";
}

std::string playlist_key(const Revision& revision, const Playlist& playlist) {
  return folder(revision.tenant, revision.id) + "playlists/" + sha256_hex(playlist.text) + ".m3u8";
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
  return "segments/" + tenant.text() + "/" + sha256 + (name.index == kInit ? ".mp4" : ".m4s");
}

std::string index_json(const Revision& revision, const Presentation& presentation) {
  json::object objects;
  for (const Playlist& playlist : presentation.playlists) {
    objects[playlist.name] = entry(playlist_key(revision, playlist), playlist.text.size(), kPlaylistType);
  }
  for (const Media& media : presentation.media) {
    objects[media.name] = entry(media.object_key, static_cast<std::size_t>(media.bytes), kMediaType);
  }
  return json::serialize(json::object{{"state", to_text(revision.state)}, {"objects", std::move(objects)}});
}

Result<std::string> write_presentation(blob::Store& blobs, const Revision& revision,
                                       const Presentation& presentation) {
  const std::string index = index_json(revision, presentation);
  std::string name = sha256_hex(index);
  if (name == revision.published) return name;
  for (const Playlist& playlist : presentation.playlists) {
    const std::string key = playlist_key(revision, playlist);
    if (blobs.head(key)) continue;
    CH_TRY(blobs.put(key, playlist.text));
  }
  CH_TRY(blobs.put(index_key(revision.tenant, revision.id, revision.state), index));
  return name;
}

Result<void> withdraw_presentation(blob::Store& blobs, const Revision& revision) {
  return blobs.remove(index_key(revision.tenant, revision.id, State::kProvisional));
}

}  // namespace cliffhanger::transcode
