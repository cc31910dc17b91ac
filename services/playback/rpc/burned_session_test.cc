// Sessions of players that show no text tracks.
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

TEST_F(PlaybackTest, CaptionsInThePicturesAreAnotherPlaylistOfTheSameToken) {
  const auto who = person();
  const auto what = episode(series(), 1), other = episode(series(), 1);
  burned_.revisions.insert(what.revision);
  const auto session = start(who, what, "", "en");
  ASSERT_TRUE(session) << session.error().reason;
  EXPECT_TRUE(session->playlist_url().ends_with("/" + what.revision.text() + "/burned-en.m3u8"))
      << session->playlist_url();
  EXPECT_TRUE(session->dash_url().ends_with("/" + what.revision.text() + "/burned-en.mpd"))
      << session->dash_url();
  EXPECT_NE(session->preview_url(), "");
  burned_.manifest.clear();
  EXPECT_EQ(start(who, what, "", "en")->dash_url(), "") << "of before there were any";
  EXPECT_EQ(reason(start(who, what, "", "es")), "BURNED_CAPTIONS_NOT_FOUND");
  EXPECT_EQ(reason(start(who, other, "", "en")), "BURNED_CAPTIONS_NOT_FOUND");
  catalog_.episodes[{*Tenant::parse("default"), what.episode}].provisional = true;
  EXPECT_EQ(reason(start(who, what, "", "en")), "BURNED_CAPTIONS_NOT_FOUND");
  // A refusal starts nothing, and who may not watch does not learn whether they are there.
  EXPECT_EQ(events<v1::PlaybackStarted>().size(), 2u);
  catalog_.episodes[{*Tenant::parse("default"), other.episode}].locked = true;
  EXPECT_EQ(reason(start(who, other, "", "en")), "EPISODE_LOCKED");
}

}  // namespace
}  // namespace cliffhanger::playback
