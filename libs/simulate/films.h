#pragma once
// Real videos for the worlds to show: how long they are and what they are about.
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::simulate {

struct Film {
  double seconds = 0;
  int topic = 0;  // 0 … kTopics − 1
};

inline constexpr int kTopics = 20;

// From a CSV of the KuaiRand data set (video_features_basic_*.csv: Gao et al. 2022) whose columns
// `video_duration` (milliseconds) and `tag` are used: durations from 3 to 600 s, the first tag of each. The
// most frequent tags are the topics, what is left shares the last. Fails with NOT_FOUND (NO_FILE) and
// INVALID_ARGUMENT (BAD_FILE).
Result<std::vector<Film>> read_films(const std::string& path);

}  // namespace cliffhanger::simulate
