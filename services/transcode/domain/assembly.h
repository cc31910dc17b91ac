#pragma once
// What of a revision exists: its pieces, sorted into tracks.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/media/event.h"
#include "services/transcode/domain/plan.h"
#include "services/transcode/domain/protection.h"

namespace cliffhanger::transcode {

// A file that the media program made, now an object. Which fields mean something depends on what it is.
struct Piece {
  PieceName name;
  std::string object_key;
  std::int64_t bytes = 0;
  std::string sha256;                 // hex, of the object
  std::int64_t start_frame = 0;       // segments: in pictures, or AAC frames with the priming
  std::int64_t frames = 0;            // segments
  std::vector<media::GopRange> gops;  // segments of video
  std::string codecs;                 // initialisation segments, RFC 6381
};

class Assembly {
 public:
  explicit Assembly(std::vector<Piece> pieces, Protection protection = {});
  // How its pieces are encrypted.
  const Protection& protection() const { return protection_; }
  const Piece* find(std::string_view track, std::int64_t index) const;  // null if it is not there
  // How many segments from the first on exist without a gap, with the initialisation segment; 0 without it.
  std::int64_t prefix(std::string_view track) const;
  // All of them: track by track, each track's initialisation segment first, then by index.
  std::vector<Piece> in_order() const;
  // Segments (without initialisation segments, cover and storyboard) that exist.
  std::int64_t segments() const;

 private:
  Protection protection_;
  std::map<std::string, std::map<std::int64_t, Piece>, std::less<>> pieces_;
};

}  // namespace cliffhanger::transcode
