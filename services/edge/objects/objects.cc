#include "services/edge/objects/objects.h"

#include "libs/http/range.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

Objects::Objects(blob::Store& store, rpc::Pool& pool, const Clock& clock)
    : store_(store),
      pool_(pool),
      open_({kOpenFiles, kOpenFiles, kOpenFileShards}),
      texts_({kPlaylistCacheBytes, kPlaylistCacheBytes / kPlaylistBytes, kCacheShards}),
      growing_({kGrowingCacheBytes, kGrowingCacheBytes / kPlaylistBytes, kGrowingShards}, kPatience, {clock, pool}) {}

http::Task<Result<OpenObject>> Objects::open(const std::string& key) {
  if (auto hit = open_.get(key)) co_return *hit;
  co_return co_await opening_.load(pool_, key, [this, key]() -> Result<OpenObject> {
    CH_ASSIGN(auto opened, store_.open(key));
    const auto bytes = static_cast<std::uint64_t>(opened.size());
    const std::size_t mapped = bytes <= kMappedObject ? bytes : 0;
    OpenObject object{std::make_shared<const http::File>(opened.release(), mapped), bytes};
    open_.put(key, object, 1);
    return object;
  });
}

Result<Text> Objects::read_text(const std::string& key) {
  CH_ASSIGN(auto plain, store_.get(key, kMaxPlaylistBytes));
  return encode(std::move(plain));
}

Result<Text> Objects::read_final(const std::string& key) {
  CH_ASSIGN(auto text, read_text(key));
  texts_.put(key, text, text.bytes() + kEntryBytes);
  return text;
}

Refreshed<Text>::Job Objects::growing_job(const std::string& key) {
  return [this, key](const std::optional<Text>&) -> Result<Refreshed<Text>::Read> {
    CH_ASSIGN(auto text, read_text(key));
    return Refreshed<Text>::Read{text, text.bytes() + kEntryBytes, kGrowingText};
  };
}

http::Task<Result<Text>> Objects::text(const std::string& key, bool final) {
  if (!final) co_return co_await growing_.get(key, growing_job(key));
  if (auto hit = texts_.get(key)) co_return *hit;
  co_return co_await reading_.load(pool_, key, [this, key] { return read_final(key); });
}

std::optional<Text> Objects::text_at_hand(const std::string& key, bool final) {
  if (!final) return growing_.at_hand(key, growing_job(key));
  auto hit = texts_.get(key);
  if (!hit) reading_.start(pool_, key, [this, key] { return read_final(key); });
  return hit;
}

http::Response file_response(const http::Request& request, const OpenObject& object,
                             const FileAnswer& answer) {
  http::Response out;
  out.headers.add("Content-Type", answer.type);
  out.headers.add("Cache-Control", answer.cache_control);
  out.headers.add("ETag", answer.etag);
  out.headers.add("Accept-Ranges", "bytes");
  if (const auto known = request.headers.find("If-None-Match");
      known && http::matches_etag(*known, answer.etag)) {
    out.status = 304;
    return out;
  }
  const auto range = http::parse_range(request.headers, object.bytes, answer.etag);
  if (range.kind == http::ByteRange::Kind::kUnsatisfiable) {
    auto refused = http::problem(416, "RANGE_NOT_SATISFIABLE",
                                 "The object has " + std::to_string(object.bytes) + " bytes.");
    refused.headers.add("Content-Range", "bytes */" + std::to_string(object.bytes));
    return refused;
  }
  if (range.kind == http::ByteRange::Kind::kPart) {
    out.status = 206;
    out.headers.add("Content-Range", "bytes " + std::to_string(range.offset) + '-' +
                                         std::to_string(range.offset + range.length - 1) + '/' +
                                         std::to_string(object.bytes));
  }
  out.body = http::FileRange{object.file, range.offset, range.length};
  return out;
}

std::string_view type_of_name(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".m3u8", "application/vnd.apple.mpegurl"},
      {".mpd", "application/dash+xml"},
      {".m4s", "video/mp4"},
      {".mp4", "video/mp4"},
      {".m4a", "audio/mp4"},
      {".vtt", "text/vtt; charset=utf-8"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".png", "image/png"},
      {".webp", "image/webp"},
      {".svg", "image/svg+xml"},
      {".ico", "image/x-icon"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"}};
  for (const auto& [extension, type] : kTypes)
    if (name.ends_with(extension)) return type;
  return "application/octet-stream";
}

}  // namespace cliffhanger::edge
