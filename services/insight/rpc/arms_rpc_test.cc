// Experiments that the house applies: who gets what, who was shown what, and what comes of it.
#include "services/insight/rpc/arms_rpc.h"

#include <gtest/gtest.h>

#include "cliffhanger/insight/v1/arms_service.pb.h"
#include "cliffhanger/insight/v1/experiments_service.pb.h"
#include "cliffhanger/insight/v1/insight.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/overrides.h"
#include "services/insight/migrations.h"
#include "services/insight/store/pg_arms.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_experiments.h"
#include "services/insight/store/pg_tally.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class ArmsRpcTest : public testing::Test {
 protected:
  ArmsRpcTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "insight", embedded::insight_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "insight", 8}, metrics_);
    service_ = std::make_unique<rpc::Service>(
        arms_service({*pool_, open_,
                      [](sql::Tx& tx, const Tenant& tenant, const UserId& user) {
                        return PgConsents(tx, tenant, true).allowed(user).map([](const Allowed& allowed) {
                          return allowed.analytics && allowed.profiling;
                        });
                      },
                      house_experiments, clock_}));
    exposures_ = std::make_unique<Exposures>(*pool_, open_, house_experiments, clock_);
  }

  Uuid id() { return Uuid::v7(clock_.now(), random_); }
  UserId person() { return UserId::make(clock_.now(), random_); }
  Call as(const UserId& user) {
    Call call;
    call.caller = {tenant_, Role::kService, user, "catalog", true};
    call.client = client_;
    return call;
  }
  template <class Response, class Request>
  Result<Response> rpc(const Call& call, const Request& request) {
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(call, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  template <class Work>
  void change(Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return work(tx); });
    ASSERT_TRUE(done) << done.error().message;
  }
  // A running one with two variations; the second is what `value` says.
  Experiment running(SubjectKind kind, const Uuid& episode, const Uuid& series, const std::string& value,
                     const Uuid& film = Uuid()) {
    Experiment out;
    out.id = id();
    out.owner = person();
    out.created = clock_.now();
    out.definition.key = "key-" + std::to_string(++made_);
    out.definition.name = "Name";
    out.definition.kind = kind;
    out.definition.episode = episode;
    out.definition.series = series;
    out.definition.condition = condition_;
    out.definition.variations = {{"control", "", "null", 0, Uuid()}, {"other", "", value, 0, film}};
    auto good = checked(out.definition);
    EXPECT_TRUE(good) << good.error().message;
    out.definition = *good;
    change([&](sql::Tx& tx) -> Result<void> {
      PgExperiments store(tx, tenant_);
      CH_TRY(store.create(out));
      CH_TRY(start(out, clock_.now()));
      return store.save(out);
    });
    EXPECT_TRUE(exposures_->refresh());
    return out;
  }
  // The variation's key, or "".
  std::string given(const UserId& user, const Experiment& experiment) {
    v1::AssignArmsRequest in;
    in.add_experiment_ids(experiment.id.text());
    in.set_country(country_);
    const auto out = rpc<v1::AssignArmsResponse>(as(user), in);
    EXPECT_TRUE(out) << out.error().message;
    return out && out->arms_size() == 1 ? out->arms(0).variation_key() : "";
  }
  // Somebody who is given that.
  UserId with(const Experiment& experiment, const std::string& variation) {
    for (;;) {
      const UserId user = person();
      if (given(user, experiment) == variation) return user;
    }
  }
  void sees(const UserId& user, const Uuid& episode, const Uuid& series) {
    Event event;
    event.id = id();
    event.kind = v1::EVENT_KIND_IMPRESSION;
    event.episode = episode;
    event.series = series;
    change([&](sql::Tx& tx) { return exposures_->seen(tx, as(user), {event}); });
  }
  void plays(const UserId& user, const Uuid& episode, const Uuid& series, const Uuid& revision) {
    change([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(exposures_->played(tx, as(UserId()), {user, episode, series, revision}));
      return PgActivities(tx, tenant_).add(user, {episode, series, 1}, {.plays = 1}, clock_.now());
    });
  }
  std::string sql(const std::string& text) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  }
  std::string exposed(const UserId& user) {
    return sql("SELECT coalesce(string_agg(variation::text, ','), '') FROM exposure WHERE user_id = '" +
               user.text() + "'");
  }
  void consent(const UserId& user, bool analytics, bool profiling) {
    change([&](sql::Tx& tx) {
      return PgConsents(tx, tenant_, true).hear(user, {analytics, profiling}, 1, clock_.now());
    });
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant tenant_ = *Tenant::parse("default");
  const OpenExperiments open_ = [](sql::Tx& tx, const Tenant& tenant) {
    return std::make_unique<PgExperiments>(tx, tenant);
  };
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<rpc::Service> service_;
  std::unique_ptr<Exposures> exposures_;
  std::string country_, condition_;
  ClientFacts client_;
  int made_ = 0;
};

TEST_F(ArmsRpcTest, WhatRunsIsListedAsServicesApplyIt) {
  const Uuid series = id(), cover = id();
  const auto title = running(
      SubjectKind::kTitle, Uuid(), series,
      R"({"title": "She knows", "cover": {"episodeId": ")" + cover.text() + R"("}, "of": "the app"})");
  running(SubjectKind::kFeature, Uuid(), Uuid(), R"({"title": "the app's"})");
  auto out = rpc<v1::ListArmsResponse>(as(UserId()), v1::ListArmsRequest());
  ASSERT_TRUE(out);
  EXPECT_EQ(out->experiments_size(), 0) << "nobody is shown what not every process counts yet";
  clock_.advance(kAppliedAfter);
  out = rpc<v1::ListArmsResponse>(as(UserId()), v1::ListArmsRequest());
  ASSERT_TRUE(out);
  ASSERT_EQ(out->experiments_size(), 1) << "features are the app's";
  const auto& one = out->experiments(0);
  EXPECT_EQ(one.tenant(), "default");
  EXPECT_EQ(one.key(), title.definition.key);
  EXPECT_EQ(one.series_id(), series.text());
  EXPECT_EQ(one.variations(0).override().title(), "");
  EXPECT_EQ(one.variations(1).override().title(), "She knows");
  EXPECT_EQ(one.variations(1).override().cover_episode_id(), cover.text());
}

TEST_F(ArmsRpcTest, BeingGivenIsNotBeingShown) {
  const Uuid series = id();
  const auto title = running(SubjectKind::kTitle, Uuid(), series, R"({"title": "She knows"})");
  const UserId user = with(title, "other"), stranger = person();
  EXPECT_EQ(given(user, title), "other") << "again";
  EXPECT_EQ(exposed(user), "");
  sees(user, Uuid(), id());
  EXPECT_EQ(exposed(user), "") << "something else was in view";
  sees(user, Uuid(), series);
  sees(user, Uuid(), series);
  EXPECT_EQ(exposed(user), "1") << "once";
  sees(stranger, Uuid(), series);
  EXPECT_EQ(exposed(stranger), "") << "who was given nothing saw the control, and is in nothing";
}

TEST_F(ArmsRpcTest, WhoRefusesSeesTheControl) {
  const auto title = running(SubjectKind::kTitle, Uuid(), id(), R"({"title": "She knows"})");
  const UserId user = with(title, "other");
  const UserId shy = person(), private_one = person();
  consent(shy, false, true);
  consent(private_one, true, false);
  EXPECT_EQ(given(shy, title), "");
  EXPECT_EQ(given(private_one, title), "");
  consent(user, true, false);
  EXPECT_EQ(given(user, title), "") << "also who was in it";
  EXPECT_EQ(sql("SELECT count(*) FROM sticky_bucket WHERE value <> '" + user.text() + "' AND value IN ('" +
                shy.text() + "', '" + private_one.text() + "')"),
            "0");
}

TEST_F(ArmsRpcTest, AnEndingIsExposedByTheFilmThatPlays) {
  const Uuid episode = id(), series = id(), usual = id(), gun = id();
  const auto ending = running(SubjectKind::kEnding, episode, Uuid(),
                              R"({"ending": {"revisionId": ")" + gun.text() + R"("}})", gun);
  const UserId a = with(ending, "other"), b = with(ending, "control"), late = with(ending, "other");
  plays(a, episode, series, gun);
  plays(b, episode, series, usual);
  plays(late, episode, series, usual);
  EXPECT_EQ(exposed(a), "1");
  EXPECT_EQ(exposed(b), "0");
  EXPECT_EQ(exposed(late), "") << "saw the usual film, because insight was away";
  plays(late, episode, series, gun);
  EXPECT_EQ(exposed(late), "1");
}

TEST_F(ArmsRpcTest, NobodyGetsAnotherEndingInMidPlot) {
  const Uuid episode = id(), series = id(), gun = id();
  const UserId before = person();
  plays(before, episode, series, id());
  auto ending = running(SubjectKind::kEnding, episode, Uuid(),
                        R"({"ending": {"revisionId": ")" + gun.text() + R"("}})", gun);
  for (int i = 0; i < 20; ++i) {
    const UserId also = person();
    plays(also, episode, series, id());
    EXPECT_EQ(given(also, ending), "") << "began it before";
  }
  EXPECT_EQ(given(before, ending), "");
  const UserId had = with(ending, "other"), usual = with(ending, "control");
  change([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(stop(ending, clock_.now(), "STOPPED_BY_HAND", "", "control"));
    return PgExperiments(tx, tenant_).save(ending);
  });
  EXPECT_EQ(given(had, ending), "other") << "whatever won";
  EXPECT_EQ(given(usual, ending), "control");
  EXPECT_EQ(given(person(), ending), "control");
  clock_.advance(24h * 31);
  EXPECT_EQ(given(had, ending), "other") << "as long as there is a winner it is in force";
}

TEST_F(ArmsRpcTest, WhoIsMeantByTheCountryTheyAreIn) {
  condition_ = R"({"country": {"$in": ["DE", "AT"]}})";
  const auto title = running(SubjectKind::kTitle, Uuid(), id(), R"({"title": "She knows"})");
  const UserId user = person();
  for (const char* other : {"", "FR", "at"}) {
    country_ = other;
    EXPECT_EQ(given(user, title), "") << other;
  }
  country_ = "AT";
  const auto got = given(user, title);
  EXPECT_NE(got, "");
  country_ = "FR";
  EXPECT_EQ(given(user, title), got) << "what somebody was given they keep, also on a journey";
}

TEST_F(ArmsRpcTest, WhoIsMeantByTheAppTheyHave) {
  condition_ = R"({"language": {"$regex": "^de"}, "platform": "ios", "appVersion": {"$vgte": "2.10.0"}})";
  const auto title = running(SubjectKind::kTitle, Uuid(), id(), R"({"title": "She knows"})");
  const UserId user = person();
  for (const ClientFacts& other :
       {ClientFacts(), ClientFacts{"fr", "ios", "2.12.0"}, ClientFacts{"de", "web", "2.12.0"},
        ClientFacts{"de", "ios", "2.9.9"}, ClientFacts{"de", "ios", ""}}) {
    client_ = other;
    EXPECT_EQ(given(user, title), "") << other.text();
  }
  client_ = {"de-AT", "ios", "2.10.0"};
  const auto got = given(user, title);
  EXPECT_NE(got, "");
  client_ = {"fr", "web", ""};
  EXPECT_EQ(given(user, title), got) << "what somebody was given they keep, also on another device";
}

TEST_F(ArmsRpcTest, OfRankingsTheServiceTells) {
  const auto ranking =
      running(SubjectKind::kRanking, Uuid(), Uuid(), R"({"ranking": {"weights": {"popularity": 3}}})");
  const UserId user = with(ranking, "other");
  v1::RecordExposuresRequest in;
  auto* one = in.add_exposures();
  one->set_user_id(user.text());
  one->set_experiment_id(ranking.id.text());
  one->set_variation_key("control");
  ASSERT_TRUE(rpc<v1::RecordExposuresResponse>(as(UserId()), in));
  EXPECT_EQ(exposed(user), "") << "that is not what the person was given";
  one->set_variation_key("other");
  ASSERT_TRUE(rpc<v1::RecordExposuresResponse>(as(UserId()), in));
  ASSERT_TRUE(rpc<v1::RecordExposuresResponse>(as(UserId()), in));
  EXPECT_EQ(exposed(user), "1");
}

TEST_F(ArmsRpcTest, WhoSeesMoreAtOnceIsExposedOnce) {
  const Uuid series = id();
  const auto title = running(SubjectKind::kTitle, Uuid(), series, R"({"title": "She knows"})");
  const UserId user = with(title, "other");
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([&] { sees(user, Uuid(), series); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(exposed(user), "1");
}

TEST(OverridesTest, WhatIsWrongIsSaid) {
  const auto faults = [](SubjectKind kind, const std::string& value, bool series = true) {
    Definition d;
    d.kind = kind;
    d.hash_attribute = "id";
    const Uuid subject = Uuid::from_name("subject");
    (series ? d.series : d.episode) = subject;
    if (kind == SubjectKind::kFeature || kind == SubjectKind::kRanking) d.series = d.episode = Uuid();
    d.variations = {{"control", "", "null", 0.5, Uuid()}, {"other", "", value, 0.5, Uuid()}};
    std::string out;
    for (const auto& one : faults_of_overrides(d))
      out += one.field.substr(one.field.find('.') + 1) + ": " + one.message + "; ";
    return out;
  };
  EXPECT_EQ(faults(SubjectKind::kTitle, R"({"title": "She knows"})"), "");
  EXPECT_EQ(faults(SubjectKind::kTitle, R"({"title": " "})"),
            "variations[1].value: has a title that is empty or too long; ");
  EXPECT_EQ(faults(SubjectKind::kTitle, R"({"title": 7})"),
            "variations[1].value: has a title that is empty or too long; ");
  EXPECT_EQ(faults(SubjectKind::kTitle, R"({"paywall": 3})"),
            "variations[1].value: names a paywall, which the subject's kind is not about; ");
  EXPECT_EQ(faults(SubjectKind::kCover, R"({"cover": {"episodeId": "x"}})"),
            "variations[1].value: has a cover that names no episodeId; ");
  EXPECT_EQ(faults(SubjectKind::kPaywallPosition, R"({"paywall": 9})"), "");
  EXPECT_EQ(faults(SubjectKind::kPaywallPosition, R"({"paywall": 0})"),
            "variations[1].value: has a paywall that is no episode's number; ");
  EXPECT_EQ(faults(SubjectKind::kPaywallPosition, R"({"paywall": 1.5})"),
            "variations[1].value: has a paywall that is no episode's number; ");
  EXPECT_EQ(faults(SubjectKind::kEnding, R"({"ending": {}})", false),
            "variations[1].value: has an ending that names not one of revisionId and episodeId; ");
  EXPECT_EQ(faults(SubjectKind::kEnding, "null", true),
            "subject.episodeId: is required; subject.seriesId: is not for endings; ");
  EXPECT_EQ(faults(SubjectKind::kRanking, R"({"ranking": 1})"),
            "variations[1].value: has a ranking that is no object; ");
  EXPECT_EQ(faults(SubjectKind::kFeature, R"({"title": 7})"), "") << "what features say is the app's";
}

}  // namespace
}  // namespace cliffhanger::insight
