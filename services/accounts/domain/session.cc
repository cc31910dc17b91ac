#include "services/accounts/domain/session.h"

#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {

Verdict judge(const RefreshToken& token, Time now) {
  if (token.session_ended || now >= token.expires) return Verdict::kInvalid;
  if (!token.used) return Verdict::kRotate;
  const bool lost_answer = !token.successor_used && !token.salt.empty() && now < *token.used + kRefreshGrace;
  return lost_answer ? Verdict::kRepeat : Verdict::kReused;
}

}  // namespace cliffhanger::accounts
