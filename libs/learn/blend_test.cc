#include "libs/learn/blend.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

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

// The place, from 0 on, that a blend gives an item.
int place_of(Index item, const std::vector<Part>& parts, const History& taken, Index items) {
  History wanted = history_of(items, {{item}});
  const auto got = evaluate_together(parts, taken, wanted, RankingOptions{{static_cast<int>(items)}});
  return static_cast<int>(std::lround(1 / got.blend.at.at(static_cast<int>(items)).mrr)) - 1;
}

TEST(Blend, BringsPartsToOneScale) {
  // The first part's numbers are a thousand times larger and mean no more for that.
  const std::vector<Part> parts = {{fixed({0, 1000, 0, 0}), 1}, {fixed({0, 0, 1, 0}), 1.01}};
  EXPECT_EQ(place_of(2, parts, history_of(4, {{}}), 4), 0);
  EXPECT_EQ(place_of(1, parts, history_of(4, {{}}), 4), 1);
}

TEST(Blend, WhatWasTakenDoesNotSetTheScale) {
  // Would the million count, the first part's 1 were as good as nothing.
  const std::vector<Part> parts = {{fixed({1e6f, 1, 0, 0}), 1}, {fixed({0, 0, 0.9f, 1}), 0.5}};
  EXPECT_EQ(place_of(1, parts, history_of(4, {{0}}), 4), 0);
}

// In one pass what each finds by itself; out of time, the first goes on.
TEST(Blend, TestsItsPartsToo) {
  const auto data = two_tastes(150);
  const Cut cut = cut_random(data, 0.3, 1);
  const auto a = Neighbours().fit(cut.fit, {}, {}), b = Popularity().fit(cut.fit, {}, {});
  ASSERT_TRUE(a && b);
  RankingOptions options{{5, 3}};
  options.threads = 2;
  const auto together = evaluate_together({{*b, 0}, {*a, 1}}, cut.fit, cut.held, options);
  ASSERT_EQ(together.alone.size(), 2u);
  const std::shared_ptr<const Model> alone[] = {*b, *a};
  for (int m = 0; m < 2; ++m) {
    const auto expected = evaluate(*alone[m], cut.fit, cut.held, options);
    EXPECT_EQ(together.alone[m].users, expected.users);
    for (const int k : {5, 3}) {
      EXPECT_EQ(together.alone[m].at.at(k).ndcg, expected.at.at(k).ndcg);
      EXPECT_EQ(together.alone[m].at.at(k).coverage, expected.at.at(k).coverage);
    }
  }
  EXPECT_NEAR(together.blend.at.at(5).recall, together.alone[1].at.at(5).recall, 1e-3);  // of weight alone
  std::atomic<int> looks = 1;
  options.threads = 1;
  options.expired = [&] { return looks-- <= 0; };
  const auto late = evaluate_together({{*b, 1}, {*a, 1}}, cut.fit, cut.held, options);
  EXPECT_TRUE(late.alone[0].complete);
  EXPECT_EQ(late.alone[0].at.at(5).ndcg, together.alone[0].at.at(5).ndcg);
  EXPECT_FALSE(late.alone[1].complete);
  EXPECT_FALSE(late.blend.complete);
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
  const Cut tail = cut_tail(history_of(9, {{8, 1, 7, 2, 6}, {3}, {}, {5, 4}}), 0.4);
  EXPECT_EQ(tail.held.start, (std::vector<std::int64_t>{0, 2, 2, 2, 3}));
  EXPECT_EQ(tail.held.item, (std::vector<Index>{2, 6, 4}));
  EXPECT_EQ(tail.fit.item, (std::vector<Index>{8, 1, 7, 3, 5}));
}

}  // namespace
}  // namespace cliffhanger::learn
