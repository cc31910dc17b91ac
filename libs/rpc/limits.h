#pragma once
// Every bound of the gRPC layer, with its unit in its name or comment.
#include <chrono>
#include <cstddef>

namespace cliffhanger::rpc {

inline constexpr std::size_t kMaxMessageBytes = 4 << 20;
inline constexpr std::size_t kMaxMetadataBytes = 16 << 10;
inline constexpr std::size_t kMaxErrorDetailBytes = 6 << 10;  // travels in metadata, encoded in base64
inline constexpr std::size_t kMaxFaults = 50;  // reported of one request; the rest are left out
inline constexpr int kMaxMessageDepth = 32;    // of nested messages that are validated
inline constexpr std::size_t kMaxTokenBytes = 2048;
inline constexpr std::size_t kKnownTokens = 2048;  // access tokens that are remembered as good, at least; twice as many at most
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 128;

inline constexpr int kMaxStreams = 1024;                      // calls at once over one connection
inline constexpr auto kKeepalive = std::chrono::seconds(20);  // between pings of a connection that has calls

inline constexpr auto kDefaultServerDeadline = std::chrono::seconds(10);
inline constexpr auto kDefaultClientDeadline = std::chrono::seconds(5);
inline constexpr auto kServiceTokenLife = std::chrono::seconds(60);
inline constexpr auto kClockSkew = std::chrono::seconds(5);  // that tokens are forgiven, between machines

inline constexpr std::size_t kDefaultPoolThreads = 8;
inline constexpr std::size_t kDefaultPoolQueue = 256;  // waiting calls
inline constexpr auto kBusyRetryAfter = std::chrono::milliseconds(500);

inline constexpr int kMaxAttempts = 3;
inline constexpr auto kFirstBackoff =
    std::chrono::milliseconds(50);           // doubled each time, then jittered by half
inline constexpr int kRetryBudget = 20;      // retries a channel may have on account
inline constexpr double kRetryRefill = 0.1;  // of a retry, earned by each call that succeeds
inline constexpr int kLateToOpen = 10;                               // calls in a row; see breaker.h
inline constexpr auto kLateAfter = std::chrono::milliseconds(1000);  // that a call must have had to count as late
inline constexpr auto kProbeEvery = std::chrono::milliseconds(500);  // while a circuit is open
inline constexpr auto kMaxReconnectBackoff = std::chrono::milliseconds(1000);

static_assert(kMaxErrorDetailBytes * 4 / 3 < kMaxMetadataBytes);
static_assert(kDefaultClientDeadline <= kDefaultServerDeadline);

}  // namespace cliffhanger::rpc
