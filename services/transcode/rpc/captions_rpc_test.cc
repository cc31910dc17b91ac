#include "services/transcode/rpc/captions_rpc.h"

#include <gmock/gmock.h>

#include "libs/rpc/methods.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

constexpr const char* kSrt =
    "1\n00:00:01,000 --> 00:00:02,000\nHello <i>you</i>\n\n2\n00:00:01,500 --> 00:00:03,000\nand you\n";

class CaptionsRpcTest : public StoreTest {
 protected:
  CaptionsRpcTest() { revision_ = accept(episode_); }

  template <class Response, class Request>
  Result<Response> ask(Result<Response> (*method)(Captioning&, const Call&, const Request&),
                       const Request& in, const Call& call) {
    const auto act = [&](sql::Tx& tx) -> Result<Response> {
      PgCaptions shelf(tx, call, clock_, random_);
      Captioning captioning({shelf, clock_});
      return method(captioning, call, in);
    };
    const bool reads = rpc::access_of(rpc::method_taking(Request::descriptor())).read_only();
    return reads ? pool_->read(act) : pool_->transact(act);
  }
  pb::PutCaptionsRequest file(const std::string& text, const std::string& language = "en") {
    pb::PutCaptionsRequest in;
    in.set_episode_id(episode_.text());
    in.set_language(language);
    in.set_text(text);
    return in;
  }
  Result<pb::PutCaptionsResponse> put(const std::string& text, const std::string& language = "en") {
    return ask(put_captions, file(text, language), call_);
  }
  template <class Request>
  Request about(const std::string& language) {
    Request in;
    in.set_episode_id(episode_.text());
    in.set_language(language);
    return in;
  }
  // "language state" of each.
  std::vector<std::string> listed() {
    pb::ListCaptionsRequest in;
    in.set_episode_id(episode_.text());
    const auto list = ask(list_captions, in, call_);
    std::vector<std::string> out;
    for (const auto& one : list->captions())
      out.push_back(one.language() + (one.state() == pb::CAPTIONS_STATE_DRAFT ? " draft" : ""));
    return out;
  }
  void make_ready() {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("UPDATE revision SET state = 'ready' WHERE revision_id = '" + revision_.text() +
                         "'");
    }));
  }
  void save_draft(const std::string& text) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      PgCaptions shelf(tx, call_, clock_, random_);
      return shelf.save(draft_of(episode_, {{0, 1000, text, "", 0}}, clock_.now()));
    }));
  }
  std::int64_t tasks(const std::string& kind) {
    return number("SELECT count(*) FROM work WHERE kind = '" + kind + "'");
  }
  RevisionId revision_;
};

TEST_F(CaptionsRpcTest, AFileIsKeptAsWebVtt) {
  auto in = file(kSrt, "PT-br");
  in.set_label("Português");
  in.set_kind(pb::CAPTIONS_KIND_CAPTIONS);
  in.set_format(pb::CAPTIONS_FORMAT_SRT);
  const auto done = ask(put_captions, in, call_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->captions().language(), "pt-BR");
  EXPECT_EQ(done->captions().cues(), 2);
  EXPECT_EQ(done->captions().state(), pb::CAPTIONS_STATE_PUBLIC);
  ASSERT_EQ(done->warnings_size(), 1);
  EXPECT_EQ(done->warnings(0).line(), 6);
  EXPECT_EQ(done->warnings(0).reason(), "OVERLAP");
  const auto got = ask(get_captions, about<pb::GetCaptionsRequest>("pt-br"), call_);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->captions().label(), "Português");
  EXPECT_EQ(got->captions().kind(), pb::CAPTIONS_KIND_CAPTIONS);
  EXPECT_EQ(got->webvtt(),
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello <i>you</i>\n\n00:00:01.500 --> 00:00:03.000\nand "
            "you\n");
  auto again = about<pb::GetCaptionsRequest>("pt-BR");
  again.set_draft(true);
  EXPECT_EQ(ask(get_captions, again, call_).error().reason, "CAPTIONS_NOT_FOUND");
}

TEST_F(CaptionsRpcTest, ABadFileIsRefusedWithEveryLine) {
  const auto refused =
      put("1\n00:00:01,000 --> 00:00:00,000\nx\n\n2\n00:00:50,000 --> 00:00:51,000\nbeyond the 20 seconds\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "CAPTIONS_INVALID");
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  ASSERT_EQ(refused.error().faults.size(), 2U);
  EXPECT_EQ(refused.error().faults[0],
            (FieldFault{"text", "line 2: END_BEFORE_START: The cue ends before it starts."}));
  EXPECT_THAT(refused.error().faults[1].message, testing::StartsWith("line 6: CUE_BEYOND_END: "));
  EXPECT_TRUE(listed().empty());
  auto in = file(kSrt);
  in.set_label("a \"quote\"");
  EXPECT_EQ(ask(put_captions, in, call_).error().reason, "INVALID_REQUEST");
}

TEST_F(CaptionsRpcTest, WhatCouldNotBeServedIsRefused) {
  std::string grows, overlaps;
  const auto cue = [](int from, int to, const std::string& text) {
    char times[64];
    std::snprintf(times, sizeof times, "00:00:%02d,%03d --> 00:00:%02d,%03d\n", from / 1000, from % 1000,
                  to / 1000, to % 1000);
    return times + text + "\n\n";
  };
  for (int i = 0; i < 15'000; ++i) grows += cue(i, i + 1, "&&&&&&&&&&&&");
  for (int i = 0; i < 500; ++i) overlaps += cue(i, 19'000, "at once");
  for (const std::string& text : {grows, overlaps}) {
    const auto refused = put(text);
    ASSERT_FALSE(refused) << refused->captions().cues() << " cues of " << text.size() << " bytes";
    EXPECT_EQ(refused.error().reason, "CAPTIONS_INVALID");
    ASSERT_EQ(refused.error().faults.size(), 1U);
    EXPECT_THAT(refused.error().faults[0].message, testing::HasSubstr("TOO_LARGE"));
  }
  EXPECT_TRUE(listed().empty());
}

TEST_F(CaptionsRpcTest, OnlyTheOwnerAndOperatorsMayTouchThem) {
  ASSERT_TRUE(put(kSrt));
  const UserId stranger = UserId::make(clock_.now(), random_);
  for (const Call& call :
       {as(Role::kCreator, stranger), as(Role::kOperator, owner_, "other"), as(Role::kService, stranger)}) {
    EXPECT_EQ(ask(put_captions, file(kSrt), call).error().reason, "EPISODE_NOT_FOUND");
    EXPECT_EQ(ask(get_captions, about<pb::GetCaptionsRequest>("en"), call).error().reason,
              "EPISODE_NOT_FOUND");
    EXPECT_EQ(ask(delete_captions, about<pb::DeleteCaptionsRequest>("en"), call).error().reason,
              "EPISODE_NOT_FOUND");
    EXPECT_EQ(ask(approve_captions, about<pb::ApproveCaptionsRequest>("en"), call).error().reason,
              "EPISODE_NOT_FOUND");
    EXPECT_EQ(ask(draft_captions, about<pb::DraftCaptionsRequest>("en"), call).error().reason,
              "EPISODE_NOT_FOUND");
  }
  EXPECT_TRUE(ask(put_captions, file(kSrt), as(Role::kOperator, stranger)));
  EXPECT_TRUE(ask(put_captions, file(kSrt), as(Role::kService, UserId())));
  auto unknown = file(kSrt);
  unknown.set_episode_id(EpisodeId::make(clock_.now(), random_).text());
  EXPECT_EQ(ask(put_captions, unknown, call_).error().reason, "EPISODE_NOT_FOUND");
}

TEST_F(CaptionsRpcTest, AChangeOfAReadyRevisionIsATaskAndTheSameAgainIsNone) {
  ASSERT_TRUE(put(kSrt));
  EXPECT_EQ(tasks("captions"), 0);  // packaging will take them
  make_ready();
  ASSERT_TRUE(put(kSrt));
  EXPECT_EQ(tasks("captions"), 0);
  ASSERT_TRUE(put(kSrt, "es"));
  EXPECT_EQ(tasks("captions"), 1);
  EXPECT_EQ(listed(), (std::vector<std::string>{"en", "es"}));
  ASSERT_TRUE(ask(delete_captions, about<pb::DeleteCaptionsRequest>("ES"), call_));
  ASSERT_TRUE(ask(delete_captions, about<pb::DeleteCaptionsRequest>("ES"), call_));
  EXPECT_EQ(tasks("captions"), 2);
  EXPECT_EQ(listed(), std::vector<std::string>{"en"});
}

TEST_F(CaptionsRpcTest, ADraftIsNothingUntilItIsApproved) {
  make_ready();
  ASSERT_TRUE(put(kSrt));
  save_draft("by a machine");
  EXPECT_EQ(listed(), (std::vector<std::string>{"en", "en draft"}));
  EXPECT_EQ(tasks("captions"), 1);
  auto draft = about<pb::GetCaptionsRequest>("en");
  draft.set_draft(true);
  EXPECT_THAT(ask(get_captions, draft, call_)->webvtt(), testing::HasSubstr("by a machine"));
  EXPECT_THAT(ask(get_captions, about<pb::GetCaptionsRequest>("en"), call_)->webvtt(),
              testing::HasSubstr("Hello"));
  const auto approved = ask(approve_captions, about<pb::ApproveCaptionsRequest>("en"), call_);
  ASSERT_TRUE(approved);
  EXPECT_EQ(approved->captions().state(), pb::CAPTIONS_STATE_PUBLIC);
  EXPECT_EQ(tasks("captions"), 2);
  EXPECT_TRUE(ask(approve_captions, about<pb::ApproveCaptionsRequest>("en"), call_));
  EXPECT_EQ(tasks("captions"), 2);
  EXPECT_EQ(listed(), std::vector<std::string>{"en"});
  EXPECT_THAT(ask(get_captions, about<pb::GetCaptionsRequest>("en"), call_)->webvtt(),
              testing::HasSubstr("by a machine"));
  save_draft("again");
  auto only = about<pb::DeleteCaptionsRequest>("en");
  only.set_draft(true);
  ASSERT_TRUE(ask(delete_captions, only, call_));
  EXPECT_EQ(listed(), std::vector<std::string>{"en"});
  EXPECT_EQ(ask(approve_captions, about<pb::ApproveCaptionsRequest>("fr"), call_).error().reason,
            "CAPTIONS_NOT_FOUND");
}

TEST_F(CaptionsRpcTest, ADraftIsAskedForOnce) {
  const auto in = about<pb::DraftCaptionsRequest>("en");
  EXPECT_EQ(ask(draft_captions, about<pb::DraftCaptionsRequest>("fr"), call_).error().reason,
            "CAPTIONS_LANGUAGE_UNSUPPORTED");
  EXPECT_EQ(ask(draft_captions, in, call_).error().reason, "REVISION_NOT_READY");
  make_ready();
  ASSERT_TRUE(ask(draft_captions, in, call_));
  ASSERT_TRUE(ask(draft_captions, in, call_));
  EXPECT_EQ(tasks("speech"), 1);
}

TEST_F(CaptionsRpcTest, TheyAreBurnedOnWishInFourLanguages) {
  make_ready();
  const auto burn = [&](const std::string& language) {
    return ask(burn_captions, about<pb::BurnCaptionsRequest>(language), call_);
  };
  const auto unburn = [&](const std::string& language) {
    return ask(unburn_captions, about<pb::UnburnCaptionsRequest>(language), call_);
  };
  EXPECT_EQ(burn("en").error().reason, "CAPTIONS_NOT_FOUND");
  for (const std::string language : {"en", "es", "fr", "de", "it"}) ASSERT_TRUE(put(kSrt, language));
  const std::int64_t before = tasks("captions");
  for (const std::string language : {"en", "es", "fr", "DE"}) {
    const auto done = burn(language);
    ASSERT_TRUE(done) << done.error().reason;
    EXPECT_EQ(done->captions().burned_state(), pb::BURNED_STATE_PROCESSING);
  }
  EXPECT_EQ(burn("it").error().reason, "BURNED_CAPTIONS_TOO_MANY");
  EXPECT_TRUE(burn("de"));
  EXPECT_EQ(tasks("captions"), before + 4);  // asked for already
  pb::GetBurnedPlaylistRequest playlist;
  playlist.set_revision_id(revision_.text());
  playlist.set_language("en");
  EXPECT_EQ(ask(get_burned_playlist, playlist, call_).error().reason, "BURNED_CAPTIONS_NOT_FOUND");
  const Call stranger = as(Role::kCreator, UserId::make(clock_.now(), random_));
  EXPECT_EQ(ask(burn_captions, about<pb::BurnCaptionsRequest>("en"), stranger).error().reason,
            "EPISODE_NOT_FOUND");
  EXPECT_EQ(ask(unburn_captions, about<pb::UnburnCaptionsRequest>("en"), stranger).error().reason,
            "EPISODE_NOT_FOUND");
  ASSERT_TRUE(unburn("Es"));
  ASSERT_TRUE(unburn("es"));
  EXPECT_EQ(tasks("captions"), before + 5);
  EXPECT_TRUE(burn("it"));
  EXPECT_EQ(ask(get_captions, about<pb::GetCaptionsRequest>("es"), call_)->captions().burned_state(),
            pb::BURNED_STATE_ABSENT);
}

TEST_F(CaptionsRpcTest, TheyGoWithTheirEpisodeAndWithNoOther) {
  ASSERT_TRUE(put(kSrt));
  save_draft("by a machine");
  const auto forget = [&](const Call& call, EpisodeId episode) {
    return pool_->transact(
        [&](sql::Tx& tx) { return PgCaptions(tx, call, clock_, random_).forget(episode); });
  };
  ASSERT_TRUE(forget(as(Role::kService, UserId(), "other"), episode_));
  ASSERT_TRUE(forget(call_, EpisodeId::make(clock_.now(), random_)));
  EXPECT_EQ(listed().size(), 2U);
  ASSERT_TRUE(forget(call_, episode_));
  EXPECT_TRUE(listed().empty());
}

TEST_F(CaptionsRpcTest, AnEpisodeHasThirtyTwoLanguages) {
  for (int i = 0; i < 32; ++i)
    ASSERT_TRUE(
        put(kSrt, "x" + std::string(1, static_cast<char>('a' + i / 16)) + static_cast<char>('a' + i % 16)));
  EXPECT_EQ(put(kSrt, "en").error().reason, "CAPTIONS_TOO_MANY");
  EXPECT_TRUE(put("WEBVTT\n\n00:01.000 --> 00:02.000\nother\n", "xaa"));
}

}  // namespace
}  // namespace cliffhanger::transcode
