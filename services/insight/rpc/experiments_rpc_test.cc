#include "services/insight/rpc/experiments_rpc.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "cliffhanger/insight/v1/experiments_service.pb.h"
#include "libs/rpc/test_service.h"
#include "services/insight/migrations.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_experiments.h"
#include "services/insight/store/pg_viewings.h"
#include "services/insight/test_experiments.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class ExperimentsTest : public rpc::ServiceTest {
 protected:
  ExperimentsTest() : ServiceTest("insight", embedded::insight_migrations) {
    serve(experiments_service(experiments_deps(*pool_, clock_, random_)));
  }
  ~ExperimentsTest() override { ServiceTest::stop(); }

  Uuid id() { return Uuid::v7(clock_.now(), random_); }

  v1::ExperimentDefinition feature(const std::string& key) {
    v1::ExperimentDefinition d;
    d.set_key(key);
    d.set_name(key);
    d.mutable_subject()->set_kind(v1::EXPERIMENT_SUBJECT_KIND_FEATURE);
    for (const char* variation : {"control", "other"}) {
      auto* one = d.add_variations();
      one->set_key(variation);
      (*one->mutable_value()->mutable_struct_value()->mutable_fields())["text"].set_string_value(variation);
    }
    return d;
  }
  Result<v1::Experiment> create(const Person& who, const v1::ExperimentDefinition& d) {
    v1::CreateExperimentRequest in;
    *in.mutable_definition() = d;
    return call<v1::CreateExperimentResponse>(who, in).map([](const auto& out) { return out.experiment(); });
  }
  Result<v1::Experiment> start(const Person& who, const std::string& experiment) {
    v1::StartExperimentRequest in;
    in.set_experiment_id(experiment);
    return call<v1::StartExperimentResponse>(who, in).map([](const auto& out) { return out.experiment(); });
  }
  Result<v1::Experiment> stop(const Person& who, const std::string& experiment,
                              const std::string& winner = "") {
    v1::StopExperimentRequest in;
    in.set_experiment_id(experiment);
    in.set_winner_key(winner);
    return call<v1::StopExperimentResponse>(who, in).map([](const auto& out) { return out.experiment(); });
  }
  Result<v1::Experiment> get(const Person& who, const std::string& experiment) {
    v1::GetExperimentRequest in;
    in.set_experiment_id(experiment);
    return call<v1::GetExperimentResponse>(who, in).map([](const auto& out) { return out.experiment(); });
  }
  v1::Experiment running(const Person& who, const v1::ExperimentDefinition& d) {
    const auto made = create(who, d);
    EXPECT_TRUE(made) << made.error().message;
    const auto started = start(who, made->id());
    EXPECT_TRUE(started) << started.error().message;
    return *started;
  }
  std::vector<v1::ExperimentAssignment> ask(const Person& who, v1::GetMyExperimentsRequest in = {}) {
    const auto got = call<v1::GetMyExperimentsResponse>(who, in);
    EXPECT_TRUE(got) << got.error().message;
    return got ? std::vector<v1::ExperimentAssignment>(got->assignments().begin(), got->assignments().end())
               : std::vector<v1::ExperimentAssignment>();
  }
  v1::ExperimentReport report(const Person& who, const std::string& experiment) {
    v1::GetExperimentReportRequest in;
    in.set_experiment_id(experiment);
    const auto got = call<v1::GetExperimentReportResponse>(who, in);
    EXPECT_TRUE(got) << got.error().message;
    return got ? got->report() : v1::ExperimentReport();
  }
  template <class Work>
  void change(Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return work(tx); });
    ASSERT_TRUE(done) << done.error().message;
  }
  void did(const Person& who, Uuid episode, int number, const Watched& what, Time at) {
    change([&](sql::Tx& tx) {
      return PgActivities(tx, who.tenant).add(who.id, {episode, series_, number}, what, at);
    });
  }
  void own(const Uuid& episode, const Person& who) {
    change([&](sql::Tx& tx) { return PgViewings(tx, who.tenant).hear_episode(episode, who.id, 60'000, 1); });
  }
  std::string sql(const std::string& text) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  }

  const Uuid series_ = id();
};

TEST_F(ExperimentsTest, ADraftIsDefinedChangedStartedAndStopped) {
  const auto boss = person(Role::kOperator);
  auto d = feature("paywall-copy");
  (*d.mutable_condition()->mutable_fields())["country"].set_string_value("DE");
  const auto made = create(boss, d);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->state(), v1::EXPERIMENT_STATE_DRAFT);
  EXPECT_EQ(made->definition().variations(1).value().struct_value().fields().at("text").string_value(),
            "other");
  EXPECT_EQ(create(boss, d).error().reason, "EXPERIMENT_KEY_TAKEN");
  EXPECT_TRUE(create(person(Role::kOperator, "other"), d)) << "of another tenant";
  v1::UpdateExperimentRequest update;
  update.set_experiment_id(made->id());
  *update.mutable_definition() = d;
  update.mutable_definition()->set_name("Words at the paywall");
  ASSERT_TRUE(call<v1::UpdateExperimentResponse>(boss, update));
  update.mutable_definition()->set_key("another");
  EXPECT_EQ(call<v1::UpdateExperimentResponse>(boss, update).error().reason, "INVALID_EXPERIMENT");
  EXPECT_TRUE(ask(person()).empty()) << "nobody is in a draft";
  ASSERT_TRUE(start(boss, made->id()));
  ASSERT_TRUE(start(boss, made->id())) << "again";
  update.mutable_definition()->set_key(d.key());
  EXPECT_EQ(call<v1::UpdateExperimentResponse>(boss, update).error().reason, "EXPERIMENT_NOT_DRAFT");
  ASSERT_TRUE(stop(boss, made->id()));
  const auto again = stop(boss, made->id(), "other");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->winner_key(), "other");
  EXPECT_EQ(again->definition().name(), "Words at the paywall");
  EXPECT_EQ(start(boss, made->id()).error().reason, "EXPERIMENT_STOPPED");
}

TEST_F(ExperimentsTest, CreatorsExperimentOnWhatIsTheirs) {
  const auto author = person(Role::kCreator), rival = person(Role::kCreator), boss = person(Role::kOperator);
  const Uuid episode = id();
  own(episode, author);
  auto d = feature("ending");
  EXPECT_EQ(create(author, d).error().reason, "ROLE_TOO_LOW");
  d.mutable_subject()->set_kind(v1::EXPERIMENT_SUBJECT_KIND_ENDING);
  EXPECT_EQ(create(author, d).error().reason, "INVALID_EXPERIMENT") << "of which episode?";
  d.mutable_subject()->set_episode_id(episode.text());
  EXPECT_EQ(create(rival, d).error().reason, "EPISODE_NOT_FOUND");
  const auto made = create(author, d);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(get(rival, made->id()).error().reason, "EXPERIMENT_NOT_FOUND");
  EXPECT_EQ(start(rival, made->id()).error().reason, "EXPERIMENT_NOT_FOUND");
  EXPECT_TRUE(get(boss, made->id()));
  EXPECT_EQ(get(person(Role::kOperator, "other"), made->id()).error().reason, "EXPERIMENT_NOT_FOUND");
  EXPECT_FALSE(create(person(), d)) << "viewers define nothing";
  v1::ListExperimentsRequest all;
  EXPECT_EQ(call<v1::ListExperimentsResponse>(rival, all)->experiments_size(), 0);
  EXPECT_EQ(call<v1::ListExperimentsResponse>(author, all)->experiments_size(), 1);
}

TEST_F(ExperimentsTest, ListsArePaged) {
  const auto boss = person(Role::kOperator);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(create(boss, feature("e" + std::to_string(i))));
    clock_.advance(1s);
  }
  v1::ListExperimentsRequest in;
  in.set_page_size(2);
  std::string keys;
  do {
    const auto page = call<v1::ListExperimentsResponse>(boss, in);
    ASSERT_TRUE(page);
    for (const auto& one : page->experiments()) keys += one.definition().key();
    in.set_page_token(page->next_page_token());
  } while (!in.page_token().empty());
  EXPECT_EQ(keys, "e4e3e2e1e0");
}

TEST_F(ExperimentsTest, LayersAreForOneAtATime) {
  const auto boss = person(Role::kOperator);
  const auto slice = [&](const char* key, double first, double last) {
    auto d = feature(key);
    d.mutable_layer()->set_name("feed");
    d.mutable_layer()->set_first(first);
    d.mutable_layer()->set_last(last);
    return create(boss, d)->id();
  };
  const auto a = slice("a", 0, 0.5), b = slice("b", 0.4, 1), c = slice("c", 0.5, 1);
  ASSERT_TRUE(start(boss, a));
  EXPECT_EQ(start(boss, b).error().reason, "LAYER_TAKEN");
  ASSERT_TRUE(start(boss, c));
  ASSERT_TRUE(stop(boss, a));
  ASSERT_TRUE(stop(boss, c));
  EXPECT_TRUE(start(boss, b));
}

TEST_F(ExperimentsTest, TheAnswerIsTheSameAndCountsOnce) {
  const auto boss = person(Role::kOperator);
  const auto e = running(boss, feature("a"));
  running(boss, feature("b"));
  std::map<std::string, int> arms;
  std::vector<std::pair<Person, std::string>> before;
  for (int i = 0; i < 60; ++i) {
    const auto who = person();
    v1::GetMyExperimentsRequest only;
    only.add_keys("a");
    const auto got = ask(who, only);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_TRUE(got[0].in_experiment());
    EXPECT_EQ(got[0].value().struct_value().fields().at("text").string_value(), got[0].variation_key());
    ++arms[got[0].variation_key()];
    before.emplace_back(who, got[0].variation_key());
  }
  // Weights that move, a country that changes, and asking for everything, change nothing.
  sql("UPDATE experiment SET weights = '{0.99,0.01}' WHERE key = 'a' RETURNING key");
  for (const auto& [who, variation] : before) {
    v1::GetMyExperimentsRequest all;
    all.set_country("FR");
    const auto got = ask(who, all);
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got[0].variation_key(), variation);
  }
  const auto told = report(boss, e.id());
  EXPECT_EQ(told.people(0), arms["control"]);
  EXPECT_EQ(told.people(1), arms["other"]);
  EXPECT_EQ(sql("SELECT count(*) FROM exposure"), "120");
  // Chance alone deals 60 people so uneven a hand (chi squared above 10.83) once in a thousand runs.
  EXPECT_EQ(told.mismatch(), std::abs(arms["control"] - arms["other"]) >= 26);
}

TEST_F(ExperimentsTest, WhoRefusesAnalyticsHasAVariationAndIsNotCounted) {
  running(person(Role::kOperator), feature("a"));
  const auto who = person();
  change([&](sql::Tx& tx) {
    return PgConsents(tx, who.tenant, true)
        .hear(who.id, {.analytics = false, .profiling = {}}, 1, clock_.now());
  });
  EXPECT_TRUE(ask(who).at(0).in_experiment());
  EXPECT_EQ(sql("SELECT count(*) FROM exposure"), "0");
}

TEST_F(ExperimentsTest, ManyRequestsAtOnceGetOneAnswer) {
  const auto boss = person(Role::kOperator);
  running(boss, feature("a"));
  const auto who = person();
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 16; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      if (i % 4 == 0)
        sql(i % 8 ? "UPDATE experiment SET weights = '{0.999,0.001}' RETURNING key"
                  : "UPDATE experiment SET weights = '{0.001,0.999}' RETURNING key");
      const auto got = ask(who);
      return got.empty() ? std::string() : got[0].variation_key();
    }));
  }
  std::set<std::string> seen;
  for (auto& one : answers) seen.insert(one.get());
  EXPECT_EQ(seen.size(), 1u);
  EXPECT_EQ(sql("SELECT count(*) FROM exposure"), "1");
}

TEST_F(ExperimentsTest, ReportsCountWhatWasDoneSince) {
  const auto boss = person(Role::kOperator);
  auto d = feature("a");
  for (const auto metric : {v1::EXPERIMENT_METRIC_WATCH_TIME, v1::EXPERIMENT_METRIC_WATCHED,
                            v1::EXPERIMENT_METRIC_COMPLETION_RATE})
    d.add_metrics(metric);
  const auto e = running(boss, d);
  double watched[2] = {0, 0}, anything[2] = {0, 0}, completed[2] = {0, 0}, plays[2] = {0, 0},
         people[2] = {0, 0};
  for (int i = 0; i < 60; ++i) {
    const auto who = person();
    const Uuid episode = id();
    did(who, episode, 1, {.plays = 3, .watched_ms = 5000 + 100 * i, .completed = true},
        clock_.now() - 24h * 3);
    did(who, episode, 1, {.plays = 1, .watched_ms = 7000}, clock_.now() - 24h * 30);  // long ago
    did(who, episode, 1, {.watched_ms = 900}, clock_.now());                          // the same day, before
    const auto arm = static_cast<std::size_t>(ask(who).at(0).variation());
    ++people[arm];
    if (i % 3 == 0) continue;
    did(who, episode, 2, {.plays = 1, .watched_ms = 1000 * i, .completed = i % 2 == 0}, clock_.now());
    did(who, episode, 3, {.plays = 1, .watched_ms = 500}, clock_.now() + 24h);
    watched[arm] += i + 0.5, anything[arm] += 1, completed[arm] += i % 2 == 0, plays[arm] += 2;
  }
  const auto told = report(boss, e.id());
  ASSERT_EQ(told.metrics_size(), 3);
  for (int arm = 0; arm < 2; ++arm) {
    const auto a = static_cast<std::size_t>(arm);
    EXPECT_EQ(told.metrics(0).arms(arm).people(), people[a]);
    EXPECT_NEAR(told.metrics(0).arms(arm).mean(), watched[a] / people[a], 1e-9);
    EXPECT_NEAR(told.metrics(1).arms(arm).mean(), anything[a] / people[a], 1e-9);
    EXPECT_NEAR(told.metrics(2).arms(arm).mean(), completed[a] / plays[a], 1e-9);
  }
  EXPECT_TRUE(told.metrics(0).arms(1).effect().known());
  EXPECT_GT(told.metrics(0).arms(1).effect().variance_cut(), 0.1) << "who watched before watches after";
  EXPECT_FALSE(told.metrics(0).arms(0).has_effect());
  // What comes after the day of the stop no longer counts.
  const auto late = person();
  ask(late);
  ASSERT_TRUE(stop(boss, e.id()));
  const auto at_the_end = report(boss, e.id());
  did(late, id(), 1, {.plays = 1, .watched_ms = 1'000'000'000}, clock_.now() + 48h);
  EXPECT_EQ(report(boss, e.id()).metrics(0).SerializeAsString(), at_the_end.metrics(0).SerializeAsString());
}

TEST_F(ExperimentsTest, CliffhangersAreToldByWhoGoesOn) {
  const auto author = person(Role::kCreator), boss = person(Role::kOperator);
  const Uuid first = id(), second = id();
  own(first, author);
  auto d = feature("ending");
  d.mutable_subject()->set_kind(v1::EXPERIMENT_SUBJECT_KIND_ENDING);
  d.mutable_subject()->set_episode_id(first.text());
  const auto e = running(author, d);
  const Time begin = clock_.now();
  const auto viewer = person();
  did(viewer, first, 1, {.completed = true}, begin - 1h);  // before: does not count
  ask(viewer);
  int reached[2] = {0, 0}, went_on[2] = {0, 0};
  for (int i = 0; i < 40; ++i) {
    const auto who = person();
    const auto arm = static_cast<std::size_t>(ask(who).at(0).variation());
    did(who, first, 1, {.plays = 1, .completed = true}, begin + 1min);
    ++reached[arm];
    if (i % 2) continue;
    did(who, second, 2, {.plays = 1}, begin + 10min);
    did(who, second, 2, {.plays = 1}, begin + 100h);
    ++went_on[arm];
  }
  clock_.advance(1h);
  const auto early = report(boss, e.id());
  ASSERT_EQ(early.cliffhanger_size(), 2);
  EXPECT_EQ(early.cliffhanger(0).open(), reached[0] - went_on[0]);
  clock_.advance(99h);
  const auto told = report(boss, e.id());
  for (int arm = 0; arm < 2; ++arm) {
    const auto a = static_cast<std::size_t>(arm);
    EXPECT_EQ(told.cliffhanger(arm).reached(), reached[a]);
    EXPECT_EQ(told.cliffhanger(arm).went_on(), went_on[a]);
    EXPECT_EQ(told.cliffhanger(arm).open(), 0);
    EXPECT_NEAR(told.cliffhanger(arm).hazard(), 1 - static_cast<double>(went_on[a]) / reached[a], 1e-9);
  }
}

TEST_F(ExperimentsTest, StopsByItselfOnceAndSaysWhy) {
  const auto boss = person(Role::kOperator);
  auto d = feature("harmful");
  d.set_automatic_stop(true);
  auto* guardrail = d.add_guardrails();
  guardrail->set_metric(v1::EXPERIMENT_METRIC_WATCHED);
  guardrail->set_tolerance(0.05);
  const auto harmful = running(boss, d);
  d.set_key("crooked");
  d.clear_guardrails();
  const auto crooked = running(boss, d);
  d.set_key("sound");
  const auto sound = running(boss, d);
  // Everybody in the control watched something and nobody else did; of the crooked one, the other variation
  // lost people.
  const std::string day = "'" + to_rfc3339(clock_.now()) + "'::timestamptz";
  sql("WITH who AS (SELECT gen_random_uuid() AS u, g FROM generate_series(1, 2000) g), "
      "a AS (INSERT INTO exposure SELECT 'default', e.experiment_id, u, g % 2, '{0.5,0.5}', " +
      day + ", " + day +
      "::date, 0, 0, 0, 0 FROM who, experiment e "
      "WHERE e.key <> 'crooked' OR g % 2 = 0 OR g % 5 > 0), "
      "b AS (INSERT INTO activity SELECT 'default', u, " +
      day +
      "::date, 1, 1000, 0, 0 FROM who WHERE g % 2 = 0 AND g % 10 > 0), r AS (INSERT INTO restless SELECT "
      "'default', u FROM who) SELECT 1");
  for (int i = 0; i < 3; ++i) {
    const auto done = look_after_one(*pool_, clock_.now());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(*done);
  }
  EXPECT_FALSE(*look_after_one(*pool_, clock_.now())) << "all were looked after";
  EXPECT_EQ(get(boss, harmful.id())->stop_code(), "GUARDRAIL_BROKEN");
  EXPECT_EQ(get(boss, crooked.id())->stop_code(), "SAMPLE_RATIO_MISMATCH");
  EXPECT_EQ(get(boss, sound.id())->state(), v1::EXPERIMENT_STATE_RUNNING);
  EXPECT_TRUE(report(boss, crooked.id()).mismatch());
  EXPECT_TRUE(report(boss, harmful.id()).guardrails(0).broken());
  const auto when = get(boss, harmful.id())->stop_time().seconds();
  clock_.advance(2h);
  EXPECT_TRUE(*look_after_one(*pool_, clock_.now())) << "the sound one again";
  EXPECT_FALSE(*look_after_one(*pool_, clock_.now()));
  EXPECT_EQ(get(boss, harmful.id())->stop_time().seconds(), when);
  EXPECT_TRUE(ask(person()).size() == 1) << "nobody new gets what was stopped";
}

TEST_F(ExperimentsTest, BanditsFollowWhatIsBetter) {
  const auto boss = person(Role::kOperator);
  auto d = feature("bandit");
  d.set_mode(v1::EXPERIMENT_MODE_BANDIT);
  d.add_metrics(v1::EXPERIMENT_METRIC_WATCHED);
  const auto e = running(boss, d);
  const auto early = person();
  const auto before = ask(early).at(0).variation_key();
  ASSERT_TRUE(*look_after_one(*pool_, clock_.now()));
  EXPECT_DOUBLE_EQ(get(boss, e.id())->weights(0), 0.5) << "too few to move anything";
  const std::string day = "'" + to_rfc3339(clock_.now()) + "'::timestamptz";
  sql("WITH who AS (SELECT gen_random_uuid() AS u, g FROM generate_series(1, 2000) g), "
      "a AS (INSERT INTO exposure SELECT 'default', e.experiment_id, u, g % 2, '{0.5,0.5}', " +
      day + ", " + day +
      "::date, 0, 0, 0, 0 FROM who, experiment e), "
      "b AS (INSERT INTO activity SELECT 'default', u, " +
      day +
      "::date, 1, 1000, 0, 0 FROM who WHERE g % 2 = 1 OR g % 4 = 0), r AS (INSERT INTO restless SELECT "
      "'default', u FROM who) SELECT 1");
  clock_.advance(1h);
  ASSERT_TRUE(*look_after_one(*pool_, clock_.now()));
  const auto after = *get(boss, e.id());
  EXPECT_NEAR(after.weights(0), 0.01, 1e-6);
  EXPECT_NEAR(after.weights(1), 0.99, 1e-6);
  EXPECT_EQ(ask(early).at(0).variation_key(), before) << "who is in stays";
  int other = 0;
  for (int i = 0; i < 40; ++i) other += ask(person()).at(0).variation();
  EXPECT_GE(other, 34);
  EXPECT_FALSE(report(boss, e.id()).mismatch()) << "people are expected by the weights of their time";
}

TEST_F(ExperimentsTest, GuestsWhoSignInStayWhereTheyAre) {
  const auto boss = person(Role::kOperator);
  const auto e = running(boss, feature("a"));
  const auto guest = person(), account = person();
  did(guest, id(), 1, {.plays = 1, .watched_ms = 4000}, clock_.now());
  const auto given = ask(guest).at(0).variation_key();
  did(guest, id(), 2, {.plays = 1, .watched_ms = 6000}, clock_.now());
  for (int twice = 0; twice < 2; ++twice)
    change([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(PgViewings(tx, guest.tenant).merge(guest.id, account.id));
      return PgActivities(tx, guest.tenant).merge(guest.id, account.id, true);
    });
  EXPECT_EQ(ask(account).at(0).variation_key(), given);
  did(guest, id(), 3, {.watched_ms = 1000}, clock_.now());  // late news of the guest
  const auto told = report(boss, e.id());
  EXPECT_EQ(told.people(0) + told.people(1), 1);
  EXPECT_DOUBLE_EQ(told.metrics(0).arms(0).mean() + told.metrics(0).arms(1).mean(), 7);
}

TEST_F(ExperimentsTest, PlansSayHowManyPeopleAreNeeded) {
  v1::PlanExperimentRequest in;
  in.set_mean(0.1);
  in.set_effect(0.1);
  const auto got = call<v1::PlanExperimentResponse>(person(Role::kCreator), in);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_NEAR(static_cast<double>(got->people()), 14'128, 10);
  EXPECT_GT(got->people_peeking(), got->people());
  in.set_effect(0);
  EXPECT_EQ(call<v1::PlanExperimentResponse>(person(Role::kCreator), in)->people(), 0);
}

}  // namespace
}  // namespace cliffhanger::insight
