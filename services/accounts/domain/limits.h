#pragma once
// Every bound of accounts, with its unit in its name or comment.
#include <chrono>
#include <cstddef>

namespace cliffhanger::accounts {

inline constexpr auto kAccessTokenLife = std::chrono::minutes(15);
inline constexpr auto kRefreshTokenLife = std::chrono::days(30);  // from each refresh on
// A client whose answer was lost asks again with the same refresh token; for so long it gets the same
// successor.
inline constexpr auto kRefreshGrace = std::chrono::seconds(10);
inline constexpr int kMaxSessions = 20;  // live ones of one account; a new one ends the oldest
inline constexpr std::size_t kSecretBytes = 32;
inline constexpr std::size_t kMaxRefreshTokenChars = 64;  // ours have 43
inline constexpr std::size_t kMinPasswordBytes = 8;  // the contract counts characters; bytes are never fewer

inline constexpr int kSweepRows = 500;  // deleted at once
inline constexpr auto kSweepEvery = std::chrono::minutes(5);
inline constexpr auto kKeyUsesEvery =
    std::chrono::seconds(5);  // uses of API keys are written; a kill loses those since

// Erasures: when services look again for what old access tokens left, when those that have not confirmed are
// told again, and when an operator should look.
inline constexpr auto kSecondRound = kAccessTokenLife + std::chrono::minutes(2);
inline constexpr auto kTellAgain = std::chrono::hours(1);
inline constexpr auto kErasureOverdue = std::chrono::days(1);
inline constexpr auto kErasuresEvery = std::chrono::seconds(5);

static_assert(kSecondRound > kAccessTokenLife && kErasureOverdue > kSecondRound + kTellAgain);
static_assert(kRefreshGrace < kAccessTokenLife);
static_assert(kAccessTokenLife < kRefreshTokenLife);

}  // namespace cliffhanger::accounts
