// Experiments and people: creators learn what tells of nobody, and what is kept of somebody is theirs to
// refuse, to have and to have erased.
#include <gtest/gtest.h>

#include <future>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/insight/v1/experiments_service.pb.h"
#include "libs/bus/consumer.h"
#include "libs/bus/relay.h"
#include "libs/rpc/test_service.h"
#include "services/insight/migrations.h"
#include "services/insight/rpc/experiments_rpc.h"
#include "services/insight/rpc/viewing_events.h"
#include "services/insight/store/pg_audience.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_experiments.h"
#include "services/insight/store/pg_viewings.h"
#include "services/insight/test_experiments.h"

namespace cliffhanger::insight {
namespace {

class ToldReportTest : public rpc::ServiceTest {
 protected:
  ToldReportTest() : ServiceTest("insight", embedded::insight_migrations) {
    serve(experiments_service(experiments_deps(*pool_, clock_, random_)));
    change([&](sql::Tx& tx) {
      return PgViewings(tx, author_.tenant).hear_episode(episode_, author_.id, 60'000, 1);
    });
  }
  ~ToldReportTest() override { ServiceTest::stop(); }

  v1::ExperimentDefinition define(const std::string& key, v1::ExperimentSubjectKind kind) {
    v1::ExperimentDefinition d;
    d.set_key(key);
    d.set_name(key);
    d.mutable_subject()->set_kind(kind);
    d.mutable_subject()->set_episode_id(episode_.text());
    d.add_variations()->set_key("control");
    d.add_variations()->set_key("other");
    return d;
  }
  static void only(v1::ExperimentDefinition& d, const std::string& attribute, const std::string& value) {
    (*d.mutable_condition()->mutable_fields())[attribute].set_string_value(value);
  }
  static void slice(v1::ExperimentDefinition& d, const std::string& layer, double first, double last) {
    d.mutable_layer()->set_name(layer);
    d.mutable_layer()->set_first(first);
    d.mutable_layer()->set_last(last);
  }
  Result<std::string> create(const Person& who, const v1::ExperimentDefinition& d) {
    v1::CreateExperimentRequest in;
    *in.mutable_definition() = d;
    return call<v1::CreateExperimentResponse>(who, in).map(
        [](const auto& out) { return out.experiment().id(); });
  }
  Result<v1::StartExperimentResponse> start(const Person& who, const std::string& id) {
    v1::StartExperimentRequest in;
    in.set_experiment_id(id);
    return call<v1::StartExperimentResponse>(who, in);
  }
  // Whether it "runs", or why not.
  std::string started(const Person& who, const std::string& id) {
    const auto got = start(who, id);
    return got ? "runs" : got.error().reason;
  }
  // So many new people of each variation see it, and those of `other` come to the end of the episode.
  void expose(const std::string& id, std::vector<int> people) {
    change([&](sql::Tx& tx) -> Result<void> {
      PgExperiments experiments(tx, author_.tenant);
      CH_ASSIGN(const auto found, experiments.find(*Uuid::parse(id), false));
      for (std::size_t variation = 0; variation < people.size(); ++variation) {
        for (int i = 0; i < people[variation]; ++i) {
          const UserId who = UserId::make(clock_.now(), random_);
          CH_TRY(experiments.expose(*found, who, static_cast<int>(variation), clock_.now()));
          CH_TRY(
              PgActivities(tx, author_.tenant)
                  .add(who, {episode_, series_, 1}, {.plays = 1, .completed = variation == 1}, clock_.now()));
        }
      }
      return {};
    });
  }
  v1::ExperimentReport report(const Person& who, const std::string& id) {
    v1::GetExperimentReportRequest in;
    in.set_experiment_id(id);
    const auto got = call<v1::GetExperimentReportResponse>(who, in);
    EXPECT_TRUE(got) << got.error().message;
    return got ? got->report() : v1::ExperimentReport();
  }
  std::string told(const Person& who, const std::string& id) {
    const auto got = report(who, id);
    if (got.withheld()) {
      EXPECT_EQ(got.people_size() + got.metrics_size() + got.guardrails_size() + got.cliffhanger_size(), 0);
      return "withheld";
    }
    return std::to_string(got.people(0)) + "/" + std::to_string(got.people(1)) + " " +
           std::to_string(got.cliffhanger(1).reached());
  }
  template <class Work>
  void change(Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return work(tx); });
    ASSERT_TRUE(done) << done.error().message;
  }

  // A feature of the operator's that runs.
  void run_feature(const std::string& key, const std::string& hash_attribute) {
    auto d = define(key, v1::EXPERIMENT_SUBJECT_KIND_FEATURE);
    d.mutable_subject()->clear_episode_id();
    d.set_hash_attribute(hash_attribute);
    const auto id = create(boss_, d);
    ASSERT_TRUE(id) << id.error().message;
    ASSERT_TRUE(start(boss_, *id));
  }
  std::string given(const Person& who, const std::string& key, const std::string& device = "") {
    v1::GetMyExperimentsRequest in;
    in.add_keys(key);
    in.set_device_id(device);
    const auto got = call<v1::GetMyExperimentsResponse>(who, in);
    EXPECT_TRUE(got) << got.error().message;
    return got && got->assignments_size() == 1 ? got->assignments(0).variation_key() : "";
  }
  // As accounts tells of it.
  void signs_in(const Person& guest, const Person& account) {
    accounts::v1::GuestMerged merged;
    merged.set_guest_id(guest.id.text());
    merged.set_user_id(account.id.text());
    common::v1::Event event;
    event.set_id(Uuid::v7(clock_.now(), random_).text());
    event.set_tenant(guest.tenant.text());
    event.mutable_payload()->PackFrom(merged);
    redis::Client redis{{harness::Redis::shared().url()}};
    ASSERT_TRUE(redis.command({"FLUSHALL"}));
    ASSERT_TRUE(redis.command({"XADD", bus::stream_of("accounts"), "*", "event", event.SerializeAsString()}));
    bus::Consumer consumer(
        "insight", "one",
        {*pool_, redis, random_, metrics_, {obs::Log::to_stderr(obs::Level::kError), "test"}});
    listen(consumer,
           {[](sql::Tx& tx, const Call& of) { return std::make_unique<PgViewings>(tx, of.caller.tenant); },
            [](sql::Tx& tx, const Call& of) { return std::make_unique<PgAudience>(tx, of.caller.tenant); },
            [](sql::Tx& tx, const Call& of) { return std::make_unique<PgActivities>(tx, of.caller.tenant); },
            clock_,
            [](sql::Tx& tx, const Call& of) {
              return std::make_unique<PgConsents>(tx, of.caller.tenant, true);
            }});
    int heard = 0;
    for (int i = 0; i < 4 && heard == 0; ++i) {  // first what a consumer before it left behind
      const auto done = consumer.run_once(std::chrono::milliseconds(10));
      ASSERT_TRUE(done) << done.error().message;
      heard = *done;
    }
    EXPECT_EQ(heard, 1);
  }
  std::string sql(const std::string& text) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  }

  const Person author_ = person(Role::kCreator), boss_ = person(Role::kOperator);
  const Uuid episode_ = Uuid::v7(clock_.now(), random_), series_ = Uuid::v7(clock_.now(), random_);
};

TEST_F(ToldReportTest, NeitherAReportNorTwoTellOfFewerThanTwenty) {
  const auto id = create(author_, define("ending", v1::EXPERIMENT_SUBJECT_KIND_ENDING));
  ASSERT_TRUE(id) << id.error().message;
  ASSERT_TRUE(start(author_, *id));
  expose(*id, {30, 19});
  EXPECT_EQ(told(author_, *id), "withheld");
  EXPECT_EQ(told(boss_, *id), "30/19 19") << "operators have the database";
  expose(*id, {0, 1});
  EXPECT_EQ(told(author_, *id), "30/20 20");
  const auto before = report(author_, *id);
  clock_.advance(std::chrono::seconds(30));
  expose(*id, {1, 0});
  EXPECT_EQ(report(author_, *id).SerializeAsString(), before.SerializeAsString())
      << "or what that one does is the difference";
  expose(*id, {20, 19});
  EXPECT_EQ(told(author_, *id), "30/20 20");
  expose(*id, {0, 1});
  EXPECT_EQ(told(author_, *id), "51/40 40");
  EXPECT_EQ(told(author_, *id), "51/40 40") << "asked again";
}

TEST_F(ToldReportTest, CreatorsDontExperimentOnNamedPeople) {
  auto d = define("one", v1::EXPERIMENT_SUBJECT_KIND_TITLE);
  only(d, "id", person().id.text());
  EXPECT_EQ(create(author_, d).error().reason, "ROLE_TOO_LOW");
  EXPECT_TRUE(create(boss_, d));
  d = define("two", v1::EXPERIMENT_SUBJECT_KIND_TITLE);
  auto* all = (*d.mutable_condition()->mutable_fields())["$and"].mutable_list_value();
  (*all->add_values()->mutable_struct_value()->mutable_fields())["deviceId"].set_string_value("x");
  EXPECT_EQ(create(author_, d).error().reason, "ROLE_TOO_LOW") << "also within";
  d = define("three", v1::EXPERIMENT_SUBJECT_KIND_TITLE);
  only(d, "country", "DE");
  EXPECT_TRUE(create(author_, d));
}

TEST_F(ToldReportTest, TwoOfTheSameThingDontDifferInTheirPeople) {
  const auto all = create(author_, define("all", v1::EXPERIMENT_SUBJECT_KIND_TITLE));
  auto but = define("but", v1::EXPERIMENT_SUBJECT_KIND_ENDING);
  (*(*but.mutable_condition()->mutable_fields())["country"].mutable_struct_value()->mutable_fields())["$ne"]
      .set_string_value("LI");
  const auto some = create(author_, but);
  const auto ending = create(author_, define("ending", v1::EXPERIMENT_SUBJECT_KIND_ENDING));
  ASSERT_TRUE(all && some && ending);
  ASSERT_TRUE(start(author_, *all));
  EXPECT_EQ(start(author_, *some).error().reason, "SUBJECT_TAKEN")
      << "all less all but those of Liechtenstein are those of Liechtenstein";
  EXPECT_TRUE(start(author_, *ending)) << "for the same people";
}

TEST_F(ToldReportTest, TwoOfDifferentThingsDontDifferInTheirPeopleEither) {
  const Uuid second = Uuid::v7(clock_.now(), random_);
  change([&](sql::Tx& tx) {
    return PgViewings(tx, author_.tenant).hear_episode(second, author_.id, 60'000, 1);
  });
  int made = 0;
  const auto of_second = [&](const Person& who, auto differ) {
    auto d = define("of-second-" + std::to_string(++made), v1::EXPERIMENT_SUBJECT_KIND_ENDING);
    d.mutable_subject()->set_episode_id(second.text());
    differ(d);
    const auto id = create(who, d);
    EXPECT_TRUE(id) << id.error().message;
    return started(who, *id);
  };
  const auto all = create(author_, define("all", v1::EXPERIMENT_SUBJECT_KIND_TITLE));
  ASSERT_TRUE(all && start(author_, *all));
  const auto not_there = [](v1::ExperimentDefinition& d) {
    (*(*d.mutable_condition()->mutable_fields())["country"].mutable_struct_value()->mutable_fields())["$ne"]
        .set_string_value("LI");
  };
  EXPECT_EQ(of_second(author_, not_there), "SUBJECT_TAKEN") << "reports are of persons, whatever they saw";
  EXPECT_EQ(of_second(author_, [](auto& d) { d.set_coverage(0.99); }), "SUBJECT_TAKEN");
  EXPECT_EQ(of_second(author_,
                      [](auto& d) {
                        d.mutable_holdout()->set_name("h");
                        d.mutable_holdout()->set_share(0.01);
                      }),
            "SUBJECT_TAKEN");
  EXPECT_EQ(of_second(author_, [](auto& d) { d.set_hash_attribute("deviceId"); }), "SUBJECT_TAKEN");
  EXPECT_EQ(of_second(author_, [](auto& d) { slice(d, "x", 0, 0.99); }), "SUBJECT_TAKEN")
      << "everybody less 99 of a hundred";
  EXPECT_EQ(of_second(author_, [](auto&) {}), "runs") << "for the same people";
  EXPECT_EQ(of_second(boss_, not_there), "runs") << "operators have the database";
}

TEST_F(ToldReportTest, SlicesOfOneLayerShareNobodyAndOthersDo) {
  const auto of = [&](const char* key, const char* layer, double first, double last, auto differ) {
    auto d = define(key, v1::EXPERIMENT_SUBJECT_KIND_TITLE);
    slice(d, layer, first, last);
    differ(d);
    const auto id = create(author_, d);
    EXPECT_TRUE(id) << id.error().message;
    return started(author_, *id);
  };
  const auto same = [](auto&) {};
  EXPECT_EQ(of("a", "x", 0, 0.5, same), "runs");
  EXPECT_EQ(of("b", "y", 0, 0.5, same), "SUBJECT_TAKEN") << "drawn anew";
  EXPECT_EQ(of("c", "x", 0.5, 0.9, [](auto& d) { d.set_hash_attribute("deviceId"); }), "SUBJECT_TAKEN")
      << "a person and their device have two places in it";
  EXPECT_EQ(of("d", "x", 0.5, 0.9, [](auto& d) { only(d, "country", "DE"); }), "runs") << "nobody is in both";
}

TEST_F(ToldReportTest, OfTwoThatStartAtOnceTheLaterSeesTheEarlier) {
  const Uuid second = Uuid::v7(clock_.now(), random_);
  change([&](sql::Tx& tx) {
    return PgViewings(tx, author_.tenant).hear_episode(second, author_.id, 60'000, 1);
  });
  const auto one = create(author_, define("one", v1::EXPERIMENT_SUBJECT_KIND_TITLE));
  auto d = define("other", v1::EXPERIMENT_SUBJECT_KIND_TITLE);
  d.mutable_subject()->set_episode_id(second.text());
  only(d, "country", "DE");
  const auto other = create(author_, d);
  ASSERT_TRUE(one && other);
  std::future<std::string> later;
  change([&](sql::Tx& tx) -> Result<void> {
    PgExperiments experiments(tx, author_.tenant);
    CH_ASSIGN(auto earlier, experiments.find(*Uuid::parse(*one), true));
    CH_TRY(experiments.hold_owner(*earlier));
    CH_TRY(insight::start(*earlier, clock_.now()));
    CH_TRY(experiments.save(*earlier));
    later = std::async(std::launch::async, [&] { return started(author_, *other); });
    while (later.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready &&
           sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "0") {
    }
    return {};
  });
  EXPECT_EQ(later.get(), "SUBJECT_TAKEN");
}

TEST_F(ToldReportTest, OneOfManyIsSeen) {
  const auto titled = [&](const std::string& key) {
    auto d = define(key, v1::EXPERIMENT_SUBJECT_KIND_TITLE);
    (*d.mutable_variations(1)->mutable_value()->mutable_struct_value()->mutable_fields())["title"]
        .set_string_value("Another");
    return d;
  };
  auto germans = titled("z");
  only(germans, "country", "DE");
  const auto last = create(author_, germans);
  ASSERT_TRUE(last && start(author_, *last));
  // Before it by key, by id and by age: those of others and the author's own, of other subjects.
  sql("INSERT INTO experiment (tenant, experiment_id, key, owner_id, state, definition, layer, layer_first, "
      "layer_last, weights, create_time, start_time) SELECT tenant, ('00000000' || substr(md5(n::text), "
      "9))::uuid, 'a' || n, CASE WHEN n % 2 = 0 THEN owner_id ELSE md5('x')::uuid END, state, "
      "replace(replace(definition, '" +
      episode_.text() + "', '" + series_.text() +
      "'), 'DE', 'FR'), layer, layer_first, layer_last, weights, create_time, start_time FROM "
      "experiment, generate_series(1, 500) n");
  auto same = titled("w");
  const auto contending = create(boss_, same);
  ASSERT_TRUE(contending);
  EXPECT_EQ(started(boss_, *contending), "SUBJECT_TAKEN");
  auto french = define("y", v1::EXPERIMENT_SUBJECT_KIND_ENDING);
  only(french, "country", "FR");
  const auto comparing = create(author_, french);
  ASSERT_TRUE(comparing) << comparing.error().message;
  EXPECT_EQ(started(author_, *comparing), "SUBJECT_TAKEN");
  sql("UPDATE experiment SET state = 'stopped' WHERE key = 'z'");
  EXPECT_EQ(started(author_, *comparing), "runs") << "which are the same people in all the others";
  EXPECT_EQ(started(boss_, *contending), "runs");
}

TEST_F(ToldReportTest, OfWhoRefusesNothingSticks) {
  run_feature("a", "id");
  const auto shy = person();
  change([&](sql::Tx& tx) {
    return PgConsents(tx, shy.tenant, true)
        .hear(shy.id, {.analytics = false, .profiling = std::nullopt}, 1, clock_.now());
  });
  const auto first = given(shy, "a");
  EXPECT_NE(first, "");
  EXPECT_EQ(given(shy, "a"), first) << "chance is the same each time";
  EXPECT_EQ(sql("SELECT (SELECT count(*) FROM sticky_bucket) + (SELECT count(*) FROM exposure)"), "0");
  given(person(), "a");
  EXPECT_EQ(sql("SELECT (SELECT count(*) FROM sticky_bucket) + (SELECT count(*) FROM exposure)"), "2");
}

TEST_F(ToldReportTest, WhatStuckToADeviceIsExportedAndErasedWithItsPerson) {
  run_feature("a", "deviceId");
  const auto guest = person(), account = person(), other = person();
  given(guest, "a", "phone-1");
  given(other, "a", "phone-2");
  change([&](sql::Tx& tx) { return PgActivities(tx, guest.tenant).merge(guest.id, account.id, true); });
  const std::string whose = "'default', ARRAY['" + account.id.text() + "'::uuid]";
  EXPECT_NE(
      sql("SELECT data FROM export_people(" + whose + ", 'sticky_bucket', '(0,0)', 10)").find("phone-1"),
      std::string::npos);
  sql("SELECT erase_people(" + whose + ", 100)");
  EXPECT_EQ(sql("SELECT string_agg(value, ' ') FROM sticky_bucket"), "phone-2");
}

TEST_F(ToldReportTest, WhatStuckToAGuestDoesNotStickToAnAccountThatRefuses) {
  run_feature("a", "deviceId");
  run_feature("b", "id");
  const auto guest = person(), willing = person(), shy = person(), account = person();
  for (const Person& who : {guest, willing}) given(who, "a", "phone-" + who.id.text()), given(who, "b");
  EXPECT_EQ(sql("SELECT count(*) FROM sticky_bucket"), "4");
  change([&](sql::Tx& tx) {
    return PgConsents(tx, shy.tenant, true)
        .hear(shy.id, {.analytics = false, .profiling = std::nullopt}, 1, clock_.now());
  });
  signs_in(guest, shy);
  EXPECT_EQ(sql("SELECT count(*) FROM sticky_bucket WHERE user_id = '" + shy.id.text() + "'"), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM sticky_bucket"), "2") << "nor does it stay the guest's";
  signs_in(willing, account);
  EXPECT_EQ(sql("SELECT count(*) FROM sticky_bucket WHERE user_id = '" + account.id.text() + "'"), "2");
}

}  // namespace
}  // namespace cliffhanger::insight
