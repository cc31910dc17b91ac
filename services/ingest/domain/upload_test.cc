#include "services/ingest/domain/upload.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"

namespace cliffhanger::ingest {
namespace {

const EpisodeId kEpisode(Uuid::from_name("e"));

class UploadTest : public testing::Test {
 protected:
  UploadTest() {
    caller_ = {*Tenant::parse("default"), Role::kCreator, UserId(Uuid::from_name("me")), "", false};
    upload_ = *make({kEpisode, 10, "a.mp4", "video/mp4", ""});
  }
  Result<Upload> make(NewUpload wanted) {
    return create(caller_, wanted, policy_, UploadId(Uuid::from_name("u")), clock_.now());
  }
  Part part(std::int64_t offset, std::int64_t length) {
    return {upload_.epoch, offset, length, std::string(64, 'a'), part_prefix(upload_) + "1"};
  }

  // A partial one with all its bytes.
  Upload partial(const std::string& name, std::int64_t length) {
    NewUpload wanted{{}, length, "", "", ""};
    wanted.purpose = Purpose::kPartial;
    auto out = *create(caller_, wanted, policy_, UploadId(Uuid::from_name(name)), clock_.now());
    EXPECT_TRUE(begin_append(out, 0, 0, policy_));
    EXPECT_TRUE(commit(out, {out.epoch, 0, length, std::string(64, 'a'), part_prefix(out) + "1"}, policy_, clock_.now()));
    EXPECT_EQ(out.state, State::kReceiving);
    return out;
  }
  Result<Upload> joined(std::vector<Upload>& partials) {
    return join(caller_, {kEpisode, 0, "a.mp4", "video/mp4", ""}, policy_, partials, UploadId(Uuid::from_name("whole")),
                clock_.now());
  }

  const Policy policy_{1000};
  harness::ManualClock clock_;
  Caller caller_;
  Upload upload_;
};

TEST_F(UploadTest, RefusesWhatCannotBeTaken) {
  EXPECT_EQ(make({kEpisode, 0, "a", "", ""}).error().reason, "UPLOAD_EMPTY");
  EXPECT_EQ(make({kEpisode, 1001, "a", "", ""}).error().reason, "UPLOAD_TOO_LARGE");
  EXPECT_EQ(make({kEpisode, 1, "a", "text/plain", ""}).error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(make({kEpisode, 1, "a", "", "ABC"}).error().reason, "BAD_DIGEST");
  EXPECT_EQ(make({{}, 1, "a", "", ""}).error().reason, "EPISODE_REQUIRED");
}

TEST_F(UploadTest, ADubHasALanguageAndMayBeSound) {
  const auto dub = [this](std::string type, std::string language, std::string label) {
    NewUpload wanted{kEpisode, 10, "a", std::move(type), ""};
    wanted.purpose = Purpose::kDub;
    wanted.language = std::move(language);
    wanted.label = std::move(label);
    return make(wanted);
  };
  EXPECT_EQ(make({kEpisode, 1, "a", "audio/mpeg", ""}).error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(dub("image/png", "es", "").error().reason, "UPLOAD_TYPE_REFUSED");
  EXPECT_EQ(dub("audio/mpeg", "", "").error().reason, "LANGUAGE_REQUIRED");
  EXPECT_EQ(dub("audio/mpeg", "es", "a\"b").error().reason, "BAD_LABEL");
  for (const char* type : {"audio/mpeg", "audio/mp4", "application/ogg", "video/mp4", "", "application/octet-stream"})
    EXPECT_TRUE(dub(type, "es", "Español")) << type;
  EXPECT_EQ(dub("", "es", "x")->language, "es");
  for (const auto purpose : {Purpose::kVideo, Purpose::kDub, Purpose::kPartial}) EXPECT_EQ(*parse_purpose(to_text(purpose)), purpose);
  EXPECT_FALSE(parse_purpose("song"));
}

TEST_F(UploadTest, ReceivesToTheEnd) {
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  ASSERT_TRUE(commit(upload_, part(0, 4), policy_, clock_.now()));
  EXPECT_EQ(upload_.offset, 4);
  EXPECT_EQ(commit(upload_, part(0, 4), policy_, clock_.now()).error().reason, "WRONG_OFFSET");
  EXPECT_EQ(commit(upload_, part(4, 7), policy_, clock_.now()).error().reason, "PART_TOO_LARGE");
  EXPECT_EQ(begin_append(upload_, 3, 0, policy_).error().metadata.at("offset"), "4");
  ASSERT_TRUE(commit(upload_, part(4, 6), policy_, clock_.now()));
  EXPECT_EQ(upload_.state, State::kVerifying);
  EXPECT_EQ(begin_append(upload_, 10, 0, policy_).error().reason, "UPLOAD_NOT_RECEIVING");
  EXPECT_EQ(terminate(upload_).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(UploadTest, ALaterWriterFencesTheEarlierOne) {
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  const Part slow = part(0, 4);
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  EXPECT_EQ(commit(upload_, slow, policy_, clock_.now()).error().reason, "STALE_EPOCH");
}

TEST_F(UploadTest, PartsOfOthersAreRefused) {
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  Part foreign = part(0, 4);
  foreign.object_key = "parts/other/x/1";
  EXPECT_EQ(commit(upload_, foreign, policy_, clock_.now()).error().reason, "BAD_OBJECT_KEY");
}

TEST_F(UploadTest, ALengthThatWasLeftOpenIsToldOnce) {
  NewUpload wanted{kEpisode, 0, "a", "", ""};
  wanted.length_deferred = true;
  upload_ = *make(wanted);
  EXPECT_EQ(most_bytes(upload_, policy_), 1000);
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  EXPECT_EQ(commit(upload_, part(0, 1001), policy_, clock_.now()).error().reason, "PART_TOO_LARGE");
  ASSERT_TRUE(commit(upload_, part(0, 4), policy_, clock_.now()));
  EXPECT_EQ(upload_.state, State::kReceiving);
  EXPECT_EQ(begin_append(upload_, 4, 3, policy_).error().reason, "BAD_UPLOAD_LENGTH");
  EXPECT_EQ(begin_append(upload_, 4, 1001, policy_).error().reason, "UPLOAD_TOO_LARGE");
  ASSERT_TRUE(begin_append(upload_, 4, 6, policy_));
  EXPECT_EQ(begin_append(upload_, 4, 7, policy_).error().reason, "LENGTH_FIXED");
  ASSERT_TRUE(begin_append(upload_, 4, 6, policy_));
  ASSERT_TRUE(commit(upload_, part(4, 2), policy_, clock_.now()));
  EXPECT_EQ(upload_.state, State::kVerifying);
}

TEST_F(UploadTest, ALengthThatIsReachedAlreadyCompletesIt) {
  NewUpload wanted{kEpisode, 0, "a", "", ""};
  wanted.length_deferred = true;
  upload_ = *make(wanted);
  ASSERT_TRUE(begin_append(upload_, 0, 0, policy_));
  ASSERT_TRUE(commit(upload_, part(0, 4), policy_, clock_.now()));
  ASSERT_TRUE(begin_append(upload_, 4, 4, policy_));
  EXPECT_EQ(upload_.state, State::kVerifying);
}

TEST_F(UploadTest, PartialOnesBecomeOneThatIsComplete) {
  std::vector<Upload> partials{partial("b", 4), partial("a", 6)};
  const auto whole = joined(partials);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->length, 10);
  EXPECT_EQ(whole->offset, 10);
  EXPECT_EQ(whole->part_count, 2);
  EXPECT_EQ(whole->state, State::kVerifying);
  EXPECT_TRUE(whole->of_partials);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(partials[static_cast<std::size_t>(i)].state, State::kJoined);
    EXPECT_EQ(partials[static_cast<std::size_t>(i)].joined, whole->id);
    EXPECT_EQ(partials[static_cast<std::size_t>(i)].place, i);
  }
  Upload again = *whole;
  EXPECT_EQ(begin_append(again, 10, 0, policy_).error().reason, "UPLOAD_IS_FINAL");
  EXPECT_EQ(begin_append(partials[0], 4, 0, policy_).error().reason, "UPLOAD_NOT_RECEIVING");
  EXPECT_EQ(terminate(partials[0]).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(UploadTest, WhatCannotBeJoinedChangesNothing) {
  const auto reason = [this](std::vector<Upload> partials) {
    const auto before = partials;
    const auto whole = joined(partials);
    EXPECT_EQ(partials, before);
    return whole ? "" : whole.error().reason;
  };
  EXPECT_EQ(reason({}), "BAD_PARTIALS");
  EXPECT_EQ(reason({partial("a", 4), partial("a", 4)}), "BAD_PARTIALS");
  EXPECT_EQ(reason({partial("a", 4), upload_}), "NOT_A_PARTIAL");
  EXPECT_EQ(reason({partial("a", 500), partial("b", 501)}), "UPLOAD_TOO_LARGE");
  auto taken = partial("b", 4);
  taken.state = State::kJoined;
  EXPECT_EQ(reason({partial("a", 4), taken}), "PARTIAL_TAKEN");
  auto gone = partial("b", 4);
  ASSERT_TRUE(terminate(gone));
  EXPECT_EQ(reason({partial("a", 4), gone}), "UPLOAD_NOT_RECEIVING");
  auto short_one = partial("b", 4);
  short_one.length = 5;
  EXPECT_EQ(reason({partial("a", 4), short_one}), "PARTIAL_INCOMPLETE");
  auto open = partial("b", 4);
  open.length = 0;
  EXPECT_EQ(reason({open}), "PARTIAL_INCOMPLETE");
}

TEST_F(UploadTest, TerminationIsFinalAndRepeatable) {
  EXPECT_TRUE(*terminate(upload_));
  EXPECT_FALSE(*terminate(upload_));
  EXPECT_EQ(begin_append(upload_, 0, 0, policy_).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(UploadTest, StatesHaveNames) {
  for (const auto state : {State::kReceiving, State::kVerifying, State::kReady, State::kRejected, State::kTerminated,
                           State::kJoined}) {
    EXPECT_EQ(*parse_state(to_text(state)), state);
  }
  EXPECT_FALSE(parse_state("lost"));
}

}  // namespace
}  // namespace cliffhanger::ingest
