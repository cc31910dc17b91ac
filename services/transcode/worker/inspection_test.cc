#include "services/transcode/worker/inspection.h"

#include <gmock/gmock.h>

#include "libs/conformance/test_made.h"
#include "libs/testing/servers.h"

namespace cliffhanger::transcode {
namespace {

using conformance::made::Files;
using conformance::made::Made;
using testing::HasSubstr;

// A store that answers no reads, as one on a disk that is going.
class Broken : public blob::Store {
 public:
  Result<std::unique_ptr<blob::Writer>> create(std::string_view) override { return fail(why()); }
  Result<blob::Info> head(std::string_view) override { return fail(why()); }
  Result<blob::Opened> open(std::string_view) override { return fail(why()); }
  Result<std::vector<blob::Info>> list(std::string_view, std::string_view, std::size_t) override {
    return fail(why());
  }
  Result<void> remove(std::string_view) override { return fail(why()); }
  Result<std::int64_t> remove_unfinished(Time, bool) override { return fail(why()); }
  Result<void> put_file(std::string_view, const std::string&) override { return fail(why()); }

 private:
  static Error why() { return unavailable("OBJECT_STORE_FAILED", "The disk is going."); }
};

class InspectionTest : public testing::Test {
 protected:
  // The files as a revision that is about to be published: playlists in memory, media as objects.
  Presentation presentation(const Files& files) {
    Presentation out;
    for (const auto& [name, bytes] : files) {
      if (name.ends_with(".m3u8")) {
        out.playlists.push_back({name, bytes});
        continue;
      }
      const std::string key = "segments/default/" + name;
      EXPECT_TRUE(blobs_->put(key, bytes));
      out.media.push_back({name, key, static_cast<std::int64_t>(bytes.size())});
    }
    return out;
  }
  harness::TempDir dir_;
  std::unique_ptr<blob::Store> blobs_ = blob::open_directory(dir_.path() + "/blobs");
};

TEST_F(InspectionTest, WhatIsRightPassesWithoutAWord) {
  const auto said = inspect(*blobs_, presentation(Made().files()));
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_TRUE(said->empty()) << said->front();
}

TEST_F(InspectionTest, AMustThatIsNotMetNamesRuleAndPlace) {
  Made made;
  made.big.gap_before_last = 1'000;
  const auto said = inspect(*blobs_, presentation(made.files()));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().reason, "GATE_NOT_CONFORMANT");
  EXPECT_THAT(said.error().message, HasSubstr("Rule 7.3"));
  EXPECT_THAT(said.error().message, HasSubstr("v540/video.m3u8 segment 3"));
}

TEST_F(InspectionTest, AShouldThatIsNotMetIsToldAndRefusesNothing) {
  Made made;
  made.big.primaries = 9;
  const auto said = inspect(*blobs_, presentation(made.files()));
  ASSERT_TRUE(said) << said.error().message;
  ASSERT_EQ(said->size(), 1U);
  EXPECT_THAT(said->front(), HasSubstr("Rule bt709"));
}

TEST_F(InspectionTest, ObjectsThatAreNotThereAreRefused) {
  const Presentation whole = presentation(Made().files());
  ASSERT_TRUE(blobs_->remove("segments/default/v180/1.m4s"));
  EXPECT_EQ(inspect(*blobs_, whole).error().reason, "GATE_NOT_CONFORMANT");
  Presentation less = presentation(Made().files());
  std::erase_if(less.media, [](const Media& one) { return one.name == "audio/2.m4s"; });
  EXPECT_EQ(inspect(*blobs_, less).error().reason, "GATE_NOT_CONFORMANT");
  less.playlists.clear();
  EXPECT_EQ(inspect(*blobs_, less).error().reason, "GATE_NOT_CONFORMANT");
}

// The task is tried again; the revision is not blamed.
TEST_F(InspectionTest, AStoreThatFailsIsNoFindingAgainstTheRevision) {
  Broken broken;
  EXPECT_EQ(inspect(broken, presentation(Made().files())).error().reason, "OBJECT_STORE_FAILED");
}

}  // namespace
}  // namespace cliffhanger::transcode
