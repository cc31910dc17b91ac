// Raw events in the object store: each once, in windows that are whole or not told of, whatever dies at
// whichever moment.
#include "services/insight/exports/exporter.h"

#include <future>
#include <thread>

#include "services/insight/exports/test_exports.h"

namespace cliffhanger::insight {
namespace {

class ExporterTest : public ExportsWorld {};

TEST_F(ExporterTest, AnHourIsExportedWhenItHasEnded) {
  const auto user = someone();
  const auto first = many(3);
  send(user, first);
  step();
  EXPECT_TRUE(keys().empty()) << "the hour goes on";
  const Time hour = window_start(clock_.now(), 1h);
  next_hour();
  const auto second = many(2);
  send(user, second);
  step();
  const auto found = windows();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->first, to_rfc3339(hour));
  EXPECT_EQ(exported(), ids(first));
  const auto all = keys();
  ASSERT_EQ(all.size(), 2u);
  const auto folder = "exports/default/events/dt=" + day_of(hour) + "/";
  EXPECT_TRUE(std::ranges::any_of(all, [&](const auto& key) {
    return key.starts_with(folder + "hour=" + to_rfc3339(hour).substr(11, 2) + "/") &&
           key.ends_with(".jsonl.gz");
  }));
  next_hour();
  step();
  auto both = ids(first);
  both.merge(ids(second));
  EXPECT_EQ(exported(), both);
  nothing_is_left_over();
}

TEST_F(ExporterTest, TenantsAndHoursWithoutEventsAreToldApart) {
  send(someone(), many(2));
  send(someone(), many(3), "brand-1");
  next_hour();
  step();
  next_hour();
  step();  // an empty one
  EXPECT_EQ(exported().size(), 2u);
  EXPECT_EQ(exported("brand-1").size(), 3u);
  EXPECT_LE(windows().size(), 2u);  // the day may have ended between them
  EXPECT_EQ(number("SELECT count(*) FROM export_window WHERE complete"), 3);  // and where exports began
}

TEST_F(ExporterTest, WhatComesInLateFromAnOfflineQueueIsInTheHourInWhichItCame) {
  auto late = event(v1::EVENT_KIND_PLAY);
  set_time(late.mutable_client_time(), clock_.now() - 72h);
  send(someone(), {late});
  next_hour();
  step();
  const auto found = windows();
  ASSERT_EQ(found.size(), 1u);
  const auto& line = found.begin()->second.at(0);
  EXPECT_EQ(line.at("event_time").as_string(), to_rfc3339(time_of(late.client_time())));
  EXPECT_NE(line.at("received_time"), line.at("event_time"));
}

TEST_F(ExporterTest, NothingIsWrittenWhileItIsOffAndNothingIsMissingLater) {
  options_.on = false;
  const auto first = many(4);
  send(someone(), first);
  next_hour();
  next_hour();
  step();
  EXPECT_TRUE(keys().empty());
  options_.on = true;
  step();
  EXPECT_EQ(exported(), ids(first));
}

TEST_F(ExporterTest, ALargeWindowHasSeveralParts) {
  options_.part_bytes = 1;
  const auto user = someone();
  std::multiset<std::string> all;
  for (int i = 0; i < 15; ++i) {
    const auto some = many(500);
    send(user, some);
    all.merge(ids(some));
  }
  next_hour();
  step();
  EXPECT_EQ(number("SELECT count(*) FROM export_part"), 2);  // of 5000 rows each, as they are read
  EXPECT_EQ(exported(), all);
}

// A transaction that is still under way when its hour is closed is in the next one, though it was received
// before.
TEST_F(ExporterTest, WhatIsCommittedTooLateIsInTheNextWindowOnce) {
  clock_.advance(56min);
  const auto on_time = many(2), late = many(1);
  const auto user = someone();
  send(user, on_time);
  std::promise<void> inserted, closed;
  auto slow = std::async(std::launch::async, [&] {
    return pool_->transact([&](sql::Tx& tx) -> Result<void> {
      Event one;
      one.id = *Uuid::parse(late[0].event_id());
      one.kind = 2;
      one.client_time = one.event_time = clock_.now();
      const auto tenant = *Tenant::parse("default");
      PgJournal journal(tx, tenant);
      CH_TRY(journal.record(user, clock_.now(), {}, {one}));
      inserted.set_value();
      closed.get_future().wait();
      return {};
    });
  });
  inserted.get_future().wait();
  next_hour();
  step();
  EXPECT_EQ(exported(), ids(on_time));
  closed.set_value();
  ASSERT_TRUE(slow.get());
  step();
  EXPECT_EQ(exported(), ids(on_time)) << "its window is closed";
  next_hour();
  step();
  auto all = ids(on_time);
  all.merge(ids(late));
  EXPECT_EQ(exported(), all);
}

// A process dies at each call of the store in turn; another goes on. Readers find whole windows at every
// moment, and in the end each event once.
TEST_F(ExporterTest, KilledAnywhereEachEventIsThereOnce) {
  options_.part_bytes = 1;
  const auto first = many(300), second = many(200);
  send(someone(), first);
  send(someone(), second, "brand-1");
  next_hour();
  int deaths = 0;
  for (int call = 0;; ++call) {
    store_.die_at(call);
    Result<bool> more = true;
    while (more && *more) more = try_step();
    if (!store_.died()) break;
    ++deaths;
    store_.revive();
    const auto found = exported();
    EXPECT_TRUE(found.empty() || found == ids(first)) << "half a window after death " << deaths;
  }
  EXPECT_GT(deaths, 8);
  store_.revive();
  step();
  EXPECT_EQ(exported(), ids(first));
  EXPECT_EQ(exported("brand-1"), ids(second));
  nothing_is_left_over();
}

TEST_F(ExporterTest, TwoReplicasDoItOnce) {
  const auto all = many(400);
  send(someone(), all);
  next_hour();
  std::vector<std::future<void>> replicas;
  for (int i = 0; i < 2; ++i)
    replicas.push_back(std::async(std::launch::async, [&] {
      for (int turn = 0; turn < 50; ++turn) EXPECT_TRUE(try_step());
    }));
  for (auto& one : replicas) one.get();
  step();
  EXPECT_EQ(exported(), ids(all));
  EXPECT_EQ(number("SELECT count(*) FROM export_part"), 1);
  nothing_is_left_over();
}

// One that was thought dead comes back: it has nothing to say any more.
TEST_F(ExporterTest, WhoWasOvertakenCompletesNothing) {
  send(someone(), many(5));
  next_hour();
  const auto in = [&](auto work) {
    return pool_->transact([&](sql::Tx& tx) {
      PgExports exports(tx);
      return work(exports);
    });
  };
  ASSERT_TRUE(in([&](PgExports& exports) { return exports.close(clock_.now(), 1h); }));
  const auto window = *in([&](PgExports& exports) { return exports.next(); });
  const auto old = Uuid::v7(clock_.now(), random_);
  ASSERT_TRUE(in([&](PgExports& exports) { return exports.begin(*window, old); }));
  const ExportPart part{
      .id = old, .tenant = *Tenant::parse("default"), .window = window->start, .number = 1, .attempt = old};
  ASSERT_TRUE(in([&](PgExports& exports) { return exports.note(part); }));
  step();  // another
  EXPECT_EQ(in([&](PgExports& exports) { return exports.written(part, false); }).error().reason,
            "EXPORT_OVERTAKEN");
  EXPECT_EQ(in([&](PgExports& exports) { return exports.complete(*window, old); }).error().reason,
            "EXPORT_OVERTAKEN");
  EXPECT_EQ(exported().size(), 5u);
  nothing_is_left_over();
}

TEST_F(ExporterTest, OldExportsGoWithTheirManifests) {
  options_.keep = 48h;
  send(someone(), many(2));
  next_hour();
  step();
  EXPECT_EQ(exported().size(), 2u);
  clock_.advance(72h);
  run("SELECT make_event_day('" + day_of(clock_.now()) + "')");
  send(someone(), many(3));
  next_hour();
  step();
  EXPECT_EQ(exported().size(), 3u) << "of the last days";
  for (int day = 0; day < 4; ++day) {
    clock_.advance(24h);
    step();
  }
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(number("SELECT count(*) FROM export_part"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM export_day"), 0);
}

TEST_F(ExporterTest, TheCollectorIsToldWhatIsLiveAndNothingElse) {
  send(someone(), many(2));
  next_hour();
  step();
  auto asked = keys();
  const auto live = asked;
  const auto folder = "exports/default/events/dt=" + day_of(clock_.now());
  asked.push_back(folder + "/hour=03/" + Uuid::v7(clock_.now(), random_).text() + ".jsonl.gz");
  asked.push_back("exports/default/events/dt=2001-01-01/_manifest.json");
  asked.push_back("exports/brand-1/" + live[0].substr(live[0].find("events/")));
  asked.push_back("segments/default/ab");
  auto claimed = *pool_->read([&](sql::Tx& tx) { return claimed_exports(tx, asked); });
  std::ranges::sort(claimed);
  EXPECT_EQ(claimed, live);
}

TEST_F(ExporterTest, AreListedByTenantNewestFirst) {
  send(someone(), many(2));
  next_hour();
  send(someone(), many(1), "brand-1");
  next_hour();
  step();
  const auto list = [&](const char* tenant, std::optional<Time> before) {
    return *pool_->read([&](sql::Tx& tx) { return PgExports(tx).list(*Tenant::parse(tenant), before, 10); });
  };
  const auto all = list("default", std::nullopt);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_GT(all[0].start, all[1].start);
  EXPECT_TRUE(all[0].parts.empty());
  ASSERT_EQ(all[1].parts.size(), 1u);
  EXPECT_EQ(all[1].parts[0].lines, 2);
  EXPECT_TRUE(std::ranges::count(keys(), part_key(all[1].parts[0])));
  EXPECT_EQ(list("default", all[0].start).size(), 1u);
  EXPECT_EQ(list("brand-1", std::nullopt)[0].parts.size(), 1u);
}

}  // namespace
}  // namespace cliffhanger::insight
