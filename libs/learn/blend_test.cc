#include "libs/learn/blend.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <random>

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

// Users who each find one of 40 items on either cut, and models of them whose scores are made up: user u has
// taken item u alone, and what can be found comes behind.
class Choosing : public testing::Test {
 protected:
  static constexpr Index kUsers = 300, kItems = 40;
  using Finds = std::array<std::vector<Index>, 2>;  // what each user finds on the first cut and on the other

  class Told final : public Model {
   public:
    explicit Told(Scores scores) : scores_(std::move(scores)) {}
    void score(const History& histories, Index first, Scores& out) const override {
      out.setZero();
      for (Eigen::Index row = 0; row < out.rows(); ++row)
        out.row(row).tail(kItems) = scores_.row(histories.of(first + static_cast<Index>(row)).front());
    }

   private:
    Scores scores_;
  };

  Choosing() { draw(); }

  // Two items of each user's taste.
  void draw() {
    for (auto& cut : finds_) cut.resize(kUsers);
    for (Index user = 0; user < kUsers; ++user) {
      const auto one = static_cast<Index>(random_() % 5), other = static_cast<Index>(1 + random_() % 4);
      finds_[0][user] = 5 * (user % 8) + one;
      finds_[1][user] = 5 * (user % 8) + (one + other) % 5;
    }
  }

  Scores noise(float scale) {
    std::normal_distribution<float> draw;
    return Scores::NullaryExpr(kUsers, kItems, [&] { return scale * draw(random_); });
  }
  // Knows each user's taste, more or less.
  std::shared_ptr<const Model> taste(float noisy) {
    Scores scores = noise(noisy);
    for (Index user = 0; user < kUsers; ++user) scores.row(user).segment(5 * (user % 8), 5).array() += 1;
    return std::make_shared<const Told>(std::move(scores));
  }
  // Knows of a share of the users what they find on the first cut, and nothing else.
  std::shared_ptr<const Model> hearsay(Index every) {
    Scores scores = noise(1);
    for (Index user = 0; user < kUsers; user += every) scores(user, finds_[0][user]) += 6;
    return std::make_shared<const Told>(std::move(scores));
  }

  Choice choice_of(const std::vector<std::shared_ptr<const Model>>& models) {
    Cut cuts[2];
    for (int c = 0; c < 2; ++c) {
      cuts[c].fit.items = cuts[c].held.items = kUsers + kItems;
      for (Index user = 0; user < kUsers; ++user) {
        cuts[c].fit.add_user(std::vector{user});
        cuts[c].held.add_user(std::vector{kUsers + finds_[c][user]});
      }
    }
    WeightOptions options;
    options.k = 5;
    learnt_ = learn_weights({{models, &cuts[0]}}, options);
    unjudged_ = choose_from(learnt_, {}, options);
    return choose_from(learnt_, {{models, &cuts[1]}}, options);
  }

  double learnt_gain() const {
    return learnt_.value - *std::max_element(learnt_.alone.begin(), learnt_.alone.end());
  }

  std::mt19937_64 random_{7};
  Finds finds_;
  Blended learnt_;
  Choice unjudged_;  // where there are no other cuts
};

TEST_F(Choosing, ABlendThatOverfitsTheFirstCutIsNotTaken) {
  const auto got = choice_of({taste(0.5f), hearsay(2)});
  EXPECT_GT(learnt_gain(), 0.05);  // on the first cut it looks splendid
  EXPECT_GT(learnt_.weights[1], 0);
  EXPECT_FALSE(got.blend);
  EXPECT_LT(got.gain, 0);
  EXPECT_EQ(got.single, 0u);
  EXPECT_EQ(unjudged_.single, 1u);  // what the first cut says
  EXPECT_FALSE(unjudged_.blend);    // nothing is proved
}

TEST_F(Choosing, ABlendThatTrulyHelpsIsTaken) {
  const auto got = choice_of({taste(1), taste(1.1f)});
  EXPECT_TRUE(got.blend);
  EXPECT_GT(got.gain, kProof * got.error);
  EXPECT_GT(got.error, 0);
  EXPECT_GT(learnt_.weights[0] * learnt_.weights[1], 0);
  EXPECT_FALSE(unjudged_.blend);
}

// Weights that were learnt of noise bring something on the first cut each time, and are taken by chance
// alone.
TEST_F(Choosing, WhatIsWorthNothingIsSeldomTaken) {
  int taken = 0, learnt = 0;
  for (int world = 0; world < 20; ++world) {
    draw();
    taken += choice_of({taste(0.5f), hearsay(kUsers), hearsay(kUsers), hearsay(kUsers)}).blend;
    learnt += learnt_gain() > 0;
  }
  EXPECT_GE(learnt, 15);
  EXPECT_LE(taken, 2);
}

TEST_F(Choosing, TheSingleModelIsTheLeastBehindOnEitherCut) {
  // The first is the best on the first cut and nowhere on the other; the last is best on neither.
  const auto got = choice_of({hearsay(1), taste(2), taste(0.7f), taste(1)});
  EXPECT_EQ(unjudged_.single, 0u);
  EXPECT_EQ(got.single, 2u);
}

// Several places of one history: what is asked for is found from what came before it, and its user is one
// witness.
TEST(Choose, PlacesOfAHistoryAreOneWitness) {
  Cut cut{history_of(4, {{0}, {0}}), history_of(4, {{2}, {2}, {3}, {3}})};
  cut.before = history_of(4, {{0, 1}, {0, 1}, {0}, {0}});
  cut.owner = {0, 0, 1, 1};
  // The second finds item 2 only where 1 was taken before.
  const std::vector<std::shared_ptr<const Model>> models = {fixed({0, 1, 0, 0.5f}), fixed({0, 2, 1, 0})};
  const Blended learnt{.weights = {1, 0}, .value = 1, .alone = {1, 0.9}};
  WeightOptions options;
  options.k = 1;
  const auto got = choose_from(learnt, {{models, &cut}}, options);
  EXPECT_EQ(got.single, 1u);
  EXPECT_FALSE(got.blend);
  EXPECT_NEAR(got.gain, -0.5, 1e-9);  // −1 of the first user, 0 of the second
  EXPECT_NEAR(got.error, 0.5, 1e-9);  // of two, not of four
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
  Index held = 0;
  for (int fold = 0; fold < 3; ++fold) {
    const Cut part = cut_random(data, 0.3, 7, fold);
    EXPECT_EQ(dense_of(joined(part.fit, part.held)), dense_of(data));
    for (int other = 0; other < fold; ++other)  // disjoint
      EXPECT_EQ(dense_of(part.held).cwiseProduct(dense_of(cut_random(data, 0.3, 7, other).held)).sum(), 0);
    held += static_cast<Index>(part.held.size());
  }
  EXPECT_NEAR(static_cast<double>(held) / static_cast<double>(data.size()), 0.9, 0.15);
  const Cut last = cut_last(history_of(5, {{3, 1, 4}, {2, 0}, {}}, true));
  EXPECT_EQ(last.held.item, (std::vector<Index>{4}));
  EXPECT_EQ(last.fit.item, (std::vector<Index>{3, 1, 2, 0}));
  // Several places of a long history, each found from what came before it; one of a short history.
  std::vector<Index> walk(25);
  for (Index i = 0; i < 25; ++i) walk[i] = 24 - i;
  const auto two = history_of(25, {{3, 1, 4}, walk, {7, 8}}, true);
  const Cut several = cut_last(two, 5);
  EXPECT_EQ(several.fit.size(), 2 + 23 + 2);
  EXPECT_EQ(several.owner, (std::vector<Index>{0, 1, 1}));
  EXPECT_EQ(several.held.item, (std::vector<Index>{4, 1, 0}));
  EXPECT_EQ(several.held.start, (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(several.histories().of(1).size(), 23u);
  EXPECT_EQ(several.histories().of(2).back(), 1);
  EXPECT_TRUE(several.histories().ordered && several.fit.ordered);
  EXPECT_EQ(cut_last(two, 1).owner_of(1), 1);
  EXPECT_EQ(cut_last(two, 1).held.item, (std::vector<Index>{4, 0}));
  const Cut tail = cut_tail(history_of(9, {{8, 1, 7, 2, 6}, {3}, {}, {5, 4}}), 0.4);
  EXPECT_EQ(tail.held.start, (std::vector<std::int64_t>{0, 2, 2, 2, 3}));
  EXPECT_EQ(tail.held.item, (std::vector<Index>{2, 6, 4}));
  EXPECT_EQ(tail.fit.item, (std::vector<Index>{8, 1, 7, 3, 5}));
}

}  // namespace
}  // namespace cliffhanger::learn
