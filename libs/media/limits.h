#pragma once
// Bounds of what cliffhanger-media takes and says. Both sides of the pipe use them.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::media::limits {

inline constexpr std::size_t kMaxJobBytes = 64 * 1024;    // the job's line
inline constexpr std::size_t kMaxEventBytes = 64 * 1024;  // one event's line
inline constexpr std::size_t kMaxStderrBytes =
    16 * 1024;                                         // the first of what the child says on stderr is kept
inline constexpr std::size_t kMaxMessageBytes = 1024;  // of an error or a warning

inline constexpr std::int64_t kMaxDurationMs = 60 * 60 * 1000;  // of a source, unless the job says less
inline constexpr int kMaxSide = 8192;                           // pixels of a source, either way
inline constexpr std::int64_t kMaxPixels = 7680LL * 4320;       // of one source frame
inline constexpr std::int64_t kMaxSourceBytes = 1LL << 40;  // said of one whose rest is still to come
inline constexpr std::int64_t kMaxSourceFrames = 1'000'000;     // video packets of a source

inline constexpr std::int64_t kMaxWords = 50'000;  // of what is said in an episode
inline constexpr std::size_t kMaxWordBytes = 42;

// Text in the pictures: cues of one job, bytes of one cue. The job's line bounds them together.
inline constexpr std::size_t kMaxBurnCues = 256;
inline constexpr std::size_t kMaxBurnBytes = 4096;

inline constexpr int kMaxDecodeThreads = 4;
inline constexpr int kMaxRungs = 8;
// Files of one job, all open at once: four rungs of an hour, or eight of half. The child needs so many
// descriptors and a few more.
inline constexpr std::int64_t kMaxOutputs = 4096;
inline constexpr std::size_t kMaxRungName = 32;  // [a-z0-9-]: a part of file names
inline constexpr int kMinRungSide = 16;
inline constexpr int kMaxRungSide = 4096;
// Sheets of thumbnails: at most so many thumbnails either way in one, of at most so many pixels either way.
inline constexpr int kMaxSheetThumbs = 10;
inline constexpr int kMinThumbSide = 2;
inline constexpr int kMaxThumbSide = 512;
inline constexpr int kMaxCrf = 51;
// An analysis: at most so many factors, samples, and pictures in a sample.
inline constexpr std::size_t kMaxTrials = 4;
inline constexpr std::size_t kMaxSamples = 16;
inline constexpr std::int64_t kMaxSampleFrames = 60;
inline constexpr int kMaxRateKbps = 100'000;
inline constexpr std::int64_t kMaxFrames = 60LL * 60 * 60;  // output frames: an hour at 60 a second
inline constexpr int kMaxFrameRate = 60;
inline constexpr int kMinFrameRate = 5;

static_assert(kMaxRungSide <= kMaxSide);
static_assert(kMaxSheetThumbs * kMaxThumbSide <= kMaxSide);
static_assert(kMaxFrames >= kMaxDurationMs / 1000 * kMaxFrameRate);

}  // namespace cliffhanger::media::limits
