#include "services/transcode/worker/collector.h"

#include "libs/digest/sha256.h"
#include "services/transcode/domain/fixture.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

// A child is played: files in a folder, and what it says of them.
class CollectorTest : public World {
 protected:
  CollectorTest() {
    ingest::v1::SourceVerified event;
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.set_episode_id(EpisodeId::make(clock_.now(), random_).text());
    event.set_owner_id(owner_.text());
    event.set_object_key("sources/default/x");
    event.set_sha256(std::string(64, 'a'));
    event.set_probe_json(media::to_json(media::Event(fixture::probe(360, 640, {30, 1}, 300))));
    EXPECT_TRUE(accept(event));
    auto leased = ledger_.lease("w");
    EXPECT_TRUE(leased && *leased);
    work_ = std::move(**leased);
    // Of the revision's tasks the sheets of thumbnails are the simplest.
    work_.run = runs(*work_.revision.plan).back();
  }
  void write(const std::string& bytes) {
    std::ofstream(dir_.path() + "/storyboard-0.jpg", std::ios::binary) << bytes;
  }
  std::string take(const std::string& said, const std::string& digest,
                   const std::string& file = "storyboard-0.jpg") {
    Collector collector({ledger_, *blobs_}, work_, dir_.path(),
                        [](const PieceName&) -> Result<void> { return {}; });
    const auto taken =
        collector.take(media::PictureEvent{file, static_cast<std::int64_t>(said.size()), digest});
    return taken ? (collector.finish() ? "all" : "some") : taken.error().reason;
  }
  bool stored(const std::string& digest) {
    return blobs_->head(piece_key(call_.caller.tenant, {std::string(kStoryboard), 0}, digest)).has_value();
  }
  Ledger ledger_ = World::ledger();
  Ledger::Work work_;
};

TEST_F(CollectorTest, WhatIsAsSaidBecomesAnObjectAndAPiece) {
  write("a sheet");
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet")), "all");
  EXPECT_TRUE(stored(sha256_hex("a sheet")));
  EXPECT_EQ(pieces(), 1);
}

// The child had the file open and wrote it again after it told of it.
TEST_F(CollectorTest, WhatIsNotAsSaidIsNoObject) {
  write("another");
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet")), "MEDIA_PROTOCOL");
  write("a sheet and more");
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet")), "MEDIA_PROTOCOL");
  write("a she");
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet")), "MEDIA_PROTOCOL");
  EXPECT_FALSE(stored(sha256_hex("a sheet")));
  EXPECT_EQ(pieces(), 0);
}

TEST_F(CollectorTest, NamesAndDigestsAreNotBelieved) {
  write("a sheet");
  for (const char* digest : {"", "../../../x", "A", "zz"})
    EXPECT_EQ(take("a sheet", digest), "MEDIA_PROTOCOL") << digest;
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet"), "storyboard-1.jpg"), "MEDIA_PROTOCOL");
  EXPECT_EQ(take("a sheet", sha256_hex("a sheet"), "../storyboard-0.jpg"), "MEDIA_PROTOCOL");
  EXPECT_EQ(pieces(), 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
