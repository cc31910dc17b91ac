#pragma once
// For tests: a presentation made by hand, of boxes written here and samples of nothing but headers, which
// meets every rule; and knobs to break each.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/conformance/source.h"

namespace cliffhanger::conformance::made {

// Appends big-endian values and nested boxes.
class Writer {
 public:
  Writer& u8(std::uint64_t v) { return number(v, 1); }
  Writer& u16(std::uint64_t v) { return number(v, 2); }
  Writer& u32(std::uint64_t v) { return number(v, 4); }
  Writer& u64(std::uint64_t v) { return number(v, 8); }
  Writer& zeros(std::size_t n) { return text(std::string(n, '\0')); }
  Writer& text(std::string_view s) {
    out += s;
    return *this;
  }
  Writer& box(std::string_view type, const std::string& body) {
    return u32(body.size() + 8).text(type).text(body);
  }
  std::string out;

 private:
  Writer& number(std::uint64_t v, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(v >> (8 * i));
    return *this;
  }
};

struct Track {
  bool video = true;
  std::uint32_t timescale = 30'000, ticks = 1'000;  // `ticks` a frame
  std::vector<std::vector<int>> segments;           // frames of each fragment
  std::uint32_t first_bytes = 1'500, other_bytes = 380;
  std::string entry =
      "avc1";  // or another of H.264, or hvc1 and hev1, whose profile, level and nal are HEVC's
  bool hevc() const { return entry.starts_with("h"); }
  int width = 540, height = 960, profile = 100, level = 31;
  std::uint32_t turn = 0;  // the matrix's b
  int aspect = 1;          // pasp, across
  int primaries = 1;
  bool parameter_sets = true;
  int channels = 2, object_type = 2;
  std::optional<std::uint32_t> edit;  // media time
  std::optional<std::string> scheme;  // makes it encrypted
  bool sample_boxes = true;           // senc, saiz and saio, if encrypted
  std::uint32_t pattern = 0x19;       // crypt and skip
  int nal = 5;                        // of the key frames' slices
  bool sync_first = true;
  int shift = 0;  // ticks by which everything is shown late
  bool leading = false;
  std::int64_t start = 0;  // tfdt of the first
  std::int64_t gap_before_last = 0;
  std::uint32_t odd_ticks = 0;  // of each fragment's last frame, if not 0

  std::string init() const;
  std::string segment(std::size_t index) const;
  double seconds(std::size_t index) const;  // that it plays, without what the edit list skips
  // The first key frame's range in each fragment: offset, length and seconds.
  struct Range {
    std::size_t offset, length;
    double seconds;
  };
  std::vector<Range> ranges(std::size_t index) const;

 private:
  std::string sample_entry() const;
  std::string fragment(std::int64_t time, int frames) const;
};

using Files = std::map<std::string, std::string>;

struct Made {
  Made();
  Track big, small, sound;
  std::string key;  // an EXT-X-KEY line for all playlists
  Delivery delivery;
  Files files() const;
};

// Serves files; `delivery` as it is, with the type that goes with each name.
class MadeSource : public Source {
 public:
  explicit MadeSource(Files files, std::optional<Delivery> delivery = std::nullopt)
      : files_(std::move(files)), delivery_(std::move(delivery)) {}
  Result<Document> get(const std::string& uri, std::int64_t most) override;
  Result<Document> read(const std::string& uri, std::int64_t offset, std::int64_t length) override;
  int reads = 0;
  std::int64_t bytes = 0;

 private:
  std::optional<Delivery> delivery_for(const std::string& uri) const;
  Files files_;
  std::optional<Delivery> delivery_;
};

}  // namespace cliffhanger::conformance::made
