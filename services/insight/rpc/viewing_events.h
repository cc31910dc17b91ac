#pragma once
#include "libs/bus/consumer.h"
#include "services/insight/domain/experiments.h"
#include "services/insight/rpc/creator_insight_rpc.h"
#include "services/insight/rpc/insight_rpc.h"

namespace cliffhanger::insight {

using OpenActivities = std::function<std::unique_ptr<Activities>(sql::Tx&, const Call&)>;

// Where news goes. The clock outlives the consumer.
struct Listening {
  OpenViewings viewings;
  OpenAudience audience;
  OpenActivities activities;
  const Clock& clock;
  OpenConsents consents = nullptr;  // empty: everybody allows analytics
  // Hears of each episode that is begun, before it is counted as done; nobody if empty.
  std::function<Result<void>(sql::Tx&, const Call&, const Film&, const UserId&)> begun = nullptr;
};

// What others tell: episodes (catalog), what was watched (playback), guests who signed in (accounts). Of who
// does not allow analytics nothing is kept.
void listen(bus::Consumer& consumer, const Listening& to);

}  // namespace cliffhanger::insight
