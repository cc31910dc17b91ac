#pragma once
// Reading immutable objects for HTTP: opened once for many readers, texts kept in memory.
#include <memory>
#include <string>

#include "libs/blob/blob.h"
#include "libs/http/message.h"
#include "libs/rpc/pool.h"
#include "services/edge/objects/coded.h"
#include "services/edge/objects/cache.h"
#include "services/edge/objects/refreshed.h"

namespace cliffhanger::edge {

// An object's descriptor, shared by all who are sending it.
struct OpenObject {
  std::shared_ptr<const http::File> file;
  std::uint64_t bytes = 0;
};

// Safe from many threads. All that it is given outlives it.
class Objects {
 public:
  Objects(blob::Store& store, rpc::Pool& pool, const Clock& clock);

  // Fails as blob::Store::open does, or with BUSY.
  http::Task<Result<OpenObject>> open(const std::string& key);
  // Fails as blob::Store::get does, or with BUSY. `final`: whether what stands under the key never changes; else it is kept for less
  // than a second, and longer only while the store is slow or away (kGrowingText in limits.h).
  http::Task<Result<Text>> text(const std::string& key, bool final);
  // At once: the text where it is in memory; else nullopt, and it is read behind the answer.
  std::optional<Text> text_at_hand(const std::string& key, bool final);

 private:
  Result<Text> read_text(const std::string& key);
  Result<Text> read_final(const std::string& key);
  Refreshed<Text>::Job growing_job(const std::string& key);

  blob::Store& store_;
  rpc::Pool& pool_;
  Cache<OpenObject> open_;
  Cache<Text> texts_;
  Refreshed<Text> growing_;
  Flights<OpenObject> opening_;
  Flights<Text> reading_;
};

// Cache-Control of what never changes under its URL: everybody may keep it, for a year, without asking again
// (RFC 8246).
inline constexpr char kImmutable[] = "public, max-age=31536000, immutable";

// What every immutable object is sent with.
struct FileAnswer {
  std::string type;  // media type
  std::string etag;  // with its quotes
  std::string cache_control;
};

// 200, 206, 304 or 416, by If-None-Match, Range and If-Range.
http::Response file_response(const http::Request& request, const OpenObject& object,
                             const FileAnswer& answer);

// The media type of a name by its extension; application/octet-stream for what we don't know.
std::string_view type_of_name(std::string_view name);

}  // namespace cliffhanger::edge
