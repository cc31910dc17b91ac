#include "services/transcode/domain/storyboard.h"

#include <gtest/gtest.h>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

TEST(Storyboard, LayoutFollowsTheLengthAndTheShape) {
  EXPECT_EQ(layout_storyboard(60'000, 180, 320), (media::StoryboardJob{30, 2000, 160, 284, 10, 3}));
  EXPECT_EQ(layout_storyboard(13'001, 320, 180), (media::StoryboardJob{7, 2000, 284, 160, 7, 1}));
  EXPECT_EQ(layout_storyboard(3'600'000, 180, 320), (media::StoryboardJob{1800, 2000, 160, 284, 10, 10}));
  EXPECT_EQ(layout_storyboard(1, 100, 120), (media::StoryboardJob{1, 2000, 100, 120, 1, 1}));  // not larger
  for (const auto& [width, height] : {std::pair{16, 4096}, {4096, 16}, {160, 284}, {4096, 4096}}) {
    for (const std::int64_t ms : {1, 2000, 2001, 200'001, 3'600'000})
      EXPECT_TRUE(media::parse_storyboard_job(media::to_json(layout_storyboard(ms, width, height))))
          << width << "x" << height << " " << ms;
  }
}

TEST(Storyboard, EachCueIsAPlaceInASheet) {
  const Plan plan = *make_plan(fixture::probe(1080, 1920, {30, 1}, 30 * 205));
  const std::string track = storyboard_track(plan).text;
  EXPECT_TRUE(
      track.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nstoryboard/0.jpg#xywh=0,0,160,284\n"))
      << track.substr(0, 100);
  EXPECT_NE(track.find("00:00:22.000 --> 00:00:24.000\nstoryboard/0.jpg#xywh=160,284,160,284\n"),
            std::string::npos);
  EXPECT_NE(track.find("00:03:18.000 --> 00:03:20.000\nstoryboard/0.jpg#xywh=1440,2556,160,284\n"),
            std::string::npos);
  EXPECT_TRUE(track.ends_with("00:03:24.000 --> 00:03:25.000\nstoryboard/1.jpg#xywh=320,0,160,284\n"))
      << track.substr(track.size() - 100);
}

TEST(Storyboard, IsTheLastOfThePlanAndPartOfTheFinishedRevision) {
  Plan plan = *make_plan(fixture::probe(1080, 1920, {30, 1}, 30 * 205));
  ASSERT_EQ(runs(plan).back().kind, Kind::kStoryboard);
  EXPECT_EQ(pieces_of(plan, runs(plan).back()),
            (std::vector<PieceName>{{"storyboard", 0}, {"storyboard", 1}}));
  const Assembly assembly(fixture::all_pieces(plan));
  const auto made = finished(plan, assembly, variants(plan, assembly));
  const auto has = [&](const std::string& name) {
    return std::any_of(made.media.begin(), made.media.end(),
                       [&](const Media& one) { return one.name == name; });
  };
  EXPECT_TRUE(has("storyboard/0.jpg") && has("storyboard/1.jpg") && !has("storyboard/2.jpg"));
  // Plans of before there were storyboards go on without.
  plan.storyboard.count = 0;
  EXPECT_NE(runs(plan).back().kind, Kind::kStoryboard);
  const Assembly bare(fixture::all_pieces(plan));
  for (const Playlist& one : finished(plan, bare, variants(plan, bare)).playlists) {
    EXPECT_NE(one.name, kStoryboardTrack);
    EXPECT_EQ(one.text.find("storyboard"), std::string::npos) << one.name;
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
