#pragma once
#include "services/recommendation/domain/ranker.h"
#include "services/recommendation/domain/ranking_file.h"

namespace cliffhanger::recommendation {

// A file's model, and what was learnt since: what a session with it is worth (rank::session_value) against a
// typical series.
class LearntRanker final : public Ranker {
 public:
  // `file` without its learner; `model` of that, or of what it became.
  LearntRanker(std::string version, RankingFile file, std::shared_ptr<const rank::RankingModel> model);
  const std::string& version() const override { return version_; }
  float value(const RankInput& input, const Catalogue& catalogue, At at) const override;

 private:
  std::string version_;
  double typical_, usual_duration_;
  std::unordered_map<SeriesId, float> durations_;
  std::shared_ptr<const rank::RankingModel> model_;
};

// `rank:<object>+<step>`.
std::string ranker_version(const Uuid& object, std::int64_t step);

}  // namespace cliffhanger::recommendation
