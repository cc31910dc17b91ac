#pragma once
// Common Media Client Data (CTA-5004): what a player says of itself with a request, in a query parameter or
// four header fields.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::cmcd {

inline constexpr std::string_view kQueryParameter = "CMCD";
inline constexpr std::string_view kHeaders[] = {"CMCD-Object", "CMCD-Request", "CMCD-Session", "CMCD-Status"};

inline constexpr std::size_t kMostBytes = 4096;  // of a payload
inline constexpr std::size_t kMostPairs = 64;    // keys of others included
inline constexpr std::size_t kMostIdBytes = 64;  // of cid and sid, as the specification has it
inline constexpr std::size_t kMostText = 1024;   // of nor and nrr
inline constexpr std::int64_t kMostNumber =
    100'000'000;  // kilobits a second, or milliseconds; more is no measurement

enum class Object { kUnsaid, kManifest, kAudio, kVideo, kMuxed, kInit, kCaption, kTimedText, kKey, kOther };
enum class Format { kUnsaid, kDash, kHls, kSmooth, kOther };
enum class Stream { kUnsaid, kOnDemand, kLive };

// The reserved keys, under their names. Absent: not said. Rates are in kilobits a second, times in
// milliseconds.
struct Cmcd {
  std::optional<std::int64_t> br;   // encoded bitrate of the object
  std::optional<std::int64_t> bl;   // buffer length
  std::optional<std::int64_t> d;    // duration of the object
  std::optional<std::int64_t> dl;   // deadline: until the buffer is empty
  std::optional<std::int64_t> mtp;  // measured throughput
  std::optional<std::int64_t> rtp;  // requested maximum throughput
  std::optional<std::int64_t> tb;   // the highest bitrate that there is
  std::optional<std::int64_t> v;    // version of the keys; 1 where it is not said
  std::optional<double> pr;         // playback rate: 0 stands still, 1 is real time
  bool bs = false;                  // the buffer ran empty since the request before
  bool su = false;                  // start-up, a seek or an empty buffer: wanted urgently
  Object ot = Object::kUnsaid;
  Format sf = Format::kUnsaid;
  Stream st = Stream::kUnsaid;
  std::string cid, sid;  // of the content and of the session
  std::string nor, nrr;  // the next object, a relative URL, and the next range, as they were sent
};

// Adds the pairs of one payload to `out`: the decoded value of the query parameter, or one header field. Keys
// of others and of later versions are passed over. Fails with BAD_CMCD for what breaks the syntax or a bound,
// a reserved key whose value is of another type, and a key that came before; `out` is then of no use.
Result<void> add(std::string_view payload, Cmcd& out);

// One payload alone.
Result<Cmcd> parse(std::string_view payload);

}  // namespace cliffhanger::cmcd
