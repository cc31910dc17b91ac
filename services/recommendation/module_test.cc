#include "services/recommendation/module.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <thread>

#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "cliffhanger/recommendation/v1/models_service.pb.h"
#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/host/test_module.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

// The whole service over its socket, with the other ends of the bus in the test's hands and catalog away.
class RecommendationModuleTest : public host::ModuleTest {
 protected:
  RecommendationModuleTest()
      : ModuleTest("recommendation", embedded::recommendation_migrations, {"catalog", "playback"}),
        call_(call_of(new_user())) {
    config::Settings settings({{"CLIFFHANGER_RECOMMENDATION_HALF_LIFE_HOURS", "24"}});
    module_ = make_recommendation(settings, *host_);
    EXPECT_TRUE(settings.finish());
    const auto started = module_->start();
    EXPECT_TRUE(started) << started.error().message;
  }
  ~RecommendationModuleTest() override { module_->drain(5s); }

  std::string new_id() { return Uuid::v7(host_->clock().now(), host_->random()).text(); }
  // What GetNextEpisode fails with, once that is `wanted` or after ten seconds.
  std::string wait_for(const std::string& series, const std::string& wanted) {
    v1::GetNextEpisodeRequest in;
    in.set_series_id(series);
    std::string reason;
    for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(25ms)) {
      const auto next = host_->client("edge", "recommendation").call<v1::GetNextEpisodeResponse>(call_, in);
      reason = next ? "" : next.error().code == Code::kUnavailable ? "CATALOG_AWAY" : next.error().reason;
      if (reason == wanted) return reason;
    }
    return reason;
  }

  std::unique_ptr<host::Module> module_;
  Call call_;
};

TEST_F(RecommendationModuleTest, HearsOfSeriesAndOfWatching) {
  EXPECT_TRUE(module_->ready());
  v1::GetFeedRequest feed;
  const auto nothing = host_->client("edge", "recommendation").call<v1::GetFeedResponse>(call_, feed);
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(nothing->items_size(), 0);

  cliffhanger::catalog::v1::SeriesChanged series;
  series.set_series_id(new_id());
  series.set_owner_id(new_id());
  series.set_published(true);
  series.set_version(1);
  cliffhanger::catalog::v1::EpisodeChanged episode;
  episode.set_episode_id(new_id());
  episode.set_series_id(series.series_id());
  episode.set_number(1);
  episode.set_published(true);
  episode.set_version(1);
  EXPECT_EQ(wait_for(series.series_id(), "SERIES_NOT_FOUND"), "SERIES_NOT_FOUND");
  tell("catalog", call_, series);
  tell("catalog", call_, episode);
  EXPECT_EQ(wait_for(series.series_id(), "CATALOG_AWAY"), "CATALOG_AWAY");  // found, and catalog is asked

  cliffhanger::playback::v1::PlaybackReported report;
  report.set_user_id(call_.caller.user.text());
  report.set_series_id(series.series_id());
  report.set_episode_id(episode.episode_id());
  report.set_event(cliffhanger::playback::v1::WATCH_EVENT_COMPLETE);
  tell("playback", call_, report);
  EXPECT_EQ(wait_for(series.series_id(), "NO_EPISODE_LEFT"), "NO_EPISODE_LEFT");
}

TEST_F(RecommendationModuleTest, AReportThatIsToldAgainCountsOnceForRankings) {
  cliffhanger::playback::v1::PlaybackReported report;
  report.set_session_id(new_id());
  report.set_user_id(call_.caller.user.text());
  report.set_series_id(new_id());
  report.set_episode_id(new_id());
  report.set_event(cliffhanger::playback::v1::WATCH_EVENT_PROGRESS);
  report.set_watched_ms(5000);
  sql::Pool pool({config_.database_url, "recommendation", 2}, host_->metrics());
  const auto watched = [&](std::int64_t wanted) {
    std::int64_t sum = 0;
    for (int i = 0; i < 400 && sum != wanted; ++i, std::this_thread::sleep_for(25ms)) {
      const auto rows = pool.read(
          [](sql::Tx& tx) { return tx.run_text("SELECT coalesce(sum(watched_ms), 0)::bigint FROM play"); });
      if (rows) sum = (*rows)[0].number(0);
    }
    return sum;
  };
  tell("playback", call_, report);
  EXPECT_EQ(watched(5000), 5000);
  // The last day is published again, before what is new.
  EXPECT_TRUE(host_->redis().command({"FLUSHALL"}));
  report.set_watched_ms(1);
  tell("playback", call_, report);
  EXPECT_EQ(watched(5001), 5001);
}

// A replica: the module with what its process has.
class RecommendationReplicas : public RecommendationModuleTest {
 protected:
  // Three thousand viewings of two tastes.
  void watch() {
    sql::Pool pool({config_.database_url, "recommendation", 2}, host_->metrics());
    const auto done = pool.transact([](sql::Tx& tx) {
      return tx.run_text(
          "INSERT INTO viewing (tenant, user_id, series_id, seen_at) SELECT 'default', md5('v' || v)::uuid, "
          "md5('s' || s)::uuid, "
          "now() - (v * 40 + s) * interval '1 second' FROM generate_series(1, 200) v, generate_series(1, 40) "
          "s "
          "WHERE v % 2 = s % 2 AND ('x' || substr(md5(v || 'of' || s), 1, 2))::bit(8)::int < 190; "
          "INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped) "
          "SELECT tenant, user_id, series_id, series_id, true, false FROM viewing");
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  v1::ListModelsResponse list() {
    const auto out =
        host_->client("edge", "recommendation").call<v1::ListModelsResponse>(call_, v1::ListModelsRequest());
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : v1::ListModelsResponse();
  }
  static double read(host::Host& host) {
    return host.metrics()
        .counter("cliffhanger_recommendation_models_read_total", "", {{"as", "done"}})
        .value();
  }
  static bool within_ten_seconds(const std::function<bool()>& done) {
    for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(25ms))
      if (done()) return true;
    return false;
  }
};

TEST_F(RecommendationReplicas, AModelIsTrainedByACallAndAReplicaThatStartsIsSoonWarm) {
  watch();
  call_.caller.role = Role::kOperator;
  const auto client = host_->client("edge", "recommendation");
  const auto begun = client.call<v1::TrainModelResponse>(call_, v1::TrainModelRequest());
  ASSERT_TRUE(begun) << begun.error().message;
  ASSERT_TRUE(within_ten_seconds([&] { return list().models(0).state() != v1::MODEL_STATE_TRAINING; }));
  const auto model = list().models(0);
  EXPECT_EQ(model.state(), v1::MODEL_STATE_READY) << model.reason() << " " << model.message();
  EXPECT_TRUE(model.active());
  EXPECT_TRUE(within_ten_seconds([&] { return read(*host_) == 1; }));

  host::Config other = config_;
  other.run_dir = dir_.path() + "/run2";
  other.replica = "r2";
  host::Host host(other);
  config::Settings settings({});
  const auto replica = make_recommendation(settings, host);
  ASSERT_TRUE(replica->start());
  EXPECT_TRUE(within_ten_seconds([&] { return read(host) == 1; }));

  // One call, and both are at another model.
  const auto second = client.call<v1::TrainModelResponse>(call_, v1::TrainModelRequest());
  ASSERT_TRUE(second) << second.error().message;
  ASSERT_TRUE(within_ten_seconds([&] { return list().models(0).active(); }));
  v1::ActivateModelRequest back;
  back.set_model_id(model.model_id());
  ASSERT_TRUE(within_ten_seconds([&] { return read(*host_) >= 2; }));
  const auto gone_back = client.call<v1::ActivateModelResponse>(call_, back);
  ASSERT_TRUE(gone_back) << gone_back.error().message;
  EXPECT_TRUE(gone_back->model().active());
  EXPECT_FALSE(list().models(0).active());
  EXPECT_TRUE(within_ten_seconds([&] { return read(*host_) >= 3; }));
  replica->drain(5s);
}

TEST_F(RecommendationReplicas, ARankingIsAModelOfItsOwnKindAndIsPutOutByACall) {
  call_.caller.role = Role::kOperator;
  const auto client = host_->client("edge", "recommendation");
  v1::TrainModelRequest ranking;
  ranking.set_kind(v1::MODEL_KIND_RANKING);
  const auto begun = client.call<v1::TrainModelResponse>(call_, ranking);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->model().kind(), v1::MODEL_KIND_RANKING);
  const auto taste = client.call<v1::TrainModelResponse>(call_, v1::TrainModelRequest());
  ASSERT_TRUE(taste) << taste.error().message;  // the other doesn't keep it waiting
  EXPECT_EQ(taste->model().kind(), v1::MODEL_KIND_TASTE);
  ASSERT_TRUE(within_ten_seconds([&] {
    const auto all = list();
    return all.models(0).state() == v1::MODEL_STATE_FAILED && all.models(1).state() == v1::MODEL_STATE_FAILED;
  }));
  const auto both = list();
  for (const auto& one : both.models()) EXPECT_EQ(one.reason(), "TOO_LITTLE_DATA");
  EXPECT_EQ(both.models(0).has_ranking() + both.models(1).has_ranking(), 1);

  sql::Pool pool({config_.database_url, "recommendation", 2}, host_->metrics());
  ASSERT_TRUE(pool.transact([](sql::Tx& tx) {
    return tx.run_text(
        "UPDATE model SET state = 'ready', object_id = model_id, active = true WHERE kind = 'ranking'");
  }));
  v1::DeactivateModelRequest out;
  out.set_model_id(begun->model().model_id());
  for (int twice = 0; twice < 2; ++twice) {
    const auto done = client.call<v1::DeactivateModelResponse>(call_, out);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_FALSE(done->model().active());
  }
  out.set_model_id(new_id());
  EXPECT_EQ(client.call<v1::DeactivateModelResponse>(call_, out).error().reason, "MODEL_NOT_FOUND");
}

TEST_F(RecommendationReplicas, ModelsArePaged) {
  sql::Pool pool({config_.database_url, "recommendation", 2}, host_->metrics());
  ASSERT_TRUE(pool.transact([](sql::Tx& tx) {
    return tx.run_text(
        "INSERT INTO model (tenant, model_id, state, started_at) SELECT t, md5(t || i)::uuid, 'failed', "
        "now() "
        "FROM generate_series(1, 5) i, unnest('{default,other}'::text[]) t");
  }));
  call_.caller.role = Role::kOperator;
  v1::ListModelsRequest in;
  in.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    const auto page = host_->client("edge", "recommendation").call<v1::ListModelsResponse>(call_, in);
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& one : page->models()) EXPECT_TRUE(seen.insert(one.model_id()).second);
    in.set_page_token(page->next_page_token());
    ++pages;
  } while (!in.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 5u);
}

}  // namespace
}  // namespace cliffhanger::recommendation
