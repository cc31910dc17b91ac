// What feeds do while servers take calls and say nothing.
#include "libs/obs/names.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

using List = std::vector<std::string>;

harness::TcpGate& gate() {
  static harness::TcpGate it(harness::Postgres::shared().socket());
  return it;
}

// PostgreSQL is behind a gate for the service; the test tells events past it.
class FeedPatienceTest : public FeedWorld {
 protected:
  FeedPatienceTest() : FeedWorld(" host=127.0.0.1 port=" + std::to_string(gate().port())) {}
  ~FeedPatienceTest() override { gate().open(); }

  double without(const char* what) {
    return metrics_.counter(obs::names::kFeedDegraded, "", {{"without", what}}).value();
  }
  // Reads of the service and the test that failed.
  double failed_reads() {
    return metrics_
        .counter(obs::names::kSqlTransactions, "", {{"schema", "recommendation"}, {"result", "rolled_back"}})
        .value();
  }
  void keep_a_last_good_list() {
    const auto tenant = call(viewer_).caller.tenant;
    EXPECT_TRUE(catalogue_->refresh());
    EXPECT_TRUE(last_good_.refresh(tenant, *catalogue_->of(tenant)));
  }
  List ids(const Result<v1::GetFeedResponse>& page) {
    List out;
    EXPECT_TRUE(page) << (page ? "" : page.error().message);
    if (page)
      for (const auto& item : page->items()) out.push_back(item.series().series_id());
    return out;
  }
};

TEST_F(FeedPatienceTest, ASilentDatabaseIsWaitedForShortlyAndThenByOnePageASecond) {
  const auto a = series(2), b = series(1);
  applaud(a);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  ASSERT_EQ(page(call(viewer_), 10)->items(0).episode().number(), 2);
  gate().hold();
  for (int i = 1; i <= kPatientFor; ++i) {
    const auto shown = page(call(viewer_), 10);
    EXPECT_EQ(ids(shown), (List{a, b}));
    EXPECT_TRUE(shown->degraded());
    EXPECT_EQ(shown->items(0).episode().number(), 1);  // where the viewer is can't be known
    EXPECT_EQ(without("database"), i);
  }
  const auto failed = failed_reads();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(page(call(viewer_), 10)->degraded());
  EXPECT_EQ(failed_reads(), failed);  // nobody asked
  clock_.advance(1s);
  EXPECT_TRUE(patience_.database.ask());
  EXPECT_FALSE(patience_.database.ask());
  gate().open();
  EXPECT_TRUE(page(call(viewer_), 10)->degraded());  // that one has not come back yet
  clock_.advance(1s);
  const auto shown = page(call(viewer_), 10);
  EXPECT_FALSE(shown->degraded());
  EXPECT_EQ(shown->items(0).episode().number(), 2);
  EXPECT_FALSE(page(call(viewer_), 10)->degraded());
}

TEST_F(FeedPatienceTest, ADatabaseThatFallsSilentAfterItsFirstAnswerLeavesTheLastGoodList) {
  struct Holding final : ShownMemory {
    ShownList recall(const Tenant&, UserId) override {
      gate().hold();
      return {};
    }
    void remember(const Tenant&, UserId, const ShownList&) override {}
  } holding;
  const auto a = series(2), b = series(1);
  applaud(a);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  keep_a_last_good_list();
  serve(holding);
  auto shown = page(call(viewer_), 10);  // to go on with a it would have to be asked again
  EXPECT_EQ(ids(shown), (List{a, b}));
  EXPECT_TRUE(shown->degraded() && shown->decision_id().empty());
  EXPECT_EQ(without("database"), 1);
  EXPECT_EQ(without("catalog"), 0);
}

TEST_F(FeedPatienceTest, ASilentCatalogIsWaitedForShortlyAndThenByOnePageASecond) {
  const auto a = series(1);
  keep_a_last_good_list();
  catalog_away_ = true;
  const auto now = std::chrono::steady_clock::now();
  for (int i = 0; i < kPatientFor; ++i) EXPECT_EQ(ids(page(call(viewer_), 10)), List{a});
  EXPECT_GT(fetch_deadline_, now);
  EXPECT_LE(fetch_deadline_, std::chrono::steady_clock::now() + kCatalogPatience);
  const auto before = fetches_;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(page(call(viewer_), 10)->degraded());
  EXPECT_EQ(fetches_, before);
  EXPECT_EQ(without("catalog"), kPatientFor + 5);
  catalog_away_ = false;
  clock_.advance(1s);
  EXPECT_FALSE(page(call(viewer_), 10)->degraded());
  EXPECT_EQ(fetches_, before + 1);
}

}  // namespace
}  // namespace cliffhanger::recommendation
