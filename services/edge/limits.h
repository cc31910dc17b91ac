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

constexpr std::size_t kSpareDescriptors = 2048;  // that connections never take: files, parts, services

// HLS and covers.
constexpr std::int64_t kMaxIndexBytes = 8 * 1024 * 1024;  // of a revision's index: an hour with everything has 5
constexpr std::size_t kKeyThreads = 4;  // that wait for playback
constexpr std::size_t kMaxIndexMembers = 40'000;  // an hour in five rungs, captions in 32 languages and dubs in 16
constexpr std::size_t kIndexCacheBytes = 32 * 1024 * 1024;
constexpr std::size_t kIndexShards = 2;          // so that the largest fits into one
constexpr std::size_t kIndexBytes = 32 * 1024;   // of one, about
constexpr std::size_t kPlaylistBytes = 4 * 1024;  // of one in its codings, about
constexpr std::size_t kEntryBytes = 256;          // of what a cache keeps beside a value
constexpr std::size_t kCacheShards = 4, kOpenFileShards = 4;
// What one value may cost in a cache of so many bytes (see cache.h).
constexpr std::size_t most_cost(std::size_t bytes, std::size_t shards) {
  return bytes / shards - bytes / shards / 100;
}
static_assert(kMaxIndexBytes + kEntryBytes <= most_cost(kIndexCacheBytes, kIndexShards));
// How old what is read again may be (RFC 5861, inside the process): until `fresh` it is given out as it is; until `stale` as it is while it
// is read again behind the answer; until `error` only where it can't be read again, or not within the patience. A list of a finished revision changes when its captions do, and is
// good for as long as a token where the store is away; what grows is wanted as it is now.
struct Ages {
  std::chrono::microseconds fresh, stale, error;  // each from the reading on
};
constexpr Ages kReadyIndex{std::chrono::seconds(10), std::chrono::seconds(30), std::chrono::hours(6)};
constexpr Ages kProvisionalIndex{std::chrono::milliseconds(500), std::chrono::milliseconds(1000), std::chrono::seconds(10)};
constexpr Ages kGrowingText{std::chrono::milliseconds(250), std::chrono::milliseconds(500), std::chrono::seconds(10)};
constexpr auto kPatience = std::chrono::milliseconds(500);  // for the store, by who could have what was read before
constexpr std::size_t kHintCacheBytes = 4 * 1024 * 1024;
constexpr std::size_t kHintBytes = 512;  // of one, about
// What a cache of others may do with playlists (decision 0028). A revision that is withdrawn is refused within ten seconds, so a playlist
// is given out for no longer than that minus the two until an edge knows: seven seconds here, and one for its way.
constexpr char kReadyCaching[] = "private, max-age=60, stale-while-revalidate=60, stale-if-error=600";
constexpr char kReadyCdnCaching[] = "public, max-age=4, stale-while-revalidate=3, stale-if-error=60";
constexpr char kProvisionalCaching[] = "private, max-age=1, stale-while-revalidate=1, stale-if-error=10";
constexpr char kProvisionalCdnCaching[] = "public, max-age=1, stale-while-revalidate=1, stale-if-error=10";
constexpr std::int64_t kMaxPlaylistBytes = 1024 * 1024;
constexpr std::size_t kPlaylistCacheBytes = 16 * 1024 * 1024;
constexpr std::size_t kGrowingCacheBytes = 4 * 1024 * 1024;
constexpr std::size_t kGrowingShards = 1;  // so that the largest fits into one, in all its codings
static_assert(3 * kMaxPlaylistBytes + kEntryBytes <= most_cost(kPlaylistCacheBytes, kCacheShards));
static_assert(3 * kMaxPlaylistBytes + kEntryBytes <= most_cost(kGrowingCacheBytes, kGrowingShards));
constexpr std::size_t kOpenFiles = 256;  // objects kept open for the next reader
constexpr std::uint64_t kMappedObject = 16 * 1024 * 1024;  // larger ones are not mapped, but read where they lie

// Compression. What is kept is compressed once, and brotli above 5 costs several times as much for hardly fewer bytes (decision 0028).
constexpr int kGzipLevel = 6, kBrotliQuality = 5;
constexpr int kFastGzipLevel = 4, kFastBrotliQuality = 4;  // for answers of REST, each made for one request
constexpr int kBrotliWindowBits = 18;                       // 256 KiB: bounds the memory of who compresses and of who reads
constexpr std::size_t kLeastCompressed = 1024;              // bytes of such an answer: less fits into a packet anyway,
constexpr std::size_t kMostCompressed = 256 * 1024;         // and more would keep a thread's other connections waiting

// Takedowns: each takes about 100 bytes. More than these, within six hours, are forgotten: see UntilSet.
constexpr std::size_t kMostRevokedSessions = 500'000;
constexpr std::size_t kMostWithdrawnRevisions = 100'000;
constexpr auto kTakedownDeadline = std::chrono::seconds(2);  // for playback's answer

constexpr auto kCertificateLook = std::chrono::seconds(5);  // whether the files of the TLS certificate are others

// API keys: what accounts said of one is believed for so long, and refused everywhere within ten seconds of its end.
constexpr auto kApiKeyFresh = std::chrono::seconds(5);
constexpr auto kApiKeyPatience = std::chrono::seconds(2);  // for accounts' answer
constexpr std::size_t kKnownApiKeys = 5000;                // twice as many, of about 1 KiB each, at the most
constexpr std::size_t kMostApiKeyBytes = 64;               // ours have 47
constexpr std::size_t kApiKeyThreads = 4;                  // that wait for accounts
static_assert(kApiKeyFresh + kApiKeyPatience < std::chrono::seconds(10));

// Server-sent events.
constexpr std::size_t kMaxStreams = 1000;     // in one process; more get 503
constexpr std::size_t kMaxStreamsOfOne = 4;  // of them of one person; more get 429

// What players say with requests for media, on its way to insight.
constexpr auto kReportEvery = std::chrono::seconds(1);
constexpr auto kReportDeadline = std::chrono::seconds(2);  // for insight's answer
constexpr std::size_t kMostNoted = 8192;    // between two batches, about 300 bytes each; more are dropped and counted
constexpr int kReportBatch = 1000;          // of them in a batch, as the contract has it
constexpr std::size_t kMostBatches = 16;    // that wait for insight; then the oldest is dropped
constexpr std::size_t kReportNameBytes = 256, kReportEdgeBytes = 64;  // as the contract has them

// Start packs.
constexpr std::size_t kMaxPackRequest = 16 * 1024;  // bytes of a body that asks for one
constexpr int kPackEpisodes = 3;                    // where nothing is said
constexpr int kPackSegments = 2;                    // of each, likewise
constexpr std::int64_t kPackBytes = 4 * 1024 * 1024;
constexpr std::size_t kMaxPacks = 64;                 // being made or sent by one process, each with up to 60 open files; more get 503
constexpr std::size_t kMaxPacksOfOne = 2;             // of them of one person; more get 429

// Web pages, held in memory.
constexpr std::size_t kMaxPageFiles = 2000;
constexpr std::size_t kMaxPageBytes = 64 * 1024 * 1024;

// REST.
constexpr std::uint64_t kMaxRestBody = 1024 * 1024;
constexpr auto kRestBodyTime = std::chrono::seconds(30);  // for a body to arrive; later ones get 408
// A body lies in memory until it is whole. Those that may be larger than kSmallRestBody need one of these places.
constexpr std::uint64_t kSmallRestBody = 16 * 1024;
constexpr std::size_t kMaxLargeBodies = 64;      // in one process; more get 503
constexpr std::size_t kMaxLargeBodiesOfOne = 8;  // of them of one person; more get 429
// Of the calls that a process has under way at once (CLIFFHANGER_EDGE_CALLS), how many there may be for one more of a priority to be
// taken. What viewers need to play comes first, then what they look at, then uploads, then the back office.
constexpr double kFeedShare = 0.8;
constexpr double kUploadsShare = 0.6;
constexpr double kBackOfficeShare = 0.4;
constexpr auto kOverloadedRetry = std::chrono::seconds(1);

// Rate limits.
constexpr std::size_t kLocalBuckets = 10'000;                  // while Redis is away
constexpr auto kRedisPause = std::chrono::milliseconds(1000);  // without Redis after it failed
constexpr auto kRedisPatience = std::chrono::milliseconds(250);  // for its answer: a slow one is as good as none
// Of the general limit, which is that of a key (a sign-in), and of an address without a token:
constexpr double kAccountShare = 2;   // for all sign-ins of one account
constexpr double kAddressShare = 10;  // for all accounts behind one address
// And of each of these, by what is asked for:
constexpr double kSensitiveShare = 0.1;  // for RATE_SENSITIVE rpcs, all together
constexpr double kOpenShare = 0.2;       // for each other rpc that needs no token, such as CreateGuest
constexpr double kPackShare = 0.1;       // for start packs, which may have ten sessions each
constexpr double kUploadShare = 10;      // for the pieces of uploads: small ones in quick succession are fine

}  // namespace cliffhanger::edge
