#include "services/recommendation/module.h"

#include <gtest/gtest.h>

#include <thread>

#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

// The whole service over its socket, with the other ends of the bus in the test's hands and catalog away.
class RecommendationModuleTest : public testing::Test {
 protected:
  RecommendationModuleTest() {
    config_.database_url = harness::Postgres::shared().new_database();
    config_.redis_url = harness::Redis::shared().url();
    config_.blobs.directory = dir_.path() + "/blobs";
    config_.run_dir = dir_.path() + "/run";
    config_.replica = "r1";
    config_.service_secret = "a secret of thirty-two bytes or more";
    config_.access_public_keys = {*rpc::public_key_of(rpc::generate_access_key())};
    config_.log_level = "error";
    EXPECT_TRUE(sql::migrate(config_.database_url, "recommendation", embedded::recommendation_migrations));
    for (const char* schema : {"catalog", "playback"})
      EXPECT_TRUE(sql::migrate(config_.database_url, schema, {}));
    host_ = std::make_unique<host::Host>(config_);
    EXPECT_TRUE(host_->redis().command({"FLUSHALL"}));
    call_.caller = {*Tenant::parse("default"), Role::kViewer,
                    UserId::make(host_->clock().now(), host_->random()), "", false};
    config::Settings settings({{"CLIFFHANGER_RECOMMENDATION_HALF_LIFE_HOURS", "24"}});
    module_ = make_recommendation(settings, *host_);
    EXPECT_TRUE(settings.finish());
    const auto started = module_->start();
    EXPECT_TRUE(started) << started.error().message;
  }
  ~RecommendationModuleTest() override { module_->drain(5s); }

  std::string new_id() { return Uuid::v7(host_->clock().now(), host_->random()).text(); }
  template <class Event>
  void tell(const std::string& from, const Event& event) {
    sql::Pool pool({config_.database_url, from, 2}, host_->metrics());
    bus::Outbox outbox(host_->clock(), host_->random());
    ASSERT_TRUE(pool.transact([&](sql::Tx& tx) { return outbox.emit(tx, call_, Uuid(), 1, event); }));
    bus::Relay relay(from, {pool, host_->redis(), host_->random(), host_->metrics(), host_->logger(from)});
    ASSERT_TRUE(relay.run_once());
  }
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

  harness::TempDir dir_;
  host::Config config_;
  std::unique_ptr<host::Host> host_;
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
  tell("catalog", series);
  tell("catalog", episode);
  EXPECT_EQ(wait_for(series.series_id(), "CATALOG_AWAY"), "CATALOG_AWAY");  // found, and catalog is asked

  cliffhanger::playback::v1::PlaybackReported report;
  report.set_user_id(call_.caller.user.text());
  report.set_series_id(series.series_id());
  report.set_episode_id(episode.episode_id());
  report.set_event(cliffhanger::playback::v1::WATCH_EVENT_COMPLETE);
  tell("playback", report);
  EXPECT_EQ(wait_for(series.series_id(), "NO_EPISODE_LEFT"), "NO_EPISODE_LEFT");
}

}  // namespace
}  // namespace cliffhanger::recommendation
