#include "services/accounts/domain/erasure.h"

#include <algorithm>

#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {

NextStep next_step(const Erasure& erasure, Time now) {
  if (erasure.done) return NextStep::kWait;
  if (!waiting_for(erasure).empty())
    return now - erasure.told >= kTellAgain ? NextStep::kTellAgain : NextStep::kWait;
  if (erasure.round > 1) return NextStep::kFinish;
  return now - erasure.asked >= kSecondRound ? NextStep::kSecondRound : NextStep::kWait;
}

std::vector<std::string> waiting_for(const Erasure& erasure) {
  std::vector<std::string> out;
  if (erasure.done) return out;
  std::ranges::copy_if(kKeepers, std::back_inserter(out), [&](const char* service) {
    return std::ranges::find(erasure.confirmed, service) == erasure.confirmed.end();
  });
  return out;
}

bool overdue(const Erasure& erasure, Time now) {
  return !erasure.done && now - erasure.asked >= kErasureOverdue;
}

}  // namespace cliffhanger::accounts
