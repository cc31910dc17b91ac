#pragma once
// Every bound of uploads.
#include <chrono>
#include <cstdint>

namespace cliffhanger::ingest {

inline constexpr std::int64_t kMostPartBytes = 64 << 20;         // the edge makes parts of 8 MiB
inline constexpr std::int64_t kMostParts = 100'000;              // of one upload: 25 GB in pieces of 256 KiB
inline constexpr std::int64_t kMostOpenUploads = 500;            // a creator's uploads that still receive
inline constexpr auto kExpiresAfter = std::chrono::hours(24);    // without a byte
inline constexpr std::int64_t kHeadWorth = 2;                    // files are so many times their beginning, or nothing starts early
inline constexpr int kHeadAttempts = 3;
inline constexpr int kHeadYields = 10;                           // steps of nice(2), to files that are whole
inline constexpr int kVerifyAttempts = 5;
inline constexpr auto kVerifyLease = std::chrono::seconds(8);      // extended every quarter while its worker lives
inline constexpr auto kEnvironmentDelay = std::chrono::milliseconds(2000);  // before a task is tried again that the house failed
inline constexpr auto kProbeDeadline = std::chrono::seconds(60);
inline constexpr std::int64_t kImportPart = 8 << 20;                // bytes of a part of an import
inline constexpr auto kImportPartAge = std::chrono::seconds(5);     // after which a smaller one is committed
inline constexpr auto kImportLease = std::chrono::seconds(8);
inline constexpr auto kImportBeat = std::chrono::milliseconds(1000);  // between beats: within one a cancelled import stops
inline constexpr int kImportDeaths = 20;                              // of workers, at one import
inline constexpr int kImportFailures = 8;                             // in a row, of which none got further by
inline constexpr std::int64_t kImportProgress = 64 << 10;             // so many bytes
inline constexpr std::int64_t kImportSlowProgress = 2 << 20;          // or, if it stalled, so many: more than too slow a server sends in its two minutes
inline constexpr auto kImportBackoff = std::chrono::seconds(1);       // after the first of them; doubles
inline constexpr auto kImportMostBackoff = std::chrono::seconds(60);
inline constexpr auto kImportYield = std::chrono::seconds(5);        // for so long another creator waits before one with more imports gives way
inline constexpr auto kImportTurn = std::chrono::minutes(5);         // and so long an import runs before one with as many gives way
inline constexpr auto kImportEnvironmentDelay = std::chrono::seconds(10);  // where the house failed
inline constexpr std::int64_t kCopyPiece = 1 << 18;              // bytes read and hashed at a time: they stay in the cache

static_assert(kImportPart <= kMostPartBytes);
static_assert(kImportBeat * 4 <= kImportLease);

}  // namespace cliffhanger::ingest
