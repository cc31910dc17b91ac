#include "services/recommendation/domain/training.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include <algorithm>

#include "services/recommendation/domain/factor_model.h"
#include "services/recommendation/domain/model_file.h"
#include "services/recommendation/domain/newcomers.h"
#include "services/recommendation/domain/test_model.h"

namespace cliffhanger::recommendation {
namespace {

TEST(Worth, RisesWithWhatWasSeenAndSaid) {
  Took took;
  EXPECT_EQ(worth_of(took), 0);
  took.started = 1;
  const double begun = worth_of(took);
  took.completed = 1;
  const double completed = worth_of(took);
  took.completed = 40;
  const double much = worth_of(took);
  took.liked = 5;
  const double liked = worth_of(took);
  EXPECT_TRUE(0 < begun && begun < completed && completed < much && much < liked && liked <= 4);
  took.liked = 1;
  took.completed = 1;
  const double fewer = worth_of(took);
  Took shared = took;
  shared.liked = 0;
  shared.shared = 1;
  EXPECT_GT(worth_of(shared), fewer) << "a share is a strong like";
  took.favourite = took.follows = took.shared = true;
  EXPECT_EQ(worth_of(took), 4);
  Took skipped;
  skipped.started = skipped.skipped = 3;
  EXPECT_EQ(worth_of(skipped), 0);
}

TEST(InteractionsTest, AreInOrderOfTimeAndSeriesInOrderOfIds) {
  Interactions all(100);
  const auto took = [](int viewer, int series, int hour) {
    return Took{viewer_named(viewer), series_named(series), Time(std::chrono::hours(hour)), 1, 1};
  };
  for (const auto& one : {took(1, 5, 3), took(1, 6, 1), took(1, 7, 2), took(2, 6, 9)}) all.add(one);
  all.add({viewer_named(2), series_named(8), {}, 1, 0, 4});  // worth nothing
  const auto out = all.take();
  ASSERT_EQ(out.series.size(), 3u);
  EXPECT_TRUE(std::ranges::is_sorted(out.series));
  ASSERT_EQ(out.history.users, 2);
  const auto first = out.history.of(0);
  EXPECT_EQ(out.series[first[0]], series_named(6));
  EXPECT_EQ(out.series[first[1]], series_named(7));
  EXPECT_EQ(out.series[first[2]], series_named(5));
  EXPECT_EQ(out.series[out.history.of(1)[0]], series_named(6));
  EXPECT_EQ(out.history.rating.size(), 4u);
}

TEST(InteractionsTest, AreBoundedByViewersLeftOutForGood) {
  Interactions all(500);
  for (const auto& one : two_tastes(400)) all.add(one);
  const auto out = all.take();
  EXPECT_LE(out.history.size(), 500);
  EXPECT_GT(out.history.size(), 50);
  EXPECT_EQ(out.history.rating.size(), out.history.item.size());
  // One viewer alone is cut to what came last.
  Interactions one(5);
  for (int i = 0; i < 600; ++i)
    one.add({viewer_named(1), series_named(i), Time(std::chrono::hours(i)), 1, 1});
  const auto cut = one.take();
  EXPECT_EQ(cut.history.size(), static_cast<std::int64_t>(Interactions::kMostOfViewer));
  EXPECT_EQ(cut.series[cut.history.item.back()], series_named(599));
}

TEST(Training, BeatsPopularityAndIsTheSameForTheSameInteractions) {
  const auto took = two_tastes(200);
  const auto one = trained(took), two = trained(took, 2);
  EXPECT_GT(one.quality.ndcg, one.quality.popularity * 1.1);
  EXPECT_GT(one.quality.viewers, 150);
  EXPECT_EQ(to_file(one.model), to_file(two.model));
  EXPECT_TRUE(check_quality(one.quality, std::nullopt));
}

// Rule 10: what is not in the interactions is not in the model.
TEST(Training, ForgetsAViewerWithTheNextTraining) {
  const auto all = two_tastes(201);
  auto without = all;
  std::erase_if(without, [](const Took& took) { return took.viewer == viewer_named(200); });
  EXPECT_NE(to_file(trained(all).model), to_file(trained(without).model));
  EXPECT_EQ(to_file(trained(two_tastes(200)).model), to_file(trained(without).model));
}

TEST(Training, WantsEnough) {
  const auto few = train(learnt(two_tastes(40)), small_training(), {}, {});
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().reason, "TOO_LITTLE_DATA");
  EXPECT_EQ(train(learnt({}), small_training(), {}, {}).error().reason, "TOO_LITTLE_DATA");
}

TEST(Training, EndsWhenItIsTold) {
  learn::Resources stopped;
  stopped.expired = [] { return true; };
  EXPECT_EQ(train(learnt(two_tastes(100)), small_training(), stopped, {}).error().code,
            Code::kDeadlineExceeded);
}

TEST(Training, AWorseModelIsRefused) {
  EXPECT_EQ(check_quality({100, 0.1, 0.2}, std::nullopt).error().reason, "WORSE_THAN_POPULARITY");
  EXPECT_EQ(check_quality({100, 0.3, 0.2}, Quality{100, 0.5, 0.2}).error().reason, "WORSE_THAN_ACTIVE");
  EXPECT_TRUE(check_quality({100, 0.45, 0.2}, Quality{100, 0.5, 0.2}));
}

TEST(Newcomers, AreFoundByThoseWhoLikeWhatTheirViewersLike) {
  const auto model = trained(two_tastes(200)).model;
  Newcomer fresh{series_named(100), {}, {}};
  for (int i = 0; i < 20; ++i) fresh.viewers.push_back({series_named(i % 15), series_named((i + 4) % 15)});
  Newcomer nobody{series_named(101), {}, {series_named(20), series_named(21)}};
  const Newcomer unknown{series_named(102), {{series_named(500)}}, {series_named(501)}},
      old{series_named(3), {}, {}};
  const FactorModel it("m", with_newcomers(model, std::vector{fresh, nobody, unknown, old, fresh}, 10));
  EXPECT_EQ(it.data().series.size(), 32u);
  const auto place = [&](std::initializer_list<int> likes, int series) {
    std::vector<Liking> history;
    for (const int one : likes) history.push_back({series_named(one), 1, {}});
    const auto found = it.for_history(history, 100);
    return std::ranges::find(found, series_named(series), &Scored::series) - found.begin();
  };
  EXPECT_LT(place({0, 5, 7}, 100), place({17, 20, 25}, 100));
  EXPECT_LT(place({17, 20, 25}, 101), place({0, 5, 7}, 101));
  EXPECT_FALSE(it.similar(series_named(100), 5).empty());
  EXPECT_TRUE(it.next_after(std::vector<Liking>{{series_named(100), 1, {}}}, 5).empty());
  EXPECT_FALSE(it.knows(series_named(102)));
}

TEST(Newcomers, GetWhatTheTrainingsOwnStepGives) {
  // A known series taken out, with the same viewers folded in, comes out where a step of the training puts
  // it.
  const auto took = two_tastes(200);
  const auto model = trained(took).model;
  Newcomer it{series_named(200), {}, {}};
  std::vector<Eigen::VectorXd> viewers;
  const learn::FoldIn fold_in(model.factors, model.gram, static_cast<double>(model.series.size()),
                              model.options);
  for (int i = 0; i < 9; ++i) {
    it.viewers.push_back({series_named(i), series_named(i + 3)});
    std::vector<learn::Index> taken;
    for (const auto& one : it.viewers.back())
      taken.push_back(static_cast<learn::Index>(std::ranges::find(model.series, one) - model.series.begin()));
    viewers.push_back(fold_in(taken).cast<double>());
  }
  Eigen::MatrixXd a = model.options.unobserved * model.viewer_gram.cast<double>();
  Eigen::VectorXd b = Eigen::VectorXd::Zero(a.rows());
  for (const auto& viewer : viewers) a += viewer * viewer.transpose(), b += viewer;
  a.diagonal().array() += learn::regularisation(9, static_cast<double>(model.viewers), model.options);
  const Eigen::VectorXd expected = a.ldlt().solve(b);
  const auto with = with_newcomers(model, std::vector{it}, 5);
  EXPECT_LT((with.factors.row(30).transpose().cast<double>() - expected).norm(), 1e-4);
}

}  // namespace
}  // namespace cliffhanger::recommendation
