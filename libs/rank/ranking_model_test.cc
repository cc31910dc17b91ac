#include "libs/rank/ranking_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "libs/rank/bytes.h"
#include "libs/rank/calibration.h"
#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

constexpr int kViewers = 40, kTags = 6;

// Viewers who like some tags more than others; how likely each outcome is, is known.
struct Truth {
  double interest, complete, next, like, share;
};
Truth truth_of(int viewer, int tag) {
  const double interest = 1.5 * std::sin(1.0 + viewer * 2.399 + tag * 1.7);
  return {interest, logistic(-1 + interest), logistic(1 + interest), logistic(-3 + interest),
          logistic(-4 + interest)};
}

Example event(Draw& draw, int viewer, int tag, double lost_after = 1e9) {
  const auto truth = truth_of(viewer, tag);
  const double duration = 5 + 100 * draw.uniform();
  const double patience = draw.exponential(40 * std::exp(truth.interest));
  Example out;
  out.features.add("tag", static_cast<std::uint64_t>(tag))
      .add("viewer", static_cast<std::uint64_t>(viewer))
      .cross("viewer*tag", static_cast<std::uint64_t>(viewer), static_cast<std::uint64_t>(tag));
  out.outcome = {
      draw.chance(truth.complete),
      draw.chance(truth.next),
      draw.chance(truth.like),
      draw.chance(truth.share),
      std::nullopt,
      Watch{duration, std::min(duration, patience), patience < duration ? End::kLeft : End::kFinished}};
  const double lost = draw.exponential(lost_after);
  if (lost < out.outcome.watch->seconds) out.outcome.watch = Watch{duration, lost, End::kCensored};
  return out;
}

std::vector<Example> events(Draw& draw, int count, double lost_after = 1e9) {
  std::vector<Example> out;
  for (int i = 0; i < count; ++i)
    out.push_back(
        event(draw, static_cast<int>(draw.below(kViewers)), static_cast<int>(draw.below(kTags)), lost_after));
  return out;
}

std::shared_ptr<const WatchValue> values_of(const std::vector<Example>& log) {
  std::vector<Watch> watches;
  for (const auto& one : log) watches.push_back(*one.outcome.watch);
  return std::make_shared<const WatchValue>(*WatchValue::fit(watches));
}

RankingOptions small() {
  RankingOptions out;
  out.bits = 14;
  return out;
}

using Pick = double Prediction::*;
using Known = std::optional<bool> Outcome::*;
constexpr std::pair<Pick, Known> kProbabilities[] = {{&Prediction::complete, &Outcome::complete},
                                                     {&Prediction::next, &Outcome::next},
                                                     {&Prediction::like, &Outcome::like},
                                                     {&Prediction::share, &Outcome::share}};

double error_of(const RankingModel& model, const std::vector<Example>& held, Pick pick, Known known) {
  std::vector<double> predicted;
  std::vector<char> happened;
  for (const auto& one : held) {
    predicted.push_back(model.predict(one.features, one.outcome.watch->duration).*pick);
    happened.push_back(*(one.outcome.*known));
  }
  return calibration_error(predicted, happened);
}

TEST(RankingModel, CalibratedOnWhatItHasNotSeen) {
  Draw draw(1);
  const auto log = events(draw, 40'000), held = events(draw, 20'000);
  for (const bool nightly : {false, true}) {
    RankingLearner learner(values_of(log), small());
    if (nightly)
      learner.learn(log, 3, 0.3, 7);
    else
      for (const auto& one : log) learner.learn(one);
    const auto model = learner.snapshot();
    for (const auto& [pick, known] : kProbabilities) EXPECT_LE(error_of(*model, held, pick, known), 0.03);
  }
}

TEST(RankingModel, FindsTheTruth) {
  Draw draw(2);
  const auto log = events(draw, 60'000);
  RankingLearner learner(values_of(log), small());
  learner.learn(log, 3, 0.3, 1);
  const auto model = learner.snapshot();
  double off = 0, spread = 0, seconds_off = 0, seconds = 0;
  for (int viewer = 0; viewer < kViewers; ++viewer)
    for (int tag = 0; tag < kTags; ++tag) {
      const auto truth = truth_of(viewer, tag);
      Draw own(3);
      const auto one = event(own, viewer, tag);
      const auto got = model->predict(one.features, 60);
      off += std::abs(got.next - truth.next);
      spread += std::abs(0.66 - truth.next);
      const double patience = 40 * std::exp(truth.interest), mean = patience * (1 - std::exp(-60 / patience));
      seconds_off += std::abs(got.seconds - mean);
      seconds += mean;
    }
  EXPECT_LT(off, 0.3 * spread);
  EXPECT_LT(seconds_off, 0.12 * seconds);
}

TEST(RankingModel, CutWatchesTeachWhatWasSeenOfThem) {
  // Half of the watches are cut off. What is expected is what is watched until then; the order is that of
  // viewers who are left alone.
  Draw draw(3);
  const double lost = 25;
  const auto log = events(draw, 60'000, lost);
  RankingLearner learner(values_of(log), small());
  learner.learn(log, 3, 0.3, 1);
  const auto model = learner.snapshot();
  double got = 0, expected = 0;
  int pairs = 0, in_order = 0;
  std::vector<std::pair<double, double>> all;  // true patience, expected seconds
  for (int viewer = 0; viewer < kViewers; ++viewer)
    for (int tag = 0; tag < kTags; ++tag) {
      Draw own(4);
      const double patience = 40 * std::exp(truth_of(viewer, tag).interest), rate = 1 / patience + 1 / lost;
      expected += (1 - std::exp(-60 * rate)) / rate;
      got += model->predict(event(own, viewer, tag).features, 60).seconds;
      all.emplace_back(patience, model->predict(event(own, viewer, tag).features, 60).seconds);
    }
  EXPECT_NEAR(got / expected, 1, 0.1);
  for (const auto& a : all)
    for (const auto& b : all)
      if (a.first > 1.5 * b.first) ++pairs, in_order += a.second > b.second;
  EXPECT_GT(in_order, 0.95 * pairs);
}

TEST(RankingModel, LearnsNothingOfWhatIsNotKnown) {
  Draw draw(5);
  const auto log = events(draw, 200);
  RankingLearner learner(values_of(log), small());
  const auto before = learner.snapshot()->predict(log[0].features, 30);
  learner.learn(Example{log[0].features, {}});
  const auto after = learner.snapshot()->predict(log[0].features, 30);
  EXPECT_EQ(before.next, after.next);
  EXPECT_EQ(before.seconds, after.seconds);
  EXPECT_NEAR(before.next, 0.5, 1e-6);
  learner.learn(Example{log[0].features, {.next = true}});
  EXPECT_GT(learner.snapshot()->predict(log[0].features, 30).next, 0.5);
  EXPECT_EQ(learner.snapshot()->predict(log[0].features, 30).like, before.like);
}

TEST(RankingModel, TheSameForTheSameSeedAndFromBytes) {
  Draw draw(6);
  const auto log = events(draw, 5000);
  const auto values = values_of(log);
  RankingLearner a(values, small()), b(values, small()), other(values, small());
  a.learn(log, 2, 0.2, 9);
  b.learn(log, 2, 0.2, 9);
  other.learn(log, 2, 0.2, 10);
  const auto bytes = a.encode();
  EXPECT_EQ(bytes, b.encode());
  EXPECT_NE(bytes, other.encode());
  auto again = RankingLearner::decode(bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->encode(), bytes);
  EXPECT_EQ(again->events(), a.events());
  // Learning goes on alike.
  for (int i = 0; i < 100; ++i) a.learn(log[i]), again->learn(log[i]);
  EXPECT_EQ(again->encode(), a.encode());
  EXPECT_EQ(again->snapshot()->predict(log[7].features, 20).seconds,
            a.snapshot()->predict(log[7].features, 20).seconds);
}

// As somebody would write them who knows the checksum.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  const auto sum = fnv1a(bytes);
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(sum >> (8 * i)));
  return bytes;
}

TEST(RankingModel, DamagedAndHostileBytesAreRefused) {
  Draw draw(7);
  const auto log = events(draw, 300);
  RankingLearner learner(values_of(log), small());
  for (const auto& one : log) learner.learn(one);
  const auto bytes = learner.encode();
  for (std::size_t length = 0; length < bytes.size(); length += 211) {
    EXPECT_FALSE(RankingLearner::decode(std::string_view(bytes).substr(0, length)));
    EXPECT_FALSE(RankingLearner::decode(sealed(bytes.substr(0, length + 8))));
  }
  auto odd = bytes;
  odd[bytes.size() / 2] = static_cast<char>(odd[bytes.size() / 2] ^ 1);
  EXPECT_EQ(RankingLearner::decode(odd).error().reason, "BAD_MODEL");
  int refused = 0;
  for (std::size_t at = 4; at < bytes.size() - 8; at += 53) {
    odd = bytes;
    odd[at] = static_cast<char>(0xff);
    const auto got = RankingLearner::decode(sealed(odd));
    refused += !got;
    if (!got) continue;  // what is let in predicts numbers
    auto learner_of = *got;
    EXPECT_TRUE(std::isfinite(learner_of.snapshot()->predict(log[0].features, 30).seconds));
  }
  EXPECT_GT(refused, 10);
}

TEST(RankingModel, OddFeatures) {
  Draw draw(8);
  const auto log = events(draw, 300);
  RankingLearner learner(values_of(log), small());
  Example odd = log[0];
  odd.features.number("n", NAN).number("i", INFINITY).number("m", -1e30).add("text", "\xff\x00 \n");
  for (int i = 0; i < 100; ++i) learner.learn(odd);
  const auto got = learner.snapshot()->predict(odd.features, NAN);
  EXPECT_TRUE(std::isfinite(got.next) && std::isfinite(got.seconds));
  EXPECT_EQ(learner.snapshot()->predict({}, 0).seconds, 0);
}

TEST(RankingModel, TheValueIsTheWeightedSum) {
  const Prediction prediction{0.5, 0.25, 0.1, 0.01, 0.7, 12};
  EXPECT_DOUBLE_EQ(expected_value(prediction, {2, 4, 8, 10, 100}), 24 + 2 + 2 + 1 + 1);
}

TEST(RankingModel, NoOrderOfASessionBeatsTheSessionValues) {
  Draw draw(4);
  for (int round = 0; round < 50; ++round) {
    std::vector<Prediction> items(5);
    for (auto& one : items) one.stay = draw.uniform() * 0.99, one.seconds = 60 * draw.uniform();
    const auto brings = [](const std::vector<Prediction>& order) {
      double sum = 0, there = 1;
      for (const auto& one : order) sum += there * one.seconds, there *= one.stay;
      return sum;
    };
    const ValueWeights seconds{1, 0, 0, 0, 0};
    const auto first = [&](const Prediction& a, const Prediction& b) {
      return session_value(a, seconds) > session_value(b, seconds);
    };
    std::sort(items.begin(), items.end(), first);
    const double ours = brings(items);
    const auto by_seconds = [](const Prediction& a, const Prediction& b) { return a.seconds < b.seconds; };
    std::sort(items.begin(), items.end(), by_seconds);
    double best = 0;
    do best = std::max(best, brings(items));
    while (std::next_permutation(items.begin(), items.end(), by_seconds));
    EXPECT_NEAR(ours, best, 1e-9);
  }
}

TEST(RankingModel, LearnsWhoStays) {
  // Long items are watched for long by everybody, and half of the viewers leave after them.
  Draw draw(6);
  std::vector<Example> log;
  for (int i = 0; i < 20'000; ++i) {
    const bool is_long = draw.chance(0.5);
    Example one;
    one.features.add("length", std::uint64_t{is_long});
    one.outcome.watch = Watch{is_long ? 300.0 : 20.0, (is_long ? 300 : 20) * draw.uniform(), End::kLeft};
    one.outcome.stay = draw.chance(is_long ? 0.5 : 0.95);
    log.push_back(std::move(one));
  }
  RankingLearner learner(values_of(log), small());
  learner.learn(log, 1, 0.2, 1);
  const auto model = learner.snapshot();
  EXPECT_NEAR(model->predict(log[0].features, log[0].outcome.watch->duration).stay,
              log[0].outcome.watch->duration > 100 ? 0.5 : 0.95, 0.02);
  const auto back = RankingLearner::decode(learner.encode());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->encode(), learner.encode());
}

TEST(Readout, BelievesAScoreAsMuchAsItIsWorth) {
  Draw draw(9);
  Readout sure;  // of scores that are three times too sure
  for (int i = 0; i < 50'000; ++i) {
    const double truth = draw.uniform();
    sure.observe(Readout::by_seconds(3 * log_odds(truth), 0, 30, 15), draw.chance(truth));
  }
  double before = 0;
  for (double p = 0.02; p < 0.98; p += 0.02) {
    const double got = sure.apply(Readout::by_seconds(3 * log_odds(p), 0, 30, 15));
    EXPECT_GT(got, before);
    EXPECT_NEAR(got, p, 0.03);
    before = got;
  }
  Readout none;
  EXPECT_NEAR(none.apply(Readout::by_seconds(log_odds(0.3), 1, 100, 50)), 0.3, 1e-9);
}

TEST(Readout, AnOutcomeFarAboveWhatIsExpectedIsNotOvershot) {
  Readout mean(Readout::Kind::kMean);
  const auto inputs = Readout::by_duration(0, 1, 300);
  mean.observe(inputs, 120);
  EXPECT_GT(mean.apply(inputs), 1);
  EXPECT_LT(mean.apply(inputs), 120);
  Draw draw(3);
  for (int i = 0; i < 5000; ++i) mean.observe(inputs, draw.exponential(4));
  EXPECT_NEAR(mean.apply(inputs), 4, 0.5);
}

TEST(Readout, FollowsWhatChanges) {
  Readout readout;
  const auto inputs = Readout::by_seconds(0, 0, 30, 15);
  for (int i = 0; i < 1'000'000; ++i) readout.observe(inputs, i % 4 == 0);
  EXPECT_NEAR(readout.apply(inputs), 0.25, 0.01);
  for (int i = 0; i < 600'000; ++i) readout.observe(inputs, i % 4 != 0);
  EXPECT_GT(readout.apply(inputs), 0.6);
}

TEST(Calibration, ErrorByHand) {
  EXPECT_EQ(calibration_error({}, {}), 0);
  const std::vector<double> predicted = {0.1, 0.1, 0.9, 0.9};
  const std::vector<char> happened = {0, 1, 1, 1};
  EXPECT_NEAR(calibration_error(predicted, happened, 2), 0.5 * 0.4 + 0.5 * 0.1, 1e-12);
}

}  // namespace
}  // namespace cliffhanger::rank
