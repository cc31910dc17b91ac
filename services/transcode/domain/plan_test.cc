#include "services/transcode/domain/plan.h"

#include <gtest/gtest.h>

#include <map>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

using fixture::probe;

std::string sizes(const std::vector<media::Rung>& rungs) {
  std::string out;
  for (const auto& rung : rungs) {
    out += rung.name + ":" + std::to_string(rung.width) + "x" + std::to_string(rung.height) + " ";
  }
  return out;
}

TEST(Profile, WholeLadderForAVerticalEpisode) {
  EXPECT_EQ(sizes(*rungs_for(1080, 1920)),
            "v1080:1080x1920 v720:720x1280 v540:540x960 v360:360x640 v180:180x320 ");
  EXPECT_EQ(sizes(*rungs_for(2160, 3840)), sizes(*rungs_for(1080, 1920)));
}

TEST(Profile, LandscapeAndSquareGetTheSameShortSide) {
  EXPECT_EQ(sizes(*rungs_for(1280, 720)), "v720:1280x720 v540:960x540 v360:640x360 v180:320x180 ");
  EXPECT_EQ(sizes(*rungs_for(600, 600)), "v540:540x540 v360:360x360 v180:180x180 ");
}

TEST(Profile, ItsOwnSizeOnTopWhereItLiesBetweenTwoRows) {
  EXPECT_EQ(sizes(*rungs_for(480, 854)), "v480:480x854 v360:360x640 v180:180x320 ");
  EXPECT_EQ(rungs_for(480, 854)->front().maxrate_kbps, 2000);
  EXPECT_EQ(sizes(*rungs_for(97, 161)), "v96:96x160 ");
}

TEST(Profile, NeverUpscalesAndIsAlwaysEven) {
  for (int width = 16; width < 1300; width += 37) {
    for (int height = 16; height < 2600; height += 111) {
      const auto rungs = rungs_for(width, height);
      if (!rungs) {
        EXPECT_EQ(rungs.error().reason, "PLAN_GEOMETRY");
        continue;
      }
      for (const auto& rung : *rungs) {
        EXPECT_LE(rung.width, width);
        EXPECT_LE(rung.height, height);
        EXPECT_EQ(rung.width % 2 + rung.height % 2, 0) << width << "x" << height;
        EXPECT_NEAR(static_cast<double>(rung.width) / rung.height, static_cast<double>(width) / height,
                    0.15 * width / height);
      }
    }
  }
}

TEST(Plan, SizeGoesBeforeSixtyFrames) {
  media::ProbeEvent source;
  const auto planned = [&](int width, int height, media::FrameRate rate) {
    source.video.width = width, source.video.height = height, source.video.rate = rate,
    source.video.frames = 601;
    return *make_plan(source);
  };
  EXPECT_EQ(planned(1080, 1920, {60, 1}).rungs.front().name, "v1080");
  EXPECT_EQ(planned(1080, 1920, {60, 1}).rate, (media::FrameRate{30, 1}));
  EXPECT_EQ(planned(1080, 1920, {60, 1}).frames, 301);
  EXPECT_EQ(planned(2160, 3840, {60000, 1001}).rate, (media::FrameRate{30000, 1001}));
  EXPECT_EQ(planned(1080, 1920, {50, 1}).rate, (media::FrameRate{25, 1}));
  EXPECT_EQ(planned(720, 1280, {60, 1}).rate, (media::FrameRate{60, 1}));  // nothing to gain
  EXPECT_EQ(planned(1080, 1920, {30, 1}).rate, (media::FrameRate{30, 1}));
  EXPECT_EQ(planned(1080, 1920, {30, 1}).frames, 601);
}

TEST(Profile, NoRungNeedsMoreThanLevel41) {
  EXPECT_EQ(sizes(*rungs_for(1080, 1920, {60, 1})), "v720:720x1280 v540:540x960 v360:360x640 v180:180x320 ");
  EXPECT_EQ(rungs_for(1080, 1920, {30, 1})->front().name, "v1080");
  EXPECT_EQ(rungs_for(1000, 1780, {60, 1})->front().name, "v720");
  EXPECT_EQ(rungs_for(2520, 1080, {24, 1})->front().name, "v720");
  for (const int wide : {180, 250, 540, 720, 1080, 2160}) {
    for (const int tall : {1080, 1920, 4096, 8192}) {
      for (const std::int64_t fps : {24, 30, 50, 60}) {
        const auto rungs = rungs_for(wide, tall, {fps, 1});
        ASSERT_TRUE(rungs) << wide << "x" << tall;
        for (const auto& rung : *rungs) {
          const std::int64_t blocks = (rung.width + 15) / 16 * ((rung.height + 15) / 16);
          EXPECT_LE(blocks, 8192);
          EXPECT_LE(blocks * fps, 245'760);
        }
      }
    }
  }
}

TEST(Profile, TooNarrowIsRefused) {
  EXPECT_EQ(rungs_for(10, 10).error().reason, "PLAN_GEOMETRY");
  EXPECT_EQ(rungs_for(20, 8000).error().reason, "PLAN_GEOMETRY");
}

TEST(Profile, DefaultRungIsTheLargestOfAtMost540) {
  EXPECT_EQ(default_rung(*rungs_for(1080, 1920)).name, "v540");
  EXPECT_EQ(default_rung(*rungs_for(480, 854)).name, "v480");
  EXPECT_EQ(default_rung(*rungs_for(96, 160)).name, "v96");
}

TEST(Plan, HeadOfTheDefaultRungFirstThenEverything) {
  const Plan plan = with_tail_like_head(*make_plan(probe(1080, 1920, {30, 1}, 1800)));
  const auto all = runs(plan);
  ASSERT_GE(all.size(), 7U);
  EXPECT_EQ(all[0].rungs, std::vector<std::string>{"v540"});
  EXPECT_EQ(all[0].count, 1);
  EXPECT_EQ(all[1].kind, Kind::kAudio);
  EXPECT_EQ(all[1].count, 2);
  EXPECT_EQ(all[1].priority, all[0].priority);
  EXPECT_EQ(all[2].rungs, all[0].rungs);
  EXPECT_EQ(all[2].first, 1);
  EXPECT_EQ(all[3].kind, Kind::kAudio);
  EXPECT_EQ(all[3].count, 0);
  for (std::size_t i = 2; i < all.size(); ++i) EXPECT_GT(all[i].priority, all[0].priority);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(urgency_of(plan, all[i]), i < 2 ? Urgency::kFirstSegment : i == 2 ? Urgency::kHead : Urgency::kNone) << i;
    EXPECT_EQ(all[i].priority <= kMostUrgentPriority, i < 3) << i;
  }
  for (std::size_t i = 6; i + 1 < all.size(); ++i) {
    EXPECT_EQ(all[i].rungs.size(), 5U);
    EXPECT_LE(all[i].count, kTailSegments);
    EXPECT_GE(all[i].count, kTailSegments - 1);
  }
  EXPECT_EQ(all.back().kind, Kind::kStoryboard);
}

// Of an episode that is all head there is nothing to come later.
TEST(Plan, AShortEpisodesSoundIsMadeAtOnce) {
  const Plan plan = *make_plan(probe(1080, 1920, {30, 1}, 100));
  for (const auto& run : runs(plan)) {
    if (run.kind != Kind::kAudio) continue;
    EXPECT_EQ(run.count, 0);
    EXPECT_EQ(urgency_of(plan, run), Urgency::kFirstSegment);
  }
}

// Every piece is made by exactly one run, whatever the length; initialisation segments by several, and the first of the sound by two.
TEST(Plan, RunsCoverEveryPieceOnce) {
  for (const std::int64_t frames : {1, 20, 59, 60, 119, 120, 121, 500, 1800, 9001}) {
    const Plan plan = with_tail_like_head(*make_plan(probe(720, 1280, {30000, 1001}, frames)));
    std::map<PieceName, int> made;
    for (const auto& run : runs(plan)) {
      for (const PieceName& name : pieces_of(plan, run)) ++made[name];
    }
    const auto segments = grid_of(plan).segments();
    EXPECT_EQ(static_cast<std::int64_t>(made.size()), (segments + 1) * 5 + 1 + plan.storyboard.sheets())
        << frames;
    for (const auto& [name, times] : made) {
      const bool twice = name.track == kAudio && name.index < kHeadSegments && segments > kHeadSegments;
      if (name.index != kInit) EXPECT_EQ(times, twice ? 2 : 1) << name.track << name.index;
    }
    EXPECT_EQ(recipes(plan, "aa").size(), made.size());
  }
}

TEST(Plan, RecipesNameWhatMatters) {
  const auto texts = [](const Plan& plan, std::string_view source) {
    std::map<PieceName, std::string> out;
    for (const auto& recipe : recipes(plan, source)) out[recipe.name] = recipe.text;
    return out;
  };
  Plan plan = with_tail_like_head(*make_plan(probe(720, 1280, {30, 1}, 900)));
  const auto was = texts(plan, "aa");
  std::set<std::string> distinct;
  for (const auto& [name, text] : was) distinct.insert(text);
  EXPECT_EQ(distinct.size(), was.size());
  EXPECT_EQ(texts(plan, "aa"), was);
  for (const auto& [name, text] : texts(plan, "bb")) EXPECT_NE(text, was.at(name));

  // The scaling cascade goes through the rungs above, so they matter to those below and not the other way
  // round.
  plan.rungs[0].width -= 2;
  const auto now = texts(plan, "aa");
  EXPECT_NE(now.at({"v720", 3}), was.at({"v720", 3}));
  EXPECT_NE(now.at({"v360", 3}), was.at({"v360", 3}));
  EXPECT_EQ(now.at({"v540", 0}), was.at({"v540", 0}));
  EXPECT_EQ(now.at({"audio", 0}), was.at({"audio", 0}));
}

TEST(Plan, RemainderGoesOnAfterWhatIsThere) {
  const Plan plan = with_tail_like_head(*make_plan(probe(720, 1280, {30, 1}, 1800)));
  const auto run = runs(plan)[6];
  ASSERT_EQ(run.first, 2);
  std::set<PieceName> present;
  EXPECT_EQ(remainder(plan, run, present), run);
  for (const std::string& rung : run.rungs) {
    present.insert({rung, kInit});
    present.insert({rung, 2});
  }
  present.insert({run.rungs.front(), 3});
  EXPECT_EQ(remainder(plan, run, present).first, 3);
  EXPECT_EQ(remainder(plan, run, present).count, run.count - 1);
  for (const PieceName& name : pieces_of(plan, run)) present.insert(name);
  EXPECT_EQ(remainder(plan, run, present).count, 0);
}

TEST(Plan, BadSourcesAreRefused) {
  EXPECT_EQ(make_plan(probe(720, 1280, {30, 1}, 0)).error().reason, "GRID_INVALID");
  EXPECT_EQ(make_plan(probe(720, 1280, {1, 1}, 10)).error().reason, "GRID_INVALID");
  EXPECT_EQ(make_plan(probe(4, 4, {30, 1}, 10)).error().reason, "PLAN_GEOMETRY");
}

}  // namespace
}  // namespace cliffhanger::transcode
