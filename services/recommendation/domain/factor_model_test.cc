#include "services/recommendation/domain/factor_model.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <set>

#include "services/recommendation/domain/test_model.h"

namespace cliffhanger::recommendation {
namespace {

const FactorModel& model() {
  static const FactorModel it("m1", trained(two_tastes(200)).model);
  return it;
}

std::vector<Liking> likings(std::initializer_list<int> series, double weight = 1) {
  std::vector<Liking> out;
  for (const int one : series) out.push_back({series_named(one), weight, Time(std::chrono::hours(one))});
  return out;
}

bool first_taste(SeriesId id) {
  for (int i = 0; i < 15; ++i)
    if (id == series_named(i)) return true;
  return false;
}

TEST(FactorModel, FindsMoreOfTheSameTaste) {
  const auto found = model().for_history(likings({0, 3, 5}), 8);
  ASSERT_EQ(found.size(), 8u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(first_taste(found[i].series)) << i;
    if (i > 0) EXPECT_GE(found[i - 1].score, found[i].score);
  }
}

// With double precision and a plain inverse, all series' scores.
Eigen::VectorXd expected(const ModelData& data, const std::vector<Liking>& history) {
  const Eigen::MatrixXd f = data.factors.cast<double>();
  Eigen::MatrixXd a = data.options.unobserved * f.transpose() * f;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(f.cols());
  for (const auto& liking : history) {
    const auto row = std::ranges::find(data.series, liking.series) - data.series.begin();
    a += liking.weight * f.row(row).transpose() * f.row(row);
    b += liking.weight * f.row(row).transpose();
  }
  a.diagonal().array() +=
      learn::regularisation(static_cast<double>(history.size()), static_cast<double>(f.rows()), data.options);
  return f * (a.inverse() * b);
}

TEST(FactorModel, FoldsInAsTheTrainingDoes) {
  for (const auto& history : {likings({2, 7, 20}, 2.5), likings({0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17})}) {
    const auto want = expected(model().data(), history);
    const auto found = model().for_history(history, 30);
    ASSERT_EQ(found.size(), 30 - history.size());
    for (const auto& one : found) {
      const auto row = std::ranges::find(model().data().series, one.series) - model().data().series.begin();
      EXPECT_NEAR(one.score, want[row], 1e-4);
    }
  }
}

TEST(FactorModel, NeverGivesWhatItWasGiven) {
  std::set<SeriesId> given;
  for (int i = 0; i < 30; i += 2) given.insert(series_named(i));
  std::vector<Liking> history;
  for (const auto& one : given) history.push_back({one, 1, {}});
  history.push_back(history.front());            // twice
  history.push_back({series_named(1), -1, {}});  // disliked: seen all the same
  const auto found = model().for_history(history, 100);
  EXPECT_EQ(found.size(), 14u);
  for (const auto& one : found) EXPECT_FALSE(given.contains(one.series) || one.series == series_named(1));
  for (const auto& one : model().next_after(history, 100)) EXPECT_FALSE(given.contains(one.series));
}

TEST(FactorModel, PassesOverWhatItDoesNotKnow) {
  EXPECT_TRUE(model().for_history({}, 10).empty());
  EXPECT_TRUE(model().for_history(likings({77, 78}), 10).empty());
  EXPECT_TRUE(model().for_history(likings({1}), 0).empty());
  EXPECT_TRUE(model().similar(series_named(77), 10).empty());
  EXPECT_TRUE(model().next_after(likings({77}), 10).empty());
  EXPECT_EQ(model().for_history(likings({1, 77}), 5).front().series,
            model().for_history(likings({1}), 5).front().series);
  EXPECT_EQ(model().version(), "m1");
}

TEST(FactorModel, SimilarSeriesShareTheirViewers) {
  const auto found = model().similar(series_named(4), 8);
  ASSERT_EQ(found.size(), 8u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(first_taste(found[i].series));
    EXPECT_NE(found[i].series, series_named(4));
    if (i > 0) EXPECT_GE(found[i - 1].score, found[i].score);
  }
}

TEST(FactorModel, WhatWasTakenLastSaysMostOfWhatIsNext) {
  // Everyone takes series 1 after 0, and 3 after 2.
  std::vector<Took> took;
  for (int viewer = 0; viewer < 100; ++viewer)
    for (const int series : {viewer % 12, (viewer % 12) ^ 1, (viewer + 4) % 12})
      took.push_back(
          {viewer_named(viewer), series_named(series), Time(std::chrono::minutes(std::ssize(took))), 1, 1});
  const FactorModel it("m", trained(took).model);
  EXPECT_EQ(it.next_after(likings({0, 6}), 3).front().series, series_named(1));
  EXPECT_EQ(it.next_after(likings({6, 0}), 3).front().series, series_named(7));
}

TEST(FactorModel, ByAGraphItFindsTheSame) {
  const auto data = model().shared_data();
  // Over the first 20 series: the others are newer, and ranked beside them.
  const learn::Scores older = data->factors.topRows(20);
  for (const auto& rows : {data->factors, older}) {
    const FactorModel it("m2", data, learn::NearestItems::build(rows, {}));
    for (const auto& history : {likings({0, 3, 5}), likings({16}), likings({1, 77, 29, 20, 22})}) {
      const auto exact = model().for_history(history, 30), found = it.for_history(history, 30);
      ASSERT_EQ(found.size(), exact.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].series, exact[i].series);
        EXPECT_NEAR(found[i].score, exact[i].score, 1e-5);
      }
    }
    EXPECT_TRUE(it.for_history(likings({77}), 10).empty());
    const auto two = it.for_history(likings({0, 3, 5}), 2);
    ASSERT_EQ(two.size(), 2u);
    EXPECT_EQ(two[0].series, model().for_history(likings({0, 3, 5}), 1)[0].series);
  }
}

TEST(FactorModel, OfManySeriesNoneThatIsBetterIsMissing) {
  ModelData data;
  const int count = 3000;
  data.factors = learn::Scores::NullaryExpr(count, 12, [](Eigen::Index row, Eigen::Index column) {
    return static_cast<float>((row * 7919 + column * 104729 + row * column * 31) % 1009) / 1009 - 0.45f;
  });
  data.gram = learn::diagonalise(data.factors, 1).gram;
  for (int i = 0; i < count; ++i) {
    data.series.push_back(series_named(i));
    data.similar.add_row({}, {});
    data.next.add_row({}, {});
  }
  const FactorModel it("m", data);
  for (const auto& history : {likings({3}), likings({2, 700, 2999}, 2.5), likings({9, 9, 10, 11, 5000})}) {
    auto known = history;
    std::erase_if(known, [](const Liking& one) { return one.series == series_named(5000); });
    known.erase(std::unique(known.begin(), known.end(),
                            [](const auto& a, const auto& b) { return a.series == b.series; }),
                known.end());
    auto want = expected(data, known);
    const auto found = it.for_history(history, 50);
    ASSERT_EQ(found.size(), 50u);
    for (const auto& one : known)
      want[std::ranges::find(data.series, one.series) - data.series.begin()] = -1e9;
    for (const auto& one : found) {
      const auto row = std::ranges::find(data.series, one.series) - data.series.begin();
      EXPECT_NEAR(one.score, want[row], 1e-4);
      want[row] = -1e9;
    }
    EXPECT_LE(want.maxCoeff(), found.back().score + 1e-4) << "of those that are not there";
  }
}

TEST(FactorModel, ALongHistoryIsCutToItsLatest) {
  ModelData data;
  data.options.weighted = true;
  const int count = static_cast<int>(kMostFolded) + 200;
  data.factors = learn::Scores::NullaryExpr(count, 4, [](Eigen::Index row, Eigen::Index column) {
    return static_cast<float>((row * 7 + column * 13) % 11) / 11 - 0.4f;
  });
  data.gram = learn::diagonalise(data.factors, 1).gram;
  std::vector<Liking> history;
  for (int i = 0; i < count; ++i) {
    data.series.push_back(series_named(i));
    data.similar.add_row({}, {});
    data.next.add_row({}, {});
    if (i < count - 10) history.push_back({series_named(i), 1.0 + i % 3, Time(std::chrono::hours(i))});
  }
  const FactorModel it("m", data);
  const auto found = it.for_history(history, 100);
  ASSERT_EQ(found.size(), 10u);  // the rest was given, if not folded in
  const std::vector<Liking> latest(history.end() - static_cast<std::ptrdiff_t>(kMostFolded), history.end());
  const auto want = expected(data, latest);
  for (const auto& one : found)
    EXPECT_NEAR(one.score, want[std::ranges::find(data.series, one.series) - data.series.begin()], 1e-4);
}

}  // namespace
}  // namespace cliffhanger::recommendation
