#pragma once
#include "libs/config/settings.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

struct Config {
  Policy policy;

  static Config read(config::Settings& settings) {
    const auto hours = [&](const char* name, std::int64_t fallback, const char* meaning) {
      return Duration(std::chrono::hours(settings.number(name, fallback, 1, 24 * 365, meaning)));
    };
    Config c;
    c.policy.half_life = hours("CLIFFHANGER_RECOMMENDATION_HALF_LIFE_HOURS", 72,
                               "popularity loses half its worth in this time");
    c.policy.skip_half_life = hours("CLIFFHANGER_RECOMMENDATION_SKIP_HALF_LIFE_HOURS", 24,
                                    "the penalty for skipping loses half its worth in this time");
    c.policy.new_for =
        hours("CLIFFHANGER_RECOMMENDATION_NEW_HOURS", 24 * 14, "how long a series counts as new");
    c.policy.explore_every =
        static_cast<int>(settings.number("CLIFFHANGER_RECOMMENDATION_EXPLORE_EVERY", 5, 2, 100,
                                         "each so-manieth place of a feed is kept for new series"));
    return c;
  }
};

}  // namespace cliffhanger::recommendation
