#pragma once
#include <optional>
#include <string>
#include <unordered_map>

#include "libs/learn/fold_in.h"
#include "libs/learn/nearest.h"
#include "libs/learn/sieve.h"
#include "services/recommendation/domain/model_data.h"
#include "services/recommendation/domain/taste_model.h"

namespace cliffhanger::recommendation {

// What is looked at of a history that is longer, the most recent of it: folding in costs at most that times
// dimensions².
inline constexpr std::size_t kMostFolded = 1000;
// Of what was taken latest, for what comes next; a step further back counts kNextDecay of the one after it.
inline constexpr std::size_t kMostLatest = 20;
inline constexpr float kNextDecay = 0.7f;

// With a graph: what is asked for and taken together; beyond that all series are ranked.
inline constexpr std::size_t kMostNearest = 2000;

// Answers from memory. All series are ranked exactly, those that a sieve leaves by their whole products; with
// a graph of the nearest, those that it finds.
class FactorModel final : public TasteModel {
 public:
  // `nearest`, if not null, is over the first series of `data`; those behind are ranked one by one.
  FactorModel(std::string version, std::shared_ptr<const ModelData> data,
              std::shared_ptr<const learn::NearestItems> nearest = nullptr);
  FactorModel(std::string version, ModelData data)
      : FactorModel(std::move(version), std::make_shared<const ModelData>(std::move(data))) {}

  const std::string& version() const override { return version_; }
  std::vector<Scored> for_history(std::span<const Liking> history, std::size_t most) const override;
  std::vector<Scored> similar(SeriesId series, std::size_t most) const override;
  std::vector<Scored> next_after(std::span<const Liking> latest, std::size_t most) const override;

  const ModelData& data() const { return *data_; }
  const std::shared_ptr<const ModelData>& shared_data() const { return data_; }
  const std::shared_ptr<const learn::NearestItems>& nearest() const { return nearest_; }
  bool knows(SeriesId series) const { return index_.contains(series); }

 private:
  struct Known {
    std::vector<learn::Index> taken;
    std::vector<float> weights;
  };
  Known known(std::span<const Liking> history) const;
  // Ascending, what surely has the best for a viewer with these factors; with a graph, nearly so, and what is
  // newer than it.
  std::vector<learn::Index> contenders(const Eigen::VectorXf& viewer, std::size_t most) const;

  Eigen::VectorXf products(const std::vector<learn::Index>& items, const Eigen::VectorXf& viewer) const;

  const std::string version_;
  const std::shared_ptr<const ModelData> data_;
  const std::shared_ptr<const learn::NearestItems> nearest_;
  const std::optional<learn::Sieve> sieve_;  // none where a graph finds them
  std::unordered_map<SeriesId, learn::Index> index_;
  learn::FoldIn fold_in_;
};

}  // namespace cliffhanger::recommendation
