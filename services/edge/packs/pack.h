#pragma once
// A start pack as it is put together: what goes in, and its index. Without I/O; the container is described in
// start_pack.proto.
#include <optional>
#include <string>
#include <vector>

#include "cliffhanger/playback/v1/start_pack.pb.h"
#include "libs/core/error.h"
#include "libs/http/message.h"
#include "services/edge/packs/choice.h"

namespace cliffhanger::edge {

inline constexpr char kPackType[] = "application/vnd.cliffhanger.start-pack";

// A part that may go in: a text at hand, or an object that is opened once it is known to go in.
struct PackPart {
  std::string url, etag, type;
  std::uint64_t bytes = 0;
  http::SharedText text;  // null: an object
  std::string key;        // of the object
};

// How one episode starts: all of `first`, then all of `second`.
struct PackStart {
  playback::v1::StartPackRung rung;
  std::vector<PackPart> first, second;  // `second` may be empty
};

struct PackEntry {
  playback::v1::StartPackItem item;  // as yet without rung and parts
  std::optional<PackStart> start;    // none: `item.code` says why
  int segments = 0;                  // that go in
};

// Says in the entry's item why it has no parts.
void refuse(PackEntry& entry, const Error& why);

// Decides what of each entry goes in, so that the whole answer, its index with `next_page_token` included,
// has at most `max_bytes` (or, without any part, what its index has), and at most what the network can spare.
// What is left out says so.
void fit(std::vector<PackEntry>& entries, const std::string& next_page_token, std::int64_t max_bytes,
         const Network& network);

// The bytes before the parts.
std::string frame_of(const playback::v1::StartPack& index);

}  // namespace cliffhanger::edge
