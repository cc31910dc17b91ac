#include "services/edge/reports/reports.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/testing/manual_clock.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = insight::v1;

class ReportsTest : public ::testing::Test {
 protected:
  http::Request request(http::Headers headers, http::Params query = {}) {
    http::Request out;
    out.method = "GET";
    out.headers = std::move(headers);
    out.query = std::move(query);
    return out;
  }
  double count(const char* outcome) {
    return metrics_.counter("cliffhanger_cmcd_reports_total", "", {{"outcome", outcome}}).value();
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bool away_ = false;
  std::vector<v1::RecordDeliveriesRequest> told_;
  Reports reports_{{[this](const v1::RecordDeliveriesRequest& in) -> Result<void> {
                      if (away_) return fail(unavailable("AWAY", "It is away."));
                      told_.push_back(in);
                      return {};
                    },
                    "edge-1", clock_, random_, metrics_}};
  const hls::Grant grant_{*Tenant::parse("default"), SessionId::make(clock_.now(), random_),
                          RevisionId::make(clock_.now(), random_), clock_.now()};
};

TEST_F(ReportsTest, HandsOnWhatTheHeadersOrTheQuerySay) {
  const auto by_header = request({{"Accept", "*/*"},
                                  {"cmcd-object", "br=3200,d=4004,ot=v,tb=6000"},
                                  {"CMCD-Request", "bl=21300,dl=18500,mtp=48100,su"},
                                  {"CMCD-Session", "sid=\"s\""},
                                  {"CMCD-Status", "bs,rtp=15000"}});
  EXPECT_TRUE(Reports::said(by_header));
  reports_.note(by_header, grant_, "v720/4.m4s");
  reports_.note(request({}, {{"CMCD", "ot=m,bl=100"}}), grant_, "main.m3u8");
  reports_.send();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].edge(), "edge-1");
  ASSERT_EQ(told_[0].deliveries_size(), 2);
  const auto& one = told_[0].deliveries(0);
  EXPECT_EQ(one.tenant(), "default");
  EXPECT_EQ(one.session_id(), grant_.session.text());
  EXPECT_EQ(one.revision_id(), grant_.revision.text());
  EXPECT_EQ(one.name(), "v720/4.m4s");
  EXPECT_EQ(one.object(), v1::DELIVERED_OBJECT_VIDEO);
  EXPECT_EQ(one.bitrate_kbps(), 3200);
  EXPECT_EQ(one.top_bitrate_kbps(), 6000);
  EXPECT_EQ(one.buffer_ms(), 21'300);
  EXPECT_EQ(one.deadline_ms(), 18'500);
  EXPECT_EQ(one.throughput_kbps(), 48'100);
  EXPECT_EQ(one.requested_kbps(), 15'000);
  EXPECT_TRUE(one.starved());
  EXPECT_TRUE(one.urgent());
  EXPECT_EQ(told_[0].deliveries(1).object(), v1::DELIVERED_OBJECT_MANIFEST);
  EXPECT_FALSE(told_[0].deliveries(1).has_bitrate_kbps());
  EXPECT_EQ(count("sent"), 2);
}

TEST_F(ReportsTest, WhoSaysNothingCostsNothingAndWhoSaysNonsenseIsCounted) {
  EXPECT_FALSE(
      Reports::said(request({{"Accept", "*/*"}, {"Cookie", "a=b"}, {"CM", "x"}, {"Connection", "close"}})));
  EXPECT_TRUE(Reports::said(request({}, {{"t", "1"}})));
  reports_.note(request({{"CMXX-Y", "1"}}, {{"t", "1"}}), grant_, "a");
  for (const char* payload : {",", "br=x", "br=1,br=2", "\xff", "sid=\""}) {
    reports_.note(request({{"CMCD-Object", payload}}), grant_, "a");
    reports_.note(request({}, {{"CMCD", payload}}), grant_, "a");
  }
  reports_.send();
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(count("malformed"), 10);
}

TEST_F(ReportsTest, KeepsWhatNobodyTakesWithinBoundsUnderTheSameIds) {
  away_ = true;
  const auto say = request({{"CMCD-Object", "br=1"}});
  for (int i = 0; i < 3; ++i) reports_.note(say, grant_, "a");
  reports_.send();
  reports_.send();
  EXPECT_TRUE(told_.empty());
  away_ = false;
  reports_.send();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].deliveries_size(), 3);
  away_ = true;
  for (std::size_t i = 0; i < kMostNoted + 10; ++i) reports_.note(say, grant_, "a");
  EXPECT_EQ(count("dropped"), 10);
  for (std::size_t round = 0; round < kMostBatches + 5; ++round) {
    reports_.note(say, grant_, "a");
    reports_.send();
  }
  away_ = false;
  told_.clear();
  reports_.send();
  EXPECT_EQ(told_.size(), kMostBatches);
  std::set<std::string> ids;
  for (const auto& batch : told_) {
    ids.insert(batch.batch_id());
    EXPECT_LE(batch.deliveries_size(), kReportBatch);
  }
  EXPECT_EQ(ids.size(), told_.size());
}

TEST_F(ReportsTest, SendsWhatIsThereWhenItEnds) {
  reports_.start();
  reports_.note(request({{"CMCD-Object", "br=1"}}), grant_, "a");
  reports_.stop();
  EXPECT_EQ(count("sent"), 1);
}

}  // namespace
}  // namespace cliffhanger::edge
