#pragma once
// Every bound of the edge.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cliffhanger::edge {

constexpr auto kDoorDeadline = std::chrono::seconds(10);  // for everything that services do for one request

// Uploads: one buffer for each upload under way, and nothing else that grows with it.
constexpr std::size_t kUploadBuffer = 256 * 1024;
constexpr std::int64_t kPartBytes = 8 * 1024 * 1024;  // a part is committed when it has this size,
constexpr auto kPartAge = std::chrono::seconds(10);   // or when it began this long ago
constexpr std::size_t kMaxUploadsUnderWay = 256;      // in one process; more get 503
constexpr std::size_t kMaxUploadsOfOne = 16;          // of them of one person; more get 429
constexpr auto kHandOver = std::chrono::milliseconds(500);  // that an older writer gets before a newer one is told the offset
constexpr auto kHandOverStep = std::chrono::milliseconds(10);
constexpr int kHandOverAttempts = 5;
constexpr std::uint64_t kMaxUploadBody = 1ull << 40;  // ingest knows the real limit of each upload
constexpr std::size_t kMaxUploadMetadata = 4096;      // bytes of the field Upload-Metadata
static_assert(static_cast<std::int64_t>(kUploadBuffer) <= kPartBytes);

// HLS and covers.
constexpr std::int64_t kMaxIndexBytes = 8 * 1024 * 1024;  // of a revision's index: an hour with everything has 5
constexpr std::size_t kKeyThreads = 4;  // that wait for playback
constexpr std::size_t kMaxIndexMembers = 40'000;  // an hour in five rungs, captions in 32 languages and dubs in 16
constexpr std::size_t kIndexCacheBytes = 32 * 1024 * 1024;
constexpr auto kProvisionalAge =
    std::chrono::milliseconds(500);  // a provisional index is read again after this
constexpr auto kReadyAge = std::chrono::seconds(10);  // and a finished one, whose captions may change
constexpr std::int64_t kMaxPlaylistBytes = 1024 * 1024;
constexpr std::size_t kPlaylistCacheBytes = 16 * 1024 * 1024;
constexpr std::size_t kOpenFiles = 256;  // objects kept open for the next reader
constexpr std::uint64_t kMappedObject = 16 * 1024 * 1024;  // larger ones are not mapped, but read where they lie

// Takedowns: each takes about 100 bytes. More than these, within six hours, are forgotten: see UntilSet.
constexpr std::size_t kMostRevokedSessions = 500'000;
constexpr std::size_t kMostWithdrawnRevisions = 100'000;
constexpr auto kTakedownDeadline = std::chrono::seconds(2);  // for playback's answer

// Server-sent events.
constexpr std::size_t kMaxStreams = 1000;     // in one process; more get 503
constexpr std::size_t kMaxStreamsOfOne = 4;  // of them of one person; more get 429

// Start packs.
constexpr std::size_t kMaxPackRequest = 16 * 1024;  // bytes of a body that asks for one
constexpr int kPackEpisodes = 3;                    // where nothing is said
constexpr int kPackSegments = 2;                    // of each, likewise
constexpr std::int64_t kPackBytes = 4 * 1024 * 1024;
constexpr std::int64_t kMostCmcdValue = 100'000'000;  // kilobits a second, or milliseconds; more is no measurement
constexpr std::size_t kMaxPacks = 64;                 // being made or sent by one process, each with up to 60 open files; more get 503
constexpr std::size_t kMaxPacksOfOne = 2;             // of them of one person; more get 429

// Web pages, held in memory.
constexpr std::size_t kMaxPageFiles = 2000;
constexpr std::size_t kMaxPageBytes = 64 * 1024 * 1024;

// REST.
constexpr std::uint64_t kMaxRestBody = 1024 * 1024;
// Of the calls that a process has under way at once (CLIFFHANGER_EDGE_CALLS), how many there may be for one more of a priority to be
// taken. What viewers need to play comes first, then what they look at, then uploads, then the back office.
constexpr double kFeedShare = 0.8;
constexpr double kUploadsShare = 0.6;
constexpr double kBackOfficeShare = 0.4;
constexpr auto kOverloadedRetry = std::chrono::seconds(1);

// Rate limits.
constexpr std::size_t kLocalBuckets = 10'000;                  // while Redis is away
constexpr auto kRedisPause = std::chrono::milliseconds(1000);  // without Redis after it failed
// Of the general limit:
constexpr double kSensitiveShare = 0.1;  // for RATE_SENSITIVE rpcs, all together
constexpr double kOpenShare = 0.2;       // for each other rpc that needs no token, such as CreateGuest
constexpr double kPackShare = 0.1;       // for start packs, which may have ten sessions each
constexpr double kUploadShare = 10;      // for the pieces of uploads: small ones in quick succession are fine

}  // namespace cliffhanger::edge
