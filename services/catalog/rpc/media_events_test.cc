#include "services/catalog/rpc/media_events.h"

#include "cliffhanger/catalog/v1/events.pb.h"
#include "services/catalog/rpc/test_world.h"

namespace cliffhanger::catalog {
namespace {

class MediaEventsTest : public CatalogTest {
 protected:
  MediaEventsTest()
      : series_(new_series(creator()).series_id()), episode_(new_episode(creator(), series_).episode_id()) {}

  void started(const std::string& revision) {
    transcode::v1::RevisionStarted event;
    event.set_revision_id(revision);
    event.set_episode_id(episode_);
    event.set_duration_ms(60'000);
    EXPECT_TRUE(hear(event));
  }
  void progressed(const std::string& revision, int percent) {
    transcode::v1::RevisionProgressed event;
    event.set_revision_id(revision);
    event.set_episode_id(episode_);
    event.set_provisional(true);
    event.set_percent(percent);
    EXPECT_TRUE(hear(event));
  }
  void failed(const std::string& revision) {
    transcode::v1::RevisionFailed event;
    event.set_revision_id(revision);
    event.set_episode_id(episode_);
    event.set_reason("DECODER_DIED");
    event.set_message("It can't be decoded.");
    EXPECT_TRUE(hear(event));
  }
  v1::Episode mine() { return *get_episode(creator(), episode_); }

  std::string series_, episode_;
};

TEST_F(MediaEventsTest, TheOwnerWatchesAsSoonAsTheHeadPlays) {
  const auto revision = new_id();
  started(revision);
  EXPECT_EQ(mine().media_state(), v1::MEDIA_STATE_PROCESSING);
  EXPECT_EQ(resolve(episode_, creator_).error().reason, "EPISODE_NOT_READY");
  progressed(revision, 12);
  EXPECT_EQ(mine().media_percent(), 12);
  const auto playable = resolve(episode_, creator_);
  ASSERT_TRUE(playable);
  EXPECT_EQ(playable->revision_id(), revision);
  EXPECT_TRUE(playable->provisional());
  EXPECT_TRUE(playable->owner());
  EXPECT_EQ(resolve(episode_, viewer_).error().reason, "EPISODE_NOT_FOUND");
}

TEST_F(MediaEventsTest, ProgressLeavesTheVersionAndTellsNobody) {
  const auto before = mine().version();
  const auto revision = new_id();
  started(revision);
  progressed(revision, 12);
  EXPECT_EQ(mine().version(), before);
  EXPECT_EQ(told<v1::EpisodeChanged>().size(), 1u);  // of its creation
}

TEST_F(MediaEventsTest, ANewFilmReplacesThePublishedOneInOneStep) {
  const auto first = make_ready(episode_);
  ASSERT_TRUE(publish(creator(), episode_));
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), first);
  const auto second = new_id();
  started(second);
  progressed(second, 50);
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), first);
  EXPECT_EQ(resolve(episode_, creator_)->revision_id(), second);
  EXPECT_EQ(get_episode(viewer(), episode_)->media_percent(), 100);  // viewers hear of the film that plays
  const auto version = mine().version();
  const auto third = make_ready(episode_);
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), third);
  EXPECT_EQ(mine().version(), version + 1);
  EXPECT_EQ(told<v1::EpisodeChanged>().back().version(), version + 1);
  progressed(second, 90);  // late
  EXPECT_EQ(mine().media_state(), v1::MEDIA_STATE_READY);
  EXPECT_EQ(resolve(episode_, creator_)->revision_id(), third);
}

// What was cut out of films is its creator's to look at first.
TEST_F(MediaEventsTest, ACutWaitsUntilItIsPublished) {
  const auto first = make_ready(episode_);
  ASSERT_TRUE(publish(creator(), episode_));
  const auto version = mine().version();
  transcode::v1::RevisionReady event;
  event.set_revision_id(new_id());
  event.set_episode_id(episode_);
  event.set_duration_ms(10'000);
  event.set_cut(true);
  ASSERT_TRUE(hear(event));
  ASSERT_TRUE(hear(event));
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), first);
  EXPECT_EQ(resolve(episode_, creator_)->revision_id(), event.revision_id());
  EXPECT_EQ(mine().version(), version);
  const auto later = new_id();
  started(later);  // another upload must not bring it
  failed(later);
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), first);
  ASSERT_TRUE(publish(creator(), episode_));
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), event.revision_id());
  EXPECT_EQ(get_episode(viewer(), episode_)->duration_ms(), 10'000);
  const auto third = make_ready(episode_);
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), third);
}

TEST_F(MediaEventsTest, AReplacementThatFailsLeavesTheFilm) {
  const auto first = make_ready(episode_);
  ASSERT_TRUE(publish(creator(), episode_));
  failed(new_id());
  EXPECT_EQ(mine().media_state(), v1::MEDIA_STATE_FAILED);
  EXPECT_EQ(mine().media_failure(), "DECODER_DIED");
  EXPECT_EQ(get_episode(viewer(), episode_)->media_failure(), "");
  EXPECT_EQ(resolve(episode_, viewer_)->revision_id(), first);
  EXPECT_EQ(resolve(episode_, creator_)->revision_id(), first);
}

TEST_F(MediaEventsTest, ARejectedUploadSaysWhy) {
  ingest::v1::UploadRejected event;
  event.set_upload_id(new_id());
  event.set_episode_id(episode_);
  event.set_reason("NOT_A_VIDEO");
  event.set_message("The file holds no video.");
  ASSERT_TRUE(hear(event));
  EXPECT_EQ(mine().media_state(), v1::MEDIA_STATE_FAILED);
  EXPECT_EQ(mine().media_failure(), "NOT_A_VIDEO");
  EXPECT_EQ(mine().media_failure_message(), "The file holds no video.");
  started(new_id());  // the next upload
  EXPECT_EQ(mine().media_state(), v1::MEDIA_STATE_PROCESSING);
  EXPECT_EQ(mine().media_failure(), "");
}

TEST_F(MediaEventsTest, NewsOfUnknownEpisodesIsPassedOverAndDamagedNewsRefused) {
  transcode::v1::RevisionReady event;
  event.set_revision_id(new_id());
  event.set_episode_id(new_id());
  EXPECT_TRUE(hear(event));
  event.set_episode_id("x");
  EXPECT_EQ(hear(event).error().reason, "BAD_ID");
}

}  // namespace
}  // namespace cliffhanger::catalog
