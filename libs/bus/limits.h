#pragma once
// Every bound of the event bus.
#include <chrono>

namespace cliffhanger::bus {

using namespace std::chrono_literals;

inline constexpr int kRelayBatch = 200;               // rows a transaction
inline constexpr auto kRelayIdle = 1000ms;            // between looks when nobody wakes the relay
inline constexpr auto kRelaySoon = 10ms;              // after news of which nothing could be published; doubles up to that
inline constexpr auto kRelayBackoff = 500ms;          // after a failure
inline constexpr int kOutboxHours = 24;               // rows stay, so that a lost Redis can be filled again
inline constexpr int kConsumedHours = 72;             // ids are remembered; longer than rows can come again
inline constexpr int kIdempotencyHours = 24;          // answers are kept
inline constexpr int kEndedWorkHours = 72;            // finished tasks are kept
inline constexpr auto kCleanEvery = 10min;
inline constexpr int kCleanBatch = 2000;              // rows removed or marked in one statement
inline constexpr int kMostCleanTurns = 50;            // of each table, in one cleaning
inline constexpr int kStreamEntries = 200'000;        // a stream is cut about there
inline constexpr int kReadBatch = 32;
inline constexpr auto kReadBlock = 1000ms;            // a read waits for news
inline constexpr int kMostAttempts = 8;               // before an event is put aside; away databases don't count
inline constexpr auto kFirstRetry = 100ms;            // doubled each time
inline constexpr auto kLongestRetry = 5000ms;
inline constexpr auto kClaimIdle = 60s;               // another consumer's events are taken over after that

static_assert(kConsumedHours > 2 * kOutboxHours);

}  // namespace cliffhanger::bus
