#include "services/ingest/domain/upload.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"

namespace cliffhanger::ingest {
namespace {

class UploadTest : public testing::Test {
 protected:
  UploadTest() {
    caller_ = {*Tenant::parse("default"), Role::kCreator, UserId(Uuid::from_name("me")), "", false};
    upload_ = *make({EpisodeId(Uuid::from_name("e")), 10, "a.mp4", "video/mp4", ""});
  }
  Result<Upload> make(NewUpload wanted) {
    return create(caller_, wanted, {1000}, UploadId(Uuid::from_name("u")), clock_.now());
  }
  Part part(std::int64_t offset, std::int64_t length) {
    return {upload_.epoch, offset, length, std::string(64, 'a'), part_prefix(upload_) + "1"};
  }

  harness::ManualClock clock_;
  Caller caller_;
  Upload upload_;
};

TEST_F(UploadTest, RefusesWhatCannotBeTaken) {
  EXPECT_EQ(make({{}, 0, "a", "", ""}).error().reason, "UPLOAD_EMPTY");
  EXPECT_EQ(make({{}, 1001, "a", "", ""}).error().reason, "UPLOAD_TOO_LARGE");
  EXPECT_EQ(make({{}, 1, "a", "text/plain", ""}).error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(make({{}, 1, "a", "", "ABC"}).error().reason, "BAD_DIGEST");
}

TEST_F(UploadTest, ADubHasALanguageAndMayBeSound) {
  const auto dub = [this](std::string type, std::string language, std::string label) {
    NewUpload wanted{EpisodeId(Uuid::from_name("e")), 10, "a", std::move(type), ""};
    wanted.purpose = Purpose::kDub;
    wanted.language = std::move(language);
    wanted.label = std::move(label);
    return make(wanted);
  };
  EXPECT_EQ(make({{}, 1, "a", "audio/mpeg", ""}).error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(dub("image/png", "es", "").error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(dub("audio/mpeg", "", "").error().reason, "LANGUAGE_REQUIRED");
  EXPECT_EQ(dub("audio/mpeg", "es", "a\"b").error().reason, "BAD_LABEL");
  for (const char* type : {"audio/mpeg", "audio/mp4", "application/ogg", "video/mp4", "", "application/octet-stream"})
    EXPECT_TRUE(dub(type, "es", "Español")) << type;
  EXPECT_EQ(dub("", "es", "x")->language, "es");
  for (const auto purpose : {Purpose::kVideo, Purpose::kDub}) EXPECT_EQ(*parse_purpose(to_text(purpose)), purpose);
  EXPECT_FALSE(parse_purpose("song"));
}

TEST_F(UploadTest, ReceivesToTheEnd) {
  ASSERT_TRUE(begin_append(upload_, 0));
  ASSERT_TRUE(commit(upload_, part(0, 4), clock_.now()));
  EXPECT_EQ(upload_.offset, 4);
  EXPECT_EQ(commit(upload_, part(0, 4), clock_.now()).error().reason, "WRONG_OFFSET");
  EXPECT_EQ(commit(upload_, part(4, 7), clock_.now()).error().reason, "PART_TOO_LARGE");
  EXPECT_EQ(begin_append(upload_, 3).error().metadata.at("offset"), "4");
  ASSERT_TRUE(commit(upload_, part(4, 6), clock_.now()));
  EXPECT_EQ(upload_.state, State::kVerifying);
  EXPECT_EQ(begin_append(upload_, 10).error().reason, "UPLOAD_NOT_RECEIVING");
  EXPECT_EQ(terminate(upload_).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(UploadTest, ALaterWriterFencesTheEarlierOne) {
  ASSERT_TRUE(begin_append(upload_, 0));
  const Part slow = part(0, 4);
  ASSERT_TRUE(begin_append(upload_, 0));
  EXPECT_EQ(commit(upload_, slow, clock_.now()).error().reason, "STALE_EPOCH");
}

TEST_F(UploadTest, PartsOfOthersAreRefused) {
  ASSERT_TRUE(begin_append(upload_, 0));
  Part foreign = part(0, 4);
  foreign.object_key = "parts/other/x/1";
  EXPECT_EQ(commit(upload_, foreign, clock_.now()).error().reason, "BAD_OBJECT_KEY");
}

TEST_F(UploadTest, TerminationIsFinalAndRepeatable) {
  EXPECT_TRUE(*terminate(upload_));
  EXPECT_FALSE(*terminate(upload_));
  EXPECT_EQ(begin_append(upload_, 0).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(UploadTest, StatesHaveNames) {
  for (const auto state : {State::kReceiving, State::kVerifying, State::kReady, State::kRejected, State::kTerminated}) {
    EXPECT_EQ(*parse_state(to_text(state)), state);
  }
  EXPECT_FALSE(parse_state("lost"));
}

}  // namespace
}  // namespace cliffhanger::ingest
