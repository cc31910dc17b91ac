// Files that are sent in several uploads at once, and files whose length is told last, on a real database and object store.
#include "services/ingest/test_uploads.h"

namespace cliffhanger::ingest {
namespace {

class PartialTest : public IngestTest {
 protected:
  // Two pieces of `bytes`, each in parts of 10,000.
  std::vector<UploadId> send_halves(const std::string& bytes) {
    const std::size_t half = bytes.size() / 2 + 1;
    return {partial(bytes.substr(0, half)), partial(bytes.substr(half))};
  }
  UploadId partial(const std::string& bytes) {
    NewUpload wanted{{}, static_cast<std::int64_t>(bytes.size()), "", "", ""};
    wanted.purpose = Purpose::kPartial;
    const Upload upload = *with([&](Uploads& u) { return u.create_upload(me_, wanted); });
    return send(upload, bytes, 10'000).id;
  }
  Result<Upload> create_of(const std::vector<UploadId>& partials, const Caller& caller) {
    const NewUpload wanted{episode_, 0, "a.mp4", "", "", SeriesId(Uuid::from_name("s"))};
    return with([&](Uploads& u) { return u.create_of(caller, wanted, partials); });
  }
  Result<Upload> create_of(const std::vector<UploadId>& partials) { return create_of(partials, me_); }
  Upload seen(UploadId id) {
    return *with([&](Uploads& u) { return u.get(me_, id); });
  }
};

TEST_F(PartialTest, AFileOfPiecesIsVerifiedAsAWholeAndLeavesNoPart) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto pieces = send_halves(clip);
  EXPECT_EQ(number("SELECT count(*) FROM work"), 0);
  const auto whole = create_of(pieces);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(*with([&](Uploads& u) { return u.partials_of(*whole); }), pieces);
  EXPECT_EQ(seen(pieces[0]).state, State::kJoined);
  const auto ready = verified(*whole);
  ASSERT_EQ(ready.state, State::kReady) << ready.failure_message;
  EXPECT_EQ(*blobs_->get(source_key(me_.tenant, *ready.source)), clip);
  EXPECT_TRUE(blobs_->list("parts/", "", 10)->empty());
  EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
  EXPECT_EQ(told_alone<v1::SourceVerified>().upload_id(), whole->id.text());
}

TEST_F(PartialTest, TheSameListAgainIsTheSameUploadAndAnotherIsRefused) {
  const auto pieces = send_halves("0123456789");
  const auto whole = create_of(pieces);
  ASSERT_TRUE(whole);
  EXPECT_EQ(create_of(pieces)->id, whole->id);
  EXPECT_EQ(create_of({pieces[0]}).error().reason, "PARTIAL_TAKEN");
  EXPECT_EQ(create_of({pieces[1], pieces[0]}).error().reason, "PARTIAL_TAKEN");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'verify'"), 1);
}

TEST_F(PartialTest, AWrongOrderIsAnotherFile) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto pieces = send_halves(clip);
  const auto refused = verified(*create_of({pieces[1], pieces[0]}));
  EXPECT_EQ(refused.state, State::kRejected);
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

TEST_F(PartialTest, OthersPiecesDontExist) {
  const auto pieces = send_halves("0123456789");
  Caller other = me_;
  other.user = UserId(Uuid::from_name("other"));
  EXPECT_EQ(create_of(pieces, other).error().reason, "UPLOAD_NOT_FOUND");
  other.role = Role::kOperator;
  EXPECT_EQ(create_of(pieces, other).error().reason, "NOT_THE_OWNER");
  EXPECT_EQ(seen(pieces[0]).state, State::kReceiving);
  EXPECT_EQ(number("SELECT count(*) FROM part"), 2);
}

TEST_F(PartialTest, PiecesThatNobodyJoinsExpire) {
  const auto pieces = send_halves("0123456789");
  clock_.advance(25h);
  EXPECT_EQ(*with([](Uploads& u) { return u.expire(); }), 2);
  EXPECT_EQ(verified(seen(pieces[0])).state, State::kTerminated);
  EXPECT_EQ(create_of(pieces).error().reason, "UPLOAD_NOT_RECEIVING");
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

TEST_F(PartialTest, AnEpisodeThatIsDeletedTakesThePiecesAlong) {
  const auto whole = create_of(send_halves("0123456789"));
  ASSERT_TRUE(whole);
  ASSERT_TRUE(with([&](Uploads& u) { return u.episode_deleted(me_.tenant, episode_); }));
  EXPECT_EQ(verified(*whole).state, State::kTerminated);
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
  EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
  EXPECT_EQ(create_of({partial("01"), partial("23")}).error().reason, "EPISODE_NOT_FOUND");
}

TEST_F(PartialTest, ALengthThatIsToldLastCompletesTheFile) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  NewUpload wanted{episode_, 0, "a.mp4", "", "", SeriesId(Uuid::from_name("s"))};
  wanted.length_deferred = true;
  auto upload = *with([&](Uploads& u) { return u.create_upload(me_, wanted); });
  upload = send(upload, clip, 10'000);
  EXPECT_EQ(upload.state, State::kReceiving);
  const auto length = static_cast<std::int64_t>(clip.size());
  upload = *with([&](Uploads& u) { return u.begin(me_, upload.id, length, length); });
  EXPECT_EQ(verified(upload).state, State::kReady);
  EXPECT_EQ(told_alone<v1::SourceVerified>().length(), length);
}

}  // namespace
}  // namespace cliffhanger::ingest
