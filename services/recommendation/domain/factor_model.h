#pragma once
#include <string>
#include <unordered_map>

#include "libs/learn/fold_in.h"
#include "services/recommendation/domain/model_data.h"
#include "services/recommendation/domain/taste_model.h"

namespace cliffhanger::recommendation {

// What is looked at of a history that is longer, the most recent of it: folding in costs at most that times
// dimensions².
inline constexpr std::size_t kMostFolded = 1000;
// Of what was taken latest, for what comes next; a step further back counts kNextDecay of the one after it.
inline constexpr std::size_t kMostLatest = 20;
inline constexpr float kNextDecay = 0.7f;

// Answers from memory: all series are ranked exactly.
class FactorModel final : public TasteModel {
 public:
  FactorModel(std::string version, ModelData data);

  const std::string& version() const override { return version_; }
  std::vector<Scored> for_history(std::span<const Liking> history, std::size_t most) const override;
  std::vector<Scored> similar(SeriesId series, std::size_t most) const override;
  std::vector<Scored> next_after(std::span<const Liking> latest, std::size_t most) const override;

  const ModelData& data() const { return data_; }
  bool knows(SeriesId series) const { return index_.contains(series); }

 private:
  struct Known {
    std::vector<learn::Index> taken;
    std::vector<float> weights;
  };
  Known known(std::span<const Liking> history) const;

  const std::string version_;
  const ModelData data_;
  std::unordered_map<SeriesId, learn::Index> index_;
  learn::FoldIn fold_in_;
};

}  // namespace cliffhanger::recommendation
