#pragma once
// A model that ranks, as a file: immutable bytes with a checksum, by libs/rank's writer.
#include <map>
#include <string>
#include <string_view>

#include "libs/rank/ranking_model.h"
#include "services/recommendation/domain/decision.h"

namespace cliffhanger::recommendation {

struct RankingFile {
  Time trained{};
  DecisionId upto;             // the last decision that it learnt from
  double typical = 1;          // seconds of watching: session value of a shown series on average; above 0
  double usual_duration = 90;  // seconds of an episode
  std::map<SeriesId, float> durations;
  std::string learner;  // rank::RankingLearner::encode()
};

std::string to_file(const RankingFile& file);
// Believes nothing of the bytes but the learner's, which RankingLearner::decode() looks at. Fails with
// BAD_MODEL.
Result<RankingFile> ranking_from_file(std::string_view bytes);

}  // namespace cliffhanger::recommendation
