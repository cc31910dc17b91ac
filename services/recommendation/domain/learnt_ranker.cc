#include "services/recommendation/domain/learnt_ranker.h"

namespace cliffhanger::recommendation {

LearntRanker::LearntRanker(std::string version, RankingFile file,
                           std::shared_ptr<const rank::RankingModel> model)
    : version_(std::move(version)),
      typical_(file.typical),
      usual_duration_(file.usual_duration),
      durations_(file.durations.begin(), file.durations.end()),
      model_(std::move(model)) {}

float LearntRanker::value(const RankInput& input, const Catalogue& catalogue, At at) const {
  const auto& entry = catalogue[at];
  std::array<std::uint64_t, kTagsOfSeries + 1> tags{};
  std::size_t count = 0;
  for (const TagAt tag : entry.tags()) tags[count++] = trait_of(catalogue.tag_name(tag));
  const auto features = features_of(input, entry.id, entry.owner, std::span(tags).first(count), 0);
  const auto found = durations_.find(entry.id);
  const double worth = rank::session_value(
      model_->predict(features, found == durations_.end() ? usual_duration_ : found->second), {});
  return static_cast<float>(worth / (worth + typical_));
}

std::string ranker_version(const Uuid& object, std::int64_t step) {
  return "rank:" + object.text() + "+" + std::to_string(step);
}

}  // namespace cliffhanger::recommendation
