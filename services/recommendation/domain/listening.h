#pragma once
#include "services/recommendation/domain/memory.h"

namespace cliffhanger::recommendation {

// What viewers do, as other services tell it. Lives for one event; what it is made of outlives it.
class Listening {
 public:
  Listening(Memory& memory, const Policy& policy, Time now) : memory_(memory), policy_(policy), now_(now) {}

  // `region`: where they began it, if that is known.
  Result<void> watched(UserId user, SeriesId series, EpisodeId episode, Watch what,
                       const std::string& region = "");
  Result<void> reacted(UserId user, const SaidOf& what, bool set, std::int64_t version);

 private:
  Result<void> warm(SeriesId series, double gain);
  Memory& memory_;
  const Policy& policy_;
  Time now_;
};

}  // namespace cliffhanger::recommendation
