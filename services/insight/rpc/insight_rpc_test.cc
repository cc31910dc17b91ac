#include "services/insight/rpc/insight_rpc.h"

#include <gtest/gtest.h>

#include <thread>

#include "cliffhanger/insight/v1/insight_service.pb.h"
#include "libs/rpc/test_service.h"
#include "services/insight/migrations.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class InsightTest : public rpc::ServiceTest {
 protected:
  InsightTest() : ServiceTest("insight", embedded::insight_migrations) {
    serve(insight_service(
        {*pool_,
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgJournal>(tx, call.caller.tenant); },
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgViewings>(tx, call.caller.tenant); },
         clock_}));
    keep(clock_.now());
  }
  ~InsightTest() override { stop(); }

  Uuid id() { return Uuid::v7(clock_.now(), random_); }

  v1::RecordEventsRequest batch(Time sent) {
    v1::RecordEventsRequest in;
    set_time(in.mutable_send_time(), sent);
    return in;
  }
  v1::ClientEvent* add(v1::RecordEventsRequest& in, Time at, v1::EventKind kind = v1::EVENT_KIND_PLAY) {
    auto* event = in.add_events();
    event->set_event_id(id().text());
    set_time(event->mutable_client_time(), at);
    event->set_kind(kind);
    return event;
  }
  Result<v1::RecordEventsResponse> record_events(const Person& who, const v1::RecordEventsRequest& in) {
    return call<v1::RecordEventsResponse>(who, in);
  }
  Result<v1::EpisodeInsight> insight(const Person& who, const Uuid& episode) {
    v1::GetEpisodeInsightRequest in;
    in.set_episode_id(episode.text());
    return call<v1::GetEpisodeInsightResponse>(who, in).map([](const auto& out) { return out.insight(); });
  }
  template <class Work>
  void change(const Person& who, Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) {
      PgViewings viewings(tx, who.tenant);
      return work(viewings);
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  void keep(Time now, int days = 90) {
    const auto kept = pool_->transact([&](sql::Tx& tx) { return keep_days(tx, now, days); });
    ASSERT_TRUE(kept) << kept.error().message;
  }
  std::string ask(const std::string& sql) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  }
};

TEST_F(InsightTest, EventsAreKeptOnceWhateverComesTwice) {
  const auto who = person();
  auto in = batch(clock_.now());
  for (int i = 0; i < 20; ++i) add(in, clock_.now() - i * 1s);
  *in.add_events() = in.events(3);  // twice in one batch
  const auto first = record_events(who, in);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->recorded(), 20);
  EXPECT_EQ(first->repeated_events(), 1);
  clock_.advance(3h);  // sent again from an offline queue
  set_time(in.mutable_send_time(), clock_.now());
  add(in, clock_.now());
  const auto second = record_events(who, in);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->recorded(), 1);
  EXPECT_EQ(second->repeated_events(), 21);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "21");
  // The same id of somebody else, or of another tenant, is another event.
  EXPECT_EQ(record_events(person(), in)->recorded(), 21);
  Person elsewhere = who;
  elsewhere.tenant = *Tenant::parse("other");
  EXPECT_EQ(record_events(elsewhere, in)->recorded(), 21);
}

TEST_F(InsightTest, WrongClocksAreCorrectedAndWhatTheyCannotMeanIsRefused) {
  const auto who = person();
  for (const auto off : {-24h * 365 * 30, 24h * 365 * 70, 0h}) {
    const Time device = clock_.now() + off;
    auto in = batch(device);
    add(in, device - 90s);
    const std::string old = add(in, device - 24h * 8)->event_id(),
                      early = add(in, device + 24h * 8)->event_id();
    const auto out = record_events(who, in);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->recorded(), 1);
    ASSERT_EQ(out->refused_size(), 2);
    EXPECT_EQ(out->refused(0).event_id(), old);
    EXPECT_EQ(out->refused(0).code(), "TOO_OLD");
    EXPECT_EQ(out->refused(1).event_id(), early);
    EXPECT_EQ(out->refused(1).code(), "AFTER_SENDING");
  }
  EXPECT_EQ(ask("SELECT count(*) FROM event WHERE event_time = '" + to_rfc3339(clock_.now() - 90s) + "'"),
            "3");
  EXPECT_EQ(ask("SELECT count(*) FROM event_other"), "2");
}

TEST_F(InsightTest, FaultsOfTheContractRefuseTheBatch) {
  auto in = batch(clock_.now());
  add(in, clock_.now());
  add(in, clock_.now())->set_event_id("no id");
  const auto bad = record_events(person(), in);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::kInvalidArgument);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "0");
  for (const std::int64_t sent : {std::int64_t{-1}, std::int64_t{253'402'300'799}}) {
    auto odd = batch(clock_.now());
    odd.mutable_send_time()->set_seconds(sent);
    const auto refused = record_events(person(), odd);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "INVALID_REQUEST");
  }
  auto many = batch(clock_.now());
  for (int i = 0; i < 501; ++i) add(many, clock_.now());
  EXPECT_FALSE(record_events(person(), many));
  EXPECT_FALSE(record_events(person(), batch(clock_.now())));
  auto before = batch(Time() - 24h * 365 * 1900);
  add(before, Time() - 24h * 365 * 1900);
  EXPECT_EQ(record_events(person(), before).error().reason, "INVALID_REQUEST");
}

TEST_F(InsightTest, EverythingAnEventHoldsIsKept) {
  const auto who = person();
  auto in = batch(clock_.now());
  auto* event = add(in, clock_.now() - 1s, v1::EVENT_KIND_STALL);
  const Uuid episode = id();
  event->set_episode_id(episode.text());
  event->set_position_ms(12'345);
  event->set_amount_ms(800);
  event->set_bitrate_bps(2'100'000);
  event->set_place(7);
  event->set_value("a \"quoted\", {braced} \\ value\nof two lines");
  ASSERT_TRUE(record_events(who, in));
  EXPECT_EQ(ask("SELECT value FROM event WHERE episode_id = '" + episode.text() +
                "' AND series_id IS NULL AND position_ms = 12345 AND amount_ms = 800 AND bitrate_bps = "
                "2100000 AND place = 7 AND kind = 7"),
            event->value());
}

TEST_F(InsightTest, DaysComeAndGoAndNothingIsLostBetween) {
  const auto who = person();
  const Time later =
      clock_.now() +
      24h * 6;  // a device that lives in the future, and reaches a day that has no partition yet
  auto in = batch(later);
  for (int i = 0; i < 5; ++i) add(in, later);
  ASSERT_TRUE(record_events(who, in));
  EXPECT_EQ(ask("SELECT count(*) FROM event_other"), "5");
  keep(clock_.now() + 24h * 5);
  EXPECT_EQ(ask("SELECT count(*) FROM event_other"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "5");
  EXPECT_EQ(record_events(who, in)->recorded(), 0);  // still known
  keep(clock_.now() + 24h * 5);
  keep(clock_.now() + 24h * 30, 10);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "0");
}

TEST_F(InsightTest, ManyReplicasMakeDaysAtOnceWhileEventsCome) {
  const auto who = person();
  std::vector<std::thread> threads;
  std::atomic<int> recorded = 0, failed = 0;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int round = 0; round < 8; ++round) {
        if (t < 2) {
          failed +=
              !pool_->transact([&](sql::Tx& tx) { return keep_days(tx, clock_.now() + round * 24h, 90); });
          continue;
        }
        auto in = batch(clock_.now() + 24h * round);
        add(in, clock_.now() + 24h * round);
        const auto out = record_events(who, in);
        if (out) recorded += out->recorded();
        failed += !out;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(recorded, 32);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "32");
}

TEST_F(InsightTest, AnEpisodesInsightCountsPeopleAndSeconds) {
  const auto owner = person(Role::kCreator);
  const auto ann = person(), bob = person();
  const Uuid episode = id();
  change(owner, [&](PgViewings& v) { return v.hear_episode(episode, owner.id, 6000, 2); });
  change(owner, [&](PgViewings& v) { return v.hear_episode(episode, owner.id, 999, 1); });  // late news
  EXPECT_EQ(insight(owner, episode)->viewers(), 0);
  EXPECT_EQ(insight(owner, episode)->retention_size(), 0);
  change(owner, [&](PgViewings& v) { return v.add(episode, ann.id, {.plays = 1}); });
  change(owner,
         [&](PgViewings& v) { return v.add(episode, ann.id, {.position_ms = 3000, .watched_ms = 3000}); });
  change(owner, [&](PgViewings& v) { return v.add(episode, ann.id, {.plays = 1}); });
  change(owner, [&](PgViewings& v) {
    return v.add(episode, ann.id, {.position_ms = 6000, .watched_ms = 4000, .completed = true});
  });
  change(owner, [&](PgViewings& v) { return v.add(episode, bob.id, {.plays = 1}); });
  change(owner, [&](PgViewings& v) {
    return v.add(episode, bob.id, {.position_ms = 2000, .watched_ms = 2000, .skips = 1});
  });
  const auto got = insight(owner, episode);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->plays(), 3);
  EXPECT_EQ(got->viewers(), 2);
  EXPECT_EQ(got->watched_ms(), 9000);
  EXPECT_EQ(got->completed_viewers(), 1);
  EXPECT_EQ(got->skips(), 1);
  EXPECT_EQ(got->duration_ms(), 6000);
  EXPECT_EQ(std::vector<double>(got->retention().begin(), got->retention().end()),
            (std::vector<double>{1, 1, 0.5, 0.5, 0.5, 0.5}));
}

TEST_F(InsightTest, OnlyItsOwnerAndOperatorsSeeIt) {
  const auto owner = person(Role::kCreator);
  const Uuid episode = id();
  change(owner, [&](PgViewings& v) { return v.hear_episode(episode, owner.id, 6000, 1); });
  EXPECT_TRUE(insight(owner, episode));
  EXPECT_TRUE(insight(person(Role::kOperator), episode));
  EXPECT_EQ(insight(person(Role::kCreator), episode).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(insight(person(Role::kOperator, "other"), episode).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(insight(owner, id()).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(insight(person(), episode).error().code, Code::kPermissionDenied);
}

TEST_F(InsightTest, AGuestWhoSignsInIsOnePersonWithTheAccount) {
  const auto owner = person(Role::kCreator);
  const auto guest = person(), user = person();
  const Uuid episode = id();
  change(owner, [&](PgViewings& v) { return v.hear_episode(episode, owner.id, 4000, 1); });
  change(owner, [&](PgViewings& v) {
    return v.add(episode, guest.id, {.plays = 1, .position_ms = 2000, .watched_ms = 2000});
  });
  change(owner, [&](PgViewings& v) {
    return v.add(episode, user.id, {.plays = 1, .position_ms = 4000, .watched_ms = 1000});
  });
  change(owner, [&](PgViewings& v) { return v.merge(guest.id, user.id); });
  change(owner, [&](PgViewings& v) { return v.merge(guest.id, user.id); });
  change(owner, [&](PgViewings& v) {
    return v.add(episode, guest.id, {.position_ms = 3000, .watched_ms = 1000});
  });  // late news
  const auto got = insight(owner, episode);
  EXPECT_EQ(got->viewers(), 1);
  EXPECT_EQ(got->plays(), 2);
  EXPECT_EQ(got->watched_ms(), 4000);
  EXPECT_EQ(std::vector<double>(got->retention().begin(), got->retention().end()),
            (std::vector<double>{1, 1, 1, 1}));
}

}  // namespace
}  // namespace cliffhanger::insight
