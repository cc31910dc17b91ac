#include "services/insight/rpc/quality_rpc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "cliffhanger/insight/v1/insight_service.pb.h"
#include "cliffhanger/insight/v1/quality_service.pb.h"
#include "libs/rpc/test_service.h"
#include "services/insight/domain/limits.h"
#include "services/insight/migrations.h"
#include "services/insight/rpc/insight_rpc.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_quality.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class QualityTest : public rpc::ServiceTest {
 protected:
  QualityTest() : ServiceTest("insight", embedded::insight_migrations) {
    serve(insight_service({*pool_,
                           [](sql::Tx& tx, const Call& call) {
                             return std::make_unique<PgJournal>(tx, call.caller.tenant);
                           },
                           [](sql::Tx& tx, const Call& call) {
                             return std::make_unique<PgViewings>(tx, call.caller.tenant);
                           },
                           clock_}),
          quality_service(
              {*pool_,
               [](sql::Tx& tx, const Tenant& tenant) { return std::make_unique<PgQualityCells>(tx, tenant); },
               add_deliveries, clock_}));
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return keep_days(tx, clock_.now(), 90); }));
  }
  ~QualityTest() override { stop(); }

  std::string id() { return Uuid::v7(clock_.now(), random_).text(); }

  // A device that tells of one playback session, by its clock.
  struct Told {
    v1::RecordEventsRequest batch;
    std::string session;
  };
  Told session() {
    Told out;
    out.session = id();
    out.batch.mutable_device()->set_platform(v1::PLATFORM_WEB);
    out.batch.mutable_device()->set_form(v1::FORM_PHONE);
    out.batch.mutable_device()->set_network(v1::NETWORK_WIFI);
    out.batch.mutable_device()->set_region("MX");
    return out;
  }
  v1::ClientEvent& tell(Told& told, v1::EventKind kind, std::int64_t amount_ms = 0,
                        const std::string& value = "", std::int64_t bps = 0, Duration ago = {}) {
    auto* event = told.batch.add_events();
    event->set_event_id(id());
    set_time(event->mutable_client_time(), clock_.now() - ago);
    event->set_kind(kind);
    event->set_session_id(told.session);
    event->set_amount_ms(amount_ms);
    event->set_value(value);
    event->set_bitrate_bps(bps);
    return *event;
  }
  void send(Told told, const Person& who) {
    set_time(told.batch.mutable_send_time(), clock_.now());
    const auto out = call<v1::RecordEventsResponse>(who, told.batch);
    ASSERT_TRUE(out) << out.error().message;
    ASSERT_EQ(out->refused_size(), 0);
  }
  void fold() {
    for (;;) {
      const auto more = pool_->transact([&](sql::Tx& tx) { return fold_quality(tx, clock_.now()); });
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
  }
  v1::GetQualityResponse quality(v1::QualityWindow window = v1::QUALITY_WINDOW_FIVE_MINUTES,
                                 v1::QualityDimension dimension = v1::QUALITY_DIMENSION_UNSPECIFIED,
                                 const char* tenant = "default") {
    v1::GetQualityRequest in;
    in.set_window(window);
    in.set_dimension(dimension);
    const auto out = call<v1::GetQualityResponse>(person(Role::kOperator, tenant), in);
    EXPECT_TRUE(out) << out.error().message;
    return out.value_or(v1::GetQualityResponse());
  }
  Result<v1::RecordDeliveriesResponse> deliver(const v1::RecordDeliveriesRequest& in) {
    rpc::Client client({channel_, "edge", &tokens_, &clock_, &random_, &called_});
    Call call;
    call.caller = {Tenant(), Role::kService, UserId(), "edge", false};
    return client.call<v1::RecordDeliveriesResponse>(call, in);
  }
  std::string ask(const std::string& sql) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  }
  // All cells and distributions as one text: what is equal is equal to the last figure.
  std::string cells() {
    return ask("SELECT md5(string_agg(c::text, '|' ORDER BY c::text)) FROM quality_cell c") +
           ask("SELECT md5(string_agg(h::text, '|' ORDER BY h::text)) FROM quality_histogram h");
  }
};

TEST_F(QualityTest, APlayGivesMuxsFigures) {
  auto told = session();
  tell(told, v1::EVENT_KIND_PLAY);
  tell(told, v1::EVENT_KIND_FIRST_FRAME, 2000, "720p", 2'000'000);
  tell(told, v1::EVENT_KIND_PROGRESS, 38'000, "720p", 2'000'000);
  tell(told, v1::EVENT_KIND_RENDITION, 0, "360p", 500'000);
  tell(told, v1::EVENT_KIND_PROGRESS, 19'000, "360p", 500'000);
  tell(told, v1::EVENT_KIND_STALL, 3000, "360p", 500'000);
  send(told, person());
  fold();
  const auto all = quality().total();
  EXPECT_EQ(all.plays(), 1);
  EXPECT_EQ(all.starts(), 1);
  EXPECT_NEAR(all.start_up_p50_ms(), 2000, 20);
  EXPECT_DOUBLE_EQ(all.start_up_score(), 80);  // docs: 2 seconds: 80
  EXPECT_DOUBLE_EQ(all.rebuffering_ratio(), 0.05);
  EXPECT_DOUBLE_EQ(all.stalls_per_minute(), 1);
  EXPECT_DOUBLE_EQ(all.bitrate_bps(), 1'500'000);
  EXPECT_EQ(all.switches(), 1);
  // The mean of 100 / √(1 + ¼) and 100 · e^-0.5.
  const double smoothness = (100 / std::sqrt(1.25) + 100 * std::exp(-0.5)) / 2;
  EXPECT_NEAR(all.smoothness_score(), smoothness, 0.001);
  EXPECT_EQ(all.views(), 1);
  EXPECT_DOUBLE_EQ(all.success_score(), 100);
  EXPECT_NEAR(all.experience_score(), (80 + smoothness) / 2, 0.001);
}

TEST_F(QualityTest, FailuresAndExitsAreViewsToo) {
  const auto who = person();
  auto failed = session(), left = session(), at_once = session(), recovered = session(),
       sessionless = session();
  tell(failed, v1::EVENT_KIND_PLAY);
  tell(failed, v1::EVENT_KIND_ERROR, 0, "HTTP 503");
  tell(left, v1::EVENT_KIND_PLAY);
  tell(left, v1::EVENT_KIND_SKIP, 2500, "unstarted");
  tell(at_once, v1::EVENT_KIND_PLAY);
  tell(at_once, v1::EVENT_KIND_SKIP, 300, "unstarted");  // within a second: counts for nothing in scores
  tell(recovered, v1::EVENT_KIND_PLAY, 0, "", 0, 30s);
  tell(recovered, v1::EVENT_KIND_ERROR, 0, "HTTP 500", 0, 20s);
  tell(recovered, v1::EVENT_KIND_FIRST_FRAME, 0, "", 0, 10s);
  tell(sessionless, v1::EVENT_KIND_PLAY).clear_session_id();
  tell(sessionless, v1::EVENT_KIND_ERROR, 0, "UNAVAILABLE").clear_session_id();
  for (const auto& one : {failed, left, at_once, recovered, sessionless}) send(one, who);
  fold();
  const auto all = quality().total();
  EXPECT_EQ(all.plays(), 5);
  EXPECT_EQ(all.errors(), 3);
  EXPECT_EQ(all.exits_before_start(), 2);
  EXPECT_DOUBLE_EQ(all.exits_ratio(), 0.4);
  EXPECT_EQ(all.views(), 4);
  EXPECT_DOUBLE_EQ(all.success_score(), (0 + 50 + 100 + 0) / 4.0);
  EXPECT_DOUBLE_EQ(all.experience_score(), (0 + 50 + 100 + 0) / 4.0);
  // An ordinary skip is no exit, and a later error makes a failure of what had played.
  auto more = recovered;
  more.batch.clear_events();
  tell(more, v1::EVENT_KIND_SKIP);
  tell(more, v1::EVENT_KIND_ERROR, 0, "HTTP 500");
  send(more, who);
  fold();
  EXPECT_EQ(quality().total().exits_before_start(), 2);
  EXPECT_EQ(quality().total().views(), 4);
  EXPECT_DOUBLE_EQ(quality().total().success_score(), 50 / 4.0);
}

TEST_F(QualityTest, WhatComesTwiceCountsOnce) {
  const auto who = person();
  auto told = session();
  tell(told, v1::EVENT_KIND_PLAY);
  tell(told, v1::EVENT_KIND_FIRST_FRAME, 500);
  tell(told, v1::EVENT_KIND_STALL, 100);
  send(told, who);
  fold();
  const auto before = cells();
  send(told, who);
  fold();
  fold();
  EXPECT_EQ(cells(), before);
  EXPECT_EQ(quality().total().stalls(), 1);
}

TEST_F(QualityTest, LateEventsLandInTheirMinuteAndVeryLateOnesNowhere) {
  const auto who = person();
  auto told = session();
  tell(told, v1::EVENT_KIND_PLAY, 0, "", 0, 20min);
  tell(told, v1::EVENT_KIND_FIRST_FRAME, 700, "", 0, 20min);
  tell(told, v1::EVENT_KIND_PLAY, 0, "", 0, 49h);
  send(told, who);
  fold();
  EXPECT_EQ(quality().total().plays(), 0);
  const auto hour = quality(v1::QUALITY_WINDOW_HOUR);
  EXPECT_EQ(hour.total().plays(), 1);
  ASSERT_EQ(hour.points_size(), 1);
  EXPECT_EQ(time_of(hour.points(0).start_time()),
            Time(std::chrono::floor<std::chrono::minutes>(clock_.now() - 20min)));
  EXPECT_NEAR(hour.points(0).quality().start_up_p50_ms(), 700, 7);
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_DAY).total().plays(), 1);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "3");  // kept all the same
}

TEST_F(QualityTest, AnEarlierBeginningMovesTheView) {
  const auto who = person();
  auto told = session();
  tell(told, v1::EVENT_KIND_FIRST_FRAME, 400);
  send(told, who);
  fold();
  auto rest = told;
  rest.batch.clear_events();
  tell(rest, v1::EVENT_KIND_PLAY, 0, "", 0, 10min);
  send(rest, who);
  fold();
  EXPECT_EQ(quality().total().views(), 0);
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_HOUR).total().views(), 1);
  EXPECT_EQ(ask("SELECT sum(views) FROM quality_cell WHERE minutes = 1 AND dimension = 0"), "1");
}

TEST_F(QualityTest, DimensionsAreToldApartAndBounded) {
  const auto who = person();
  for (int i = 0; i < 30; ++i) {
    auto told = session();
    const std::string wild(1, static_cast<char>('A' + i % 26));
    told.batch.mutable_device()->set_region(i < 3 ? "DE" : i < 10 ? "MX" : i < 20 ? "x" + wild : wild);
    told.batch.mutable_device()->set_platform(i % 2 ? v1::PLATFORM_IOS : static_cast<v1::Platform>(900 + i));
    tell(told, v1::EVENT_KIND_PLAY);
    tell(told, v1::EVENT_KIND_FIRST_FRAME, 100 + i,
         i % 3 ? (i % 2 ? "720p" : "716p") : std::to_string(i) + "p");
    send(told, who);
  }
  fold();
  const auto regions = quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_REGION);
  ASSERT_EQ(regions.slices_size(), 3);
  EXPECT_EQ(regions.slices(0).value(), "");
  EXPECT_EQ(regions.slices(0).quality().plays(), 20);
  EXPECT_EQ(regions.slices(1).value(), "MX");
  EXPECT_EQ(regions.slices(1).quality().plays(), 7);
  EXPECT_EQ(regions.slices(2).quality().plays(), 3);
  EXPECT_NEAR(regions.slices(2).quality().start_up_p50_ms(), 101, 1.01);
  const auto platforms = quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_PLATFORM);
  ASSERT_EQ(platforms.slices_size(), 2);
  EXPECT_EQ(platforms.slices(0).value(), "");
  EXPECT_EQ(platforms.slices(1).value(), "IOS");
  const auto rungs = quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_RUNG);
  ASSERT_EQ(rungs.slices_size(), 2);
  EXPECT_EQ(rungs.slices(1).value(), "720p");
  EXPECT_EQ(rungs.slices(1).quality().starts(), 20);
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_FORM).slices(0).value(), "PHONE");
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_NETWORK).slices(0).value(),
            "WIFI");
}

TEST_F(QualityTest, QuantilesAreWithinAHundredthOfTheEvents) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> waits(6.5, 1);
  std::vector<double> values;
  for (int batch = 0; batch < 8; ++batch) {
    auto told = session();
    for (int i = 0; i < 400; ++i) {
      values.push_back(std::round(waits(random)));
      tell(told, v1::EVENT_KIND_FIRST_FRAME, static_cast<std::int64_t>(values.back()), "", 0, 1min * (i % 4));
    }
    send(told, person());
  }
  fold();
  std::sort(values.begin(), values.end());
  const auto exact = [&](double q) {
    return values[static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1];
  };
  const auto all = quality().total();
  EXPECT_NEAR(all.start_up_p50_ms(), exact(0.5), 0.01 * exact(0.5));
  EXPECT_NEAR(all.start_up_p90_ms(), exact(0.9), 0.01 * exact(0.9));
  EXPECT_NEAR(all.start_up_p95_ms(), exact(0.95), 0.01 * exact(0.95));
}

// However the events come and however often the folding is broken off, the cells are the same to the last
// figure.
TEST_F(QualityTest, FoldingIsExactWhateverBreaksIt) {
  std::mt19937_64 random(5);
  const v1::EventKind kinds[] = {v1::EVENT_KIND_PLAY,  v1::EVENT_KIND_FIRST_FRAME, v1::EVENT_KIND_PROGRESS,
                                 v1::EVENT_KIND_STALL, v1::EVENT_KIND_RENDITION,   v1::EVENT_KIND_SKIP,
                                 v1::EVENT_KIND_ERROR, v1::EVENT_KIND_LIKE};
  std::vector<Told> sessions;
  for (int i = 0; i < 12; ++i) sessions.push_back(session());
  std::atomic<bool> going = true;
  std::thread folding([&] {  // while they come
    while (going) EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return fold_quality(tx, clock_.now()); }));
  });
  std::thread broken([&] {  // a process that dies before it commits
    while (going) {
      const auto died = pool_->transact([&](sql::Tx& tx) -> Result<bool> {
        CH_TRY(fold_quality(tx, clock_.now()));
        return fail(unavailable("KILLED", "It died."));
      });
      EXPECT_FALSE(died);
    }
  });
  for (int round = 0; round < 60; ++round) {
    auto told = sessions[random() % sessions.size()];
    for (int i = 0; i < 20; ++i) {
      const auto kind = kinds[random() % std::size(kinds)];
      tell(told, kind, static_cast<std::int64_t>(random() % 9000),
           kind == v1::EVENT_KIND_SKIP ? "unstarted" : "540p", 1'000'000,
           std::chrono::seconds(random() % 600));
    }
    send(told, person());
  }
  going = false;
  folding.join();
  broken.join();
  fold();
  const auto gradually = cells();
  EXPECT_GT(quality(v1::QUALITY_WINDOW_HOUR).total().views(), 0);
  ask("TRUNCATE quality_cell, quality_histogram, quality_view");
  ask("UPDATE quality_cursor SET tx = '3'");
  fold();  // all at once, from the events
  EXPECT_EQ(cells(), gradually);
}

TEST_F(QualityTest, AnOpenTransactionHoldsNothingBackForEver) {
  const auto who = person();
  auto first = session(), second = session();
  tell(first, v1::EVENT_KIND_PLAY);
  tell(second, v1::EVENT_KIND_PLAY);
  std::promise<void> begun, end;
  std::thread slow([&] {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(tx.run_text("INSERT INTO delivery_batch VALUES (gen_random_uuid(), now())"));
      begun.set_value();
      end.get_future().wait();
      return {};
    }));
  });
  begun.get_future().wait();
  send(first, who);
  fold();
  EXPECT_EQ(quality().total().plays(), 0);  // not before what is older is complete: nothing is passed over
  end.set_value();
  slow.join();
  send(second, who);
  fold();
  EXPECT_EQ(quality().total().plays(), 2);
  ask("UPDATE quality_cursor SET tx = '18446744073709551000'");  // a database that was restored elsewhere
  fold();
  auto third = session();
  tell(third, v1::EVENT_KIND_PLAY);
  send(third, who);
  fold();
  EXPECT_EQ(quality().total().plays(), 3);
}

TEST_F(QualityTest, DeliveriesCountByEdgeAndRungAndOnce) {
  v1::RecordDeliveriesRequest in;
  in.set_batch_id(id());
  in.set_edge("edge-a");
  for (int i = 0; i < 40; ++i) {
    auto* one = in.add_deliveries();
    one->set_tenant("default");
    set_time(one->mutable_time(), clock_.now());
    one->set_name(i < 30 ? "v720/4.m4s" : i < 35 ? "2/h360/9.m4s" : "main.m3u8");
    one->set_object(i < 35 ? v1::DELIVERED_OBJECT_VIDEO : v1::DELIVERED_OBJECT_MANIFEST);
    one->set_starved(i % 10 == 0);
    one->set_urgent(i % 5 == 0);
    if (i < 35) one->set_bitrate_kbps(i < 30 ? 2400 : 600);
    one->set_duration_ms(4000);
    one->set_buffer_ms(8000);
    one->set_deadline_ms(i == 0 ? 100 : 60'000);
    one->set_throughput_kbps(5000);
  }
  ASSERT_TRUE(deliver(in)->recorded());
  EXPECT_FALSE(deliver(in)->recorded());
  auto elsewhere = in;
  elsewhere.set_batch_id(id());
  elsewhere.mutable_deliveries()->DeleteSubrange(1, 39);
  elsewhere.mutable_deliveries(0)->set_tenant("other");
  ASSERT_TRUE(deliver(elsewhere)->recorded());
  const auto out = quality();
  ASSERT_EQ(out.edges_size(), 1);
  EXPECT_EQ(out.edges(0).value(), "edge-a");
  EXPECT_EQ(out.edges(0).requests(), 40);
  EXPECT_EQ(out.edges(0).media_requests(), 35);
  EXPECT_EQ(out.edges(0).starved(), 4);
  EXPECT_EQ(out.edges(0).urgent(), 7);
  EXPECT_EQ(out.edges(0).late(), 1);
  EXPECT_NEAR(out.edges(0).throughput_p50_bps(), 5'000'000, 50'000);
  EXPECT_DOUBLE_EQ(out.edges(0).buffer_ms(), 8000);
  ASSERT_EQ(out.rungs_size(), 2);
  EXPECT_EQ(out.rungs(0).value(), "720p");
  EXPECT_EQ(out.rungs(0).requests(), 30);
  EXPECT_DOUBLE_EQ(out.rungs(0).bitrate_bps(), 2'400'000);
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_FIVE_MINUTES, v1::QUALITY_DIMENSION_UNSPECIFIED, "other")
                .edges(0)
                .requests(),
            1);
}

TEST_F(QualityTest, OnlyOperatorsSeeItAndOnlyTheirTenants) {
  auto told = session();
  tell(told, v1::EVENT_KIND_PLAY);
  send(told, person(Role::kViewer, "other"));
  fold();
  EXPECT_EQ(quality().total().plays(), 0);
  EXPECT_EQ(quality(v1::QUALITY_WINDOW_MINUTE, v1::QUALITY_DIMENSION_UNSPECIFIED, "other").total().plays(),
            1);
  EXPECT_FALSE(call<v1::GetQualityResponse>(person(Role::kCreator), v1::GetQualityRequest()));
  EXPECT_FALSE(call<v1::RecordDeliveriesResponse>(person(Role::kOperator), v1::RecordDeliveriesRequest()));
}

TEST_F(QualityTest, WhatIsPastItsTimeGoes) {
  auto told = session();
  tell(told, v1::EVENT_KIND_PLAY);
  tell(told, v1::EVENT_KIND_FIRST_FRAME, 300);
  send(told, person());
  fold();
  const auto sweep = [&](Duration later) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_quality(tx, clock_.now() + later); }));
  };
  const auto before = cells();
  sweep(kKeepMinutes - 2min);
  EXPECT_EQ(cells(), before);
  sweep(kKeepMinutes + 2min);
  EXPECT_EQ(ask("SELECT count(*) FROM quality_cell WHERE minutes = 1"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM quality_view"), "1");
  EXPECT_NE(ask("SELECT count(*) FROM quality_cell"), "0");
  sweep(kKeepHours + 2h);
  for (const char* table : {"quality_cell", "quality_histogram", "quality_view"})
    EXPECT_EQ(ask("SELECT count(*) FROM " + std::string(table)), "0") << table;
}

}  // namespace
}  // namespace cliffhanger::insight
