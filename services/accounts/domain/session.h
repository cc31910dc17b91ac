#pragma once
// A session is one sign-in on one device: a family of refresh tokens of which each replaces the one before.
#include <optional>
#include <string>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::accounts {

struct Session {
  SessionId id;
  UserId user;
  Time created;
  Time expires;  // of its newest refresh token
};

// A refresh token as it is kept: the token itself is known to the client alone.
struct RefreshToken {
  std::string digest;  // SHA-256 of the token, 32 bytes
  SessionId session;
  UserId user;
  Time expires;
  std::optional<Time> used;
  std::string salt;             // of a used one: with the token itself it gives the successor again
  bool successor_used = false;  // the token that followed it was used too
  bool session_ended = false;
};

enum class Verdict {
  kRotate,   // its first use: a successor takes its place
  kRepeat,   // the same request again, since the answer was lost: the same successor
  kReused,   // two parties hold it: nobody goes on with this session
  kInvalid,  // ended or expired
};

// What the use of a refresh token means. The second use is forgiven only within kRefreshGrace and only while
// nobody has used the successor, which shows that nobody may have got it.
Verdict judge(const RefreshToken& token, Time now);

}  // namespace cliffhanger::accounts
