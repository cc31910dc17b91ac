#pragma once
#include <optional>

#include "libs/arms/source.h"
#include "services/recommendation/domain/ranking.h"

namespace cliffhanger::recommendation {

// Experiments on how the feed ranks. Safe from many threads.
class FeedArms {
 public:
  // Both outlive it.
  FeedArms(const arms::Arms& arms, arms::Exposures& exposures) : arms_(arms), exposures_(exposures) {}

  struct Chosen {
    std::optional<arms::Arm> arm;  // none: the viewer is in no such experiment
    Ranking ranking;
  };
  // How the feed of the call's person, who is in `region`, ranks; as `base` says where nothing else is known
  // in time.
  Chosen of(const Call& call, const std::string& region, const Policy& base) const;
  // A page that was ranked so was given to the call's person.
  void shown(const Call& call, const Chosen& chosen) const;

 private:
  const arms::Arms& arms_;
  arms::Exposures& exposures_;
};

// As the log of decisions names it: experiment=variation.
std::string logged(const std::string& experiment, const std::string& variation);

}  // namespace cliffhanger::recommendation
