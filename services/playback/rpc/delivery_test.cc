// Sessions where a CDN delivers.
#include "services/playback/cdn/cloudfront.h"
#include "services/playback/cdn/test_cloudfront.h"
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

class DeliveryTest : public PlaybackTest {
 protected:
  DeliveryTest() {
    CloudFrontOptions o;
    o.url = "https://cdn.example.com";
    o.key_pair_id = "K1";
    o.private_key = pem_;
    cdn_ = std::move(*CloudFront::make(std::move(o), clock_));
    std::destroy_at(&passes_);
    std::construct_at(&passes_, keys_, clock_, cdn_.get(), std::chrono::seconds(600));
  }
  Result<v1::CdnPass> renew(const Person& who, const std::string& session) {
    v1::RenewSessionRequest in;
    in.set_session_id(session);
    return call<v1::RenewSessionResponse>(who, in).map([](const auto& out) { return out.cdn(); });
  }
  void end(const Person& who, const std::string& session) {
    v1::RevokeSessionRequest in;
    in.set_session_id(session);
    ASSERT_TRUE(call<v1::RevokeSessionResponse>(who, in));
  }
  void take_down(const RevisionId& revision) {
    v1::RevokeRevisionRequest in;
    in.set_revision_id(revision.text());
    ASSERT_TRUE(call<v1::RevokeRevisionResponse>(person("default", Role::kOperator), in));
  }
  void encrypt(const RevisionId& revision) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return PgKeys(tx, *Tenant::parse("default")).keep(revision, ContentKey::make(random_), clock_.now());
    }));
  }
  static bool at_edge(const v1::PlaybackSession& session) {
    return !session.has_cdn() && session.playlist_url().starts_with("/hls/");
  }

  static inline const std::string pem_ = test_key(2048);
  std::unique_ptr<CloudFront> cdn_;
};

TEST_F(DeliveryTest, ASessionIsAtTheCdnWithAPassOfItsOwnLife) {
  const auto viewer = person();
  const auto what = episode(series(), 1);
  const auto session = start(viewer, what, "key-1");
  ASSERT_TRUE(session) << session.error().message;
  const std::string base = "https://cdn.example.com/cdn/default/" + what.revision.text() + '/';
  EXPECT_EQ(session->playlist_url(), base + "main.m3u8");
  EXPECT_EQ(session->dash_url(), base + "main.mpd");
  EXPECT_EQ(session->storyboard_url(), base + "storyboard.vtt");
  EXPECT_EQ(session->cdn().base_url(), base);
  ASSERT_EQ(session->cdn().cookies_size(), 3);
  EXPECT_LE(session->cdn().cookies(0).max_age_seconds(), 600);
  EXPECT_GE(session->cdn().cookies(0).max_age_seconds(), 599);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  EXPECT_EQ(session->cdn().expire_time().seconds(), seconds + 600);
  EXPECT_EQ(session->expire_time().seconds(), seconds + 6 * 3600);
  clock_.advance(60s);
  const auto again = start(viewer, what, "key-1");
  EXPECT_EQ(again->session_id(), session->session_id());
  EXPECT_EQ(again->cdn().expire_time().seconds(), seconds + 660) << "the answer is not stored";
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const auto rows, tx.run_text("SELECT response FROM idempotency"));
    EXPECT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].bytes(0).find("K1"), std::string::npos);
    EXPECT_EQ(rows[0].bytes(0).find("https://"), std::string::npos);
    return {};
  }));
  const auto prepared = prepare(viewer, {what.episode.text()});
  EXPECT_TRUE(prepared->items(0).session().has_cdn());
}

TEST_F(DeliveryTest, WhatTheEdgeMustLookAtStaysWithTheEdge) {
  const auto viewer = person();
  const auto encrypted = episode(series(), 1);
  encrypt(encrypted.revision);
  EXPECT_TRUE(at_edge(*start(viewer, encrypted)));
  auto growing = episode(series(), 1);
  growing.provisional = true;
  catalog_.episodes[{viewer.tenant, growing.episode}] = growing;
  EXPECT_TRUE(at_edge(*start(viewer, growing)));
  const auto ended = episode(series(), 1);
  EXPECT_FALSE(at_edge(*start(viewer, ended)));
  take_down(ended.revision);
  EXPECT_TRUE(at_edge(*start(viewer, ended))) << "a CDN's requests for it are refused";
  clock_.advance(7h);
  EXPECT_FALSE(at_edge(*start(viewer, ended))) << "every pass from before it has expired";
}

TEST_F(DeliveryTest, APassIsRenewedUntilTheSessionEnds) {
  const auto viewer = person(), other = person();
  const auto what = episode(series(), 1);
  const auto session = start(viewer, what);
  clock_.advance(590s);
  const auto renewed = renew(viewer, session->session_id());
  ASSERT_TRUE(renewed) << renewed.error().message;
  EXPECT_EQ(renewed->base_url(), session->cdn().base_url());
  EXPECT_EQ(renewed->expire_time().seconds(), session->cdn().expire_time().seconds() + 590);
  EXPECT_EQ(reason(renew(other, session->session_id())), "SESSION_NOT_FOUND");
  EXPECT_EQ(reason(renew(person("elsewhere"), session->session_id())), "SESSION_NOT_FOUND");
  clock_.advance(5h + 45min);
  EXPECT_EQ(renew(viewer, session->session_id())->expire_time().seconds(), session->expire_time().seconds());
  clock_.advance(10min);
  EXPECT_EQ(reason(renew(viewer, session->session_id())), "SESSION_EXPIRED");
}

TEST_F(DeliveryTest, WhatWasTakenBackIsNotRenewed) {
  const auto viewer = person();
  const auto one = episode(series(), 1), two = episode(series(), 1), three = episode(series(), 1);
  const auto ended = start(viewer, one), gone = start(viewer, two), later = start(viewer, three);
  end(viewer, ended->session_id());
  EXPECT_EQ(reason(renew(viewer, ended->session_id())), "SESSION_REVOKED");
  take_down(two.revision);
  EXPECT_EQ(reason(renew(viewer, gone->session_id())), "REVISION_WITHDRAWN");
  encrypt(three.revision);
  EXPECT_EQ(reason(renew(viewer, later->session_id())), "NOT_AT_CDN");
}

TEST_F(DeliveryTest, WithoutACdnSessionsThatWereAtOneAreAtTheEdge) {
  const auto viewer = person();
  const auto what = episode(series(), 1);
  const auto before = start(viewer, what, "key-1");
  ASSERT_TRUE(before->has_cdn());
  std::destroy_at(&passes_);
  std::construct_at(&passes_, keys_, clock_);
  const auto after = start(viewer, what, "key-1");
  EXPECT_EQ(after->session_id(), before->session_id());
  EXPECT_TRUE(at_edge(*after));
  EXPECT_EQ(reason(renew(viewer, before->session_id())), "NOT_AT_CDN");
}

}  // namespace
}  // namespace cliffhanger::playback
