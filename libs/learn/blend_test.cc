#include "libs/learn/blend.h"

#include <gtest/gtest.h>

#include "libs/learn/neighbours.h"
#include "libs/learn/popularity.h"
#include "libs/learn/test_data.h"
#include "libs/learn/tune.h"

namespace cliffhanger::learn {
namespace {

// Scores that are the same for everybody.
class Fixed final : public Model {
 public:
  explicit Fixed(Eigen::RowVectorXf scores) : scores_(std::move(scores)) {}
  void score(const History&, Index, Scores& out) const override { out.rowwise() = scores_; }

 private:
  Eigen::RowVectorXf scores_;
};

std::shared_ptr<const Model> fixed(std::initializer_list<float> scores) {
  Eigen::RowVectorXf row(static_cast<Eigen::Index>(scores.size()));
  std::copy(scores.begin(), scores.end(), row.data());
  return std::make_shared<const Fixed>(row);
}

TEST(Blend, BringsPartsToOneScale) {
  // The first part's numbers are a thousand times larger and mean no more for that.
  const Blend blend({{fixed({0, 1000, 0, 500}), 1}, {fixed({0, 0, 1, 0.5}), 1.01}});
  const auto scores = scores_of(blend, history_of(4, {{}}));
  EXPECT_NEAR(scores(0, 1), scores(0, 2), 0.05);
  EXPECT_NEAR(scores.row(0).mean(), 0, 1e-5);
}

TEST(Blend, WhatWasTakenDoesNotSetTheScale) {
  const Blend blend({{fixed({1e6f, 1, 0, 0}), 1}});
  const auto scores = scores_of(blend, history_of(4, {{0}}));
  EXPECT_NEAR(scores(0, 1), std::sqrt(2.0), 1e-3);
}

TEST(Blend, WeightsFindTheGoodModelAndLeaveOutTheBad) {
  Cut cut;
  cut.fit = history_of(4, {{0}, {0}, {0}});
  cut.held = history_of(4, {{1}, {1}, {2}});
  const auto got =
      learn_weights({{{fixed({0, 3, 2, 1}), fixed({0, 1, 2, 3})}, &cut}}, {"ndcg", 2, true, 1, 10});
  EXPECT_GT(got.weights[0], 0);
  EXPECT_EQ(got.weights[1], 0);
  EXPECT_NEAR(got.value, (1 + 1 + 1 / std::log2(3)) / 3, 1e-6);
}

TEST(Blend, IsNeverBelowItsBestPartOnValidation) {
  const Cut cut = cut_random(two_tastes(80), 0.3, 1);
  std::vector<std::shared_ptr<const Model>> models = {*Popularity().fit(cut.fit, {}, {}),
                                                      *Neighbours().fit(cut.fit, {}, {})};
  const auto got = learn_weights({{models, &cut}}, {"ndcg", 5, true, 2, 20});
  for (const auto& model : models)
    EXPECT_GE(got.value + 1e-9, evaluate(*model, cut.fit, cut.held, RankingOptions{{5}}).at.at(5).ndcg);
}

TEST(Tune, ClimbsToTheBestOfAnAxis) {
  // Value by parameter: the model finds the held item only for x = 4.
  class Peak final : public Learner {
   public:
    std::string name() const override { return "peak"; }
    std::vector<Axis> axes(const History&) const override { return {{"x", {1, 2, 3, 4, 5}, 1}}; }
    std::size_t memory(const History&, const Parameters& p) const override {
      return p.at("x") > 4 ? 1u << 30 : 1;
    }
    Result<std::shared_ptr<const Model>> fit(const History&, const Parameters& p,
                                             const Resources&) const override {
      return fixed({0, static_cast<float>(4 - std::abs(4 - p.at("x"))), 2.5, 3.5});
    }
  };
  Cut cut{history_of(4, {{0}}), history_of(4, {{1}})};
  Tuning tuning;
  tuning.k = 3;
  tuning.memory_limit = 1u << 20;
  tuning.resources.resize(1);
  const auto got = tune(Peak(), {cut}, tuning, Budget(1e6));
  ASSERT_EQ(got.models.size(), 1u);
  EXPECT_EQ(got.parameters.at("x"), 4);
  EXPECT_EQ(got.value, 1);
  EXPECT_EQ(got.trials, 3);  // 2, 3, 4; 5 has no memory
  EXPECT_TRUE(got.complete);
  const auto hasty = tune(Peak(), {cut}, tuning, Budget(-1));
  EXPECT_EQ(hasty.trials, 1);
  EXPECT_FALSE(hasty.complete);
}

TEST(Split, LastAndRandomLeaveSomethingToLearnFrom) {
  const auto data = two_tastes(200);
  const Cut random = cut_random(data, 0.3, 7);
  EXPECT_EQ(random.fit.size() + random.held.size(), data.size());
  EXPECT_NEAR(static_cast<double>(random.held.size()) / static_cast<double>(data.size()), 0.3, 0.05);
  for (Index user = 0; user < data.users; ++user)
    if (!data.of(user).empty()) EXPECT_FALSE(random.fit.of(user).empty());
  const auto back = joined(random.fit, random.held);
  EXPECT_EQ(dense_of(back), dense_of(data));
  EXPECT_EQ(cut_random(data, 0.3, 7).held.item, random.held.item);
  EXPECT_NE(cut_random(data, 0.3, 8).held.item, random.held.item);
  const Cut last = cut_last(history_of(5, {{3, 1, 4}, {2, 0}, {}}, true));
  EXPECT_EQ(last.held.item, (std::vector<Index>{4}));
  EXPECT_EQ(last.fit.item, (std::vector<Index>{3, 1, 2, 0}));
}

}  // namespace
}  // namespace cliffhanger::learn
