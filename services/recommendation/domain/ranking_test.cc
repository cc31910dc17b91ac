#include <gtest/gtest.h>

#include <algorithm>

#include "services/recommendation/domain/learnt_ranker.h"
#include "services/recommendation/domain/ranking_training.h"
#include "services/recommendation/domain/ranking_value.h"
#include "services/recommendation/domain/test_ranking.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

TEST(RankInputTest, IsTheSameInTheLogAsWhenItRanked) {
  Parts parts;
  parts.popularity = 1;
  parts.content = -1.0 / 3;
  parts.factor = 0.123456789;
  const RankInput input = rank_input(parts);
  EXPECT_EQ(parts_of(input).popularity, 1);
  EXPECT_EQ(parts_of(input).trend, 0);
  EXPECT_NEAR(parts_of(input).content, -1.0 / 3, 2e-5);
  EXPECT_EQ(rank_input(parts_of(input)), input);
  const std::vector<RankInput> two = {input, rank_input(Parts())};
  const auto back = read_inputs(inputs_text(two));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, two);
  EXPECT_FALSE(read_inputs(inputs_text(two).substr(1)));
  EXPECT_TRUE(read_inputs("")->empty());
}

class OutcomesTest : public testing::Test {
 protected:
  Play play(SeriesId of, int episode, Duration after, double seconds = 10, bool completed = false,
            bool skipped = false) {
    return {user_,       of,      EpisodeId(Uuid::from_name(of.text() + std::to_string(episode))),
            at_ + after, seconds, 60,
            completed,   skipped};
  }
  rank::Outcome of(std::vector<Play> plays, std::vector<Praise> praises = {}) {
    return Outcomes(std::move(plays), std::move(praises)).of(user_, a_, at_, 45);
  }
  const Time at_ = from_micros(1'795'000'000'000'000);
  const UserId user_{Uuid::from_name("viewer")}, other_{Uuid::from_name("other")};
  const SeriesId a_{Uuid::from_name("a")}, b_{Uuid::from_name("b")};
};

TEST_F(OutcomesTest, WhatIsNotPlayedIsWatchedForNoTime) {
  const auto none = of({play(b_, 1, 1min)});
  EXPECT_EQ(none.complete, false);
  EXPECT_EQ(none.next, false);
  EXPECT_EQ(none.watch->seconds, 0);
  EXPECT_EQ(none.watch->duration, 45);
  EXPECT_EQ(none.stay, std::nullopt) << "what another series held says nothing of this one";
  EXPECT_EQ(of({}).stay, std::nullopt);
  EXPECT_EQ(none.watch->end, rank::End::kLeft);
  // Before it was shown, and too late after.
  EXPECT_EQ(of({play(a_, 1, -1s), play(a_, 1, kOutcomeWindow)}).watch->seconds, 0);
  EXPECT_EQ(of({play(a_, 1, kOutcomeWindow - 1s)}).watch->seconds, 10);
  // Somebody else.
  auto theirs = play(a_, 1, 1min);
  theirs.user = other_;
  EXPECT_EQ(of({theirs}).watch->seconds, 0);
}

TEST_F(OutcomesTest, TheFirstEpisodePlayedTellsAndTheNextOneSaysItWentOn) {
  const auto went_on = of({play(a_, 2, 2min, 60, true), play(a_, 1, 1min, 60, true)});
  EXPECT_EQ(went_on.complete, true);
  EXPECT_EQ(went_on.next, true);
  EXPECT_EQ(went_on.watch->end, rank::End::kFinished);
  EXPECT_EQ(went_on.watch->duration, 60);
  EXPECT_EQ(went_on.stay, true);
  EXPECT_EQ(of({play(b_, 1, 30s), play(a_, 1, 1min, 60, true)}).stay, false);  // nothing after it
  // In two sessions: one watch.
  EXPECT_EQ(of({play(a_, 1, 1min, 20), play(a_, 1, 2min, 30)}).watch->seconds, 50);
  EXPECT_EQ(of({play(a_, 1, 1min, 20), play(a_, 1, 2min, 30)}).next, false);
}

TEST_F(OutcomesTest, WhatSomethingElseThanBoredomEndedIsCensored) {
  const auto tapped = of({play(a_, 1, 1min), play(a_, 2, 2min)});
  EXPECT_EQ(tapped.watch->end, rank::End::kCensored);
  EXPECT_FALSE(tapped.complete);
  EXPECT_EQ(tapped.next, true);
  EXPECT_EQ(of({play(a_, 1, 1min)}).watch->end, rank::End::kCensored);  // and was not seen again
  EXPECT_EQ(of({play(a_, 1, 1min, 10, false, true)}).watch->end, rank::End::kLeft);
  const auto to_another = of({play(a_, 1, 1min), play(b_, 1, 2min)});
  EXPECT_EQ(to_another.watch->end, rank::End::kLeft);
  EXPECT_EQ(to_another.complete, false);
  EXPECT_EQ(to_another.stay, true);
}

TEST_F(OutcomesTest, LikesSharesAndFollowsCountInTheSameTime) {
  using Kind = Praise::Kind;
  const auto praise = [&](Kind kind, Duration after, SeriesId of) {
    return Praise{user_, of, kind, at_ + after};
  };
  EXPECT_EQ(of({}, {praise(Kind::kLike, 1min, a_)}).like, true);
  EXPECT_EQ(of({}, {praise(Kind::kLike, 1min, a_)}).share, false);
  for (const Kind kind : {Kind::kFollow, Kind::kShare}) {
    EXPECT_EQ(of({}, {praise(kind, 1min, a_)}).share, true);
    EXPECT_EQ(of({}, {praise(kind, 1min, a_)}).like, false);
    EXPECT_EQ(of({}, {praise(kind, -1min, a_)}).share, false);
    EXPECT_EQ(of({}, {praise(kind, 31min, a_)}).share, false);
    EXPECT_EQ(of({}, {praise(kind, 1min, b_)}).share, false);
  }
  EXPECT_EQ(of({}, {praise(Kind::kLike, -1min, a_)}).like, false);
  EXPECT_EQ(of({}, {praise(Kind::kLike, 31min, a_)}).like, false);
  EXPECT_EQ(of({}, {praise(Kind::kLike, 1min, b_)}).like, false);
}

TEST(RankingLogTest, OnlyWhatWasOnThePageWasShownAndPlacesCountAlongTheChain) {
  RankingWorld world;
  auto decision = world.decision(4);
  decision.places.first = 10;
  decision.on_page[1] = false;
  const auto page = learn_from(decision, Outcomes({}, {}), world.traits, world.durations);
  ASSERT_EQ(page.shown.size(), 3u);
  EXPECT_EQ(page.shown[0].place, 10u);
  EXPECT_EQ(page.shown[1].place, 11u);
  EXPECT_EQ(page.shown[1].at, 2u);
  EXPECT_EQ(page.shown[1].series, decision.pool.items[decision.placed[2].item].id);
  decision.inputs.clear();  // before that was kept
  EXPECT_TRUE(learn_from(decision, Outcomes({}, {}), world.traits, world.durations).shown.empty());
}

class RankingTrainingTest : public testing::Test {
 protected:
  static RankingTraining options() {
    RankingTraining out;
    out.least_shown = 1000;
    out.least_taken = 50;
    return out;
  }
  static Result<TrainedRanking> train(RankingWorld& world, std::vector<LoggedPage> pages) {
    return train_ranking(
        std::move(pages), world.traits, world.durations, options(), [] { return false; }, world.now());
  }
  static Catalogue catalogue(const RankingWorld& world) {
    std::vector<KnownSeries> known;
    for (int i = 0; i < RankingWorld::kSeries; ++i) {
      const auto& traits = world.traits.at(world.series[static_cast<std::size_t>(i)]);
      known.push_back({traits.series,
                       traits.creator,
                       world.now(),
                       {},
                       {},
                       EpisodeId(),
                       1,
                       {RankingWorld::good(i) ? "deep" : "shallow"},
                       ""});
    }
    std::vector<const KnownSeries*> all;
    for (const auto& one : known) all.push_back(&one);
    return Catalogue(all, Policy());
  }
  static LearntRanker ranker(const RankingFile& file) {
    return LearntRanker("v", file, rank::RankingLearner::decode(file.learner)->snapshot());
  }
};

TEST_F(RankingTrainingTest, FindsWhatViewersGoOnWithWhereTheWeightsDoNot) {
  RankingWorld world;
  const auto trained = train(world, world.pages(1500));
  ASSERT_TRUE(trained) << trained.error().message;
  const auto& quality = trained->quality;
  EXPECT_EQ(quality.shown, 15'000);
  EXPECT_EQ(quality.tested, 3'000);
  EXPECT_GT(quality.auc, quality.hand_auc + 0.1);
  EXPECT_LT(quality.log_loss, quality.hand_log_loss);
  EXPECT_LE(quality.calibration_error, kMostCalibrationError);
  EXPECT_GT(quality.effective_sample, 100);
  EXPECT_GT(quality.worth, quality.logged_worth);
  EXPECT_TRUE(check_ranking(quality)) << check_ranking(quality).error().message;
  const auto all = catalogue(world);
  const auto it = ranker(trained->file);
  std::vector<float> liked, others;
  for (int i = 0; i < RankingWorld::kSeries; ++i) {
    const float value = it.value(world.input(i), all, *all.find(world.series[static_cast<std::size_t>(i)]));
    EXPECT_TRUE(value > 0 && value < 1) << value;
    (RankingWorld::good(i) ? liked : others).push_back(value);
  }
  int right = 0;
  for (const float one : liked)
    for (const float other : others) right += one > other;
  EXPECT_GE(right, 130);  // of 144 pairs; the rarest shown are known least
}

// What was always shown further down was looked at less; that makes it no worse.
TEST_F(RankingTrainingTest, ThePlaceIsNotHeldAgainstASeries) {
  RankingWorld world;
  world.steepness = 1;
  const auto trained = train(world, world.pages(3000));
  ASSERT_TRUE(trained) << trained.error().message;
  const auto all = catalogue(world);
  const auto it = ranker(trained->file);
  double up = 0, down = 0;  // those that the weights put first, and the others
  for (int i = 0; i < RankingWorld::kSeries; ++i) {
    if (!RankingWorld::good(i)) continue;
    (i % 2 == 0 ? up : down) +=
        it.value(world.input(i), all, *all.find(world.series[static_cast<std::size_t>(i)]));
  }
  EXPECT_NEAR(down / up, 1, 0.15);
}

TEST_F(RankingTrainingTest, TheSamePagesGiveTheSameBytes) {
  RankingWorld one, two;
  const auto first = train(one, one.pages(200)), second = train(two, two.pages(200));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(to_file(first->file), to_file(second->file));
  // And from then on both learn alike.
  auto learner = *rank::RankingLearner::decode(first->file.learner);
  const auto more = one.pages(20);
  for (const auto& page : more)
    for (const auto& shown : page.shown) learner.learn(shown.example);
  EXPECT_NE(learner.encode(), first->file.learner);
}

TEST_F(RankingTrainingTest, TooLittleSaysSoAndAStopEndsIt) {
  RankingWorld world;
  EXPECT_EQ(train(world, world.pages(20)).error().reason, "TOO_LITTLE_DATA");
  EXPECT_EQ(train(world, {}).error().reason, "TOO_LITTLE_DATA");
  const auto stopped = train_ranking(
      world.pages(200), world.traits, world.durations, options(), [] { return true; }, world.now());
  EXPECT_EQ(stopped.error().reason, "TRAINING_INTERRUPTED");
}

TEST_F(RankingTrainingTest, IsRefusedWhereTheWeightsDoBetter) {
  RankingQuality good;
  good.auc = 0.8, good.hand_auc = 0.7;
  good.log_loss = 0.3, good.hand_log_loss = 0.4;
  good.calibration_error = 0.01;
  EXPECT_TRUE(check_ranking(good));
  auto bad = good;
  bad.calibration_error = 0.06;
  EXPECT_EQ(check_ranking(bad).error().reason, "NOT_CALIBRATED");
  bad = good, bad.hand_auc = 0.81;
  EXPECT_EQ(check_ranking(bad).error().reason, "WORSE_THAN_HAND");
  bad = good, bad.hand_log_loss = 0.29;
  EXPECT_EQ(check_ranking(bad).error().reason, "WORSE_THAN_HAND");
  bad = good, bad.worth = 8, bad.worth_high = 9, bad.logged_worth = 10;
  EXPECT_EQ(check_ranking(bad).error().reason, "WORSE_THAN_HAND");
  bad.worth_high = 10.5;  // not surely worse
  EXPECT_TRUE(check_ranking(bad));
}

// Viewers who like what the weights like: nothing is left to learn, and what is learnt must not be a pretext.
TEST_F(RankingTrainingTest, TheWorthOfARankingIsThatOfItsOwnChoices) {
  RankingWorld world;
  const auto pages = world.pages(1500);
  std::map<SeriesId, int> number;
  for (int i = 0; i < RankingWorld::kSeries; ++i) number[world.series[static_cast<std::size_t>(i)]] = i;
  const auto with = [&](double of_good) {
    return worth_of_ranking(pages,
                            [&](const LoggedPage& page, std::size_t item) {
                              return RankingWorld::good(number[page.decision.pool.items[item].id]) ? of_good
                                                                                                   : 0.5;
                            },
                            {});
  };
  const auto best = with(0.9), worst = with(0.1);
  EXPECT_TRUE(best.known && worst.known);
  EXPECT_GT(best.worth, best.logged);
  EXPECT_LT(worst.high, worst.logged);
  const auto same = worth_of_ranking(
      pages, [](const LoggedPage& page, std::size_t item) { return page.decision.pool.items[item].value; },
      {});
  EXPECT_NEAR(same.worth, same.logged, 1e-3 * same.logged);
  EXPECT_FALSE(
      worth_of_ranking(std::span(pages).first(10), [](const auto&, std::size_t) { return 0.5; }, {}).known);
}

TEST(RankingFileTest, IsReadAsItWasWrittenAndDamageIsSeen) {
  RankingFile file;
  file.trained = from_micros(1'795'000'000'000'000);
  file.upto = DecisionId(Uuid::from_name("d"));
  file.typical = 12.5;
  file.usual_duration = 70;
  file.durations[SeriesId(Uuid::from_name("a"))] = 61.5f;
  file.learner = "bytes";
  const auto bytes = to_file(file);
  const auto back = ranking_from_file(bytes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->trained, file.trained);
  EXPECT_EQ(back->upto, file.upto);
  EXPECT_EQ(back->typical, 12.5);
  EXPECT_EQ(back->durations, file.durations);
  EXPECT_EQ(back->learner, "bytes");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= 1;
    EXPECT_FALSE(ranking_from_file(damaged)) << i;
    EXPECT_FALSE(ranking_from_file(bytes.substr(0, i))) << i;
  }
  for (double RankingFile::* const number : {&RankingFile::typical, &RankingFile::usual_duration}) {
    auto impossible = file;
    impossible.*number = 0;
    EXPECT_FALSE(ranking_from_file(to_file(impossible)));
  }
}

}  // namespace
}  // namespace cliffhanger::recommendation
