#pragma once
#include "libs/config/settings.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

struct Config {
  Policy policy;
  Duration train_every{0};
  int train_threads = 0, dimensions = 0, keep_models = 0;
  std::int64_t decision_days = 30;

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
    c.policy.trend_half_life = hours("CLIFFHANGER_RECOMMENDATION_TREND_HALF_LIFE_HOURS", 6,
                                     "what is popular just now loses half its worth in this time");
    c.policy.slotting.explore_every =
        static_cast<int>(settings.number("CLIFFHANGER_RECOMMENDATION_EXPLORE_EVERY", 5, 2, 100,
                                         "each so-manieth place of a feed is kept for new series"));
    c.train_every =
        std::chrono::hours(settings.number("CLIFFHANGER_RECOMMENDATION_TRAIN_EVERY_HOURS", 24, 0, 24 * 365,
                                           "how often a model is trained; 0: when an operator asks"));
    c.train_threads = static_cast<int>(settings.number("CLIFFHANGER_RECOMMENDATION_TRAIN_THREADS", 1, 1, 64,
                                                       "threads of a training; they give way to the rest"));
    c.dimensions = static_cast<int>(settings.number("CLIFFHANGER_RECOMMENDATION_DIMENSIONS", 128, 2, 1024,
                                                    "numbers that a model keeps of each series' taste"));
    c.keep_models = static_cast<int>(settings.number("CLIFFHANGER_RECOMMENDATION_KEEP_MODELS", 5, 1, 100,
                                                     "models that are kept to go back to"));
    c.decision_days = settings.number("CLIFFHANGER_RECOMMENDATION_DECISION_DAYS", 30, 1, 3650,
                                      "how long it is kept what a page was chosen from");
    return c;
  }
};

}  // namespace cliffhanger::recommendation
