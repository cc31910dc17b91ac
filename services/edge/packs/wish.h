#pragma once
// What a client asks of a start pack, by its body and its headers.
#include <string_view>

#include "cliffhanger/playback/v1/start_pack.pb.h"
#include "libs/core/result.h"
#include "libs/http/headers.h"
#include "services/edge/packs/choice.h"

namespace cliffhanger::edge {

struct Wish {
  playback::v1::StartPackRequest body;  // without anything that is said below
  Network network;
  int count = 0;     // episodes of a series or the feed
  int segments = 0;  // of each episode
  std::int64_t max_bytes = 0;
};

// `most_bytes`: of one answer, whatever is asked for. Fields of the body go before headers (Save-Data,
// CMCD-Request); headers that can't be read count as absent. Fails with INVALID_JSON, BODY_TOO_LARGE and
// INVALID_REQUEST with every fault at once.
Result<Wish> read_wish(std::string_view body, const http::Headers& headers, std::int64_t most_bytes);

}  // namespace cliffhanger::edge
