#include "services/catalog/module.h"

#include <gtest/gtest.h>

#include <thread>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "libs/host/test_module.h"

namespace cliffhanger::catalog {
namespace {

using namespace std::chrono_literals;

// The whole service over its socket, with transcode's end of the bus in the test's hands.
class CatalogModuleTest : public host::ModuleTest {
 protected:
  CatalogModuleTest()
      : ModuleTest("catalog", embedded::catalog_migrations, {"transcode"}),
        call_(call_of(new_user(), Role::kCreator)) {
    start();
  }
  ~CatalogModuleTest() override { module_->drain(5s); }

  void start() {
    config::Settings settings({});
    module_ = make_catalog(settings, *host_);
    EXPECT_TRUE(settings.finish());
    const auto started = module_->start();
    EXPECT_TRUE(started) << started.error().message;
  }
  template <class Response, class Request>
  Result<Response> ask(const Request& request) {
    return host_->client("edge", "catalog").call<Response>(call_, request);
  }
  // Transcode tells of a revision, over its outbox and Redis.
  void tell_ready(const std::string& episode, std::int64_t duration_ms = 60'000) {
    transcode::v1::RevisionReady event;
    event.set_episode_id(episode);
    event.set_revision_id(Uuid::v7(host_->clock().now(), host_->random()).text());
    event.set_duration_ms(duration_ms);
    tell("transcode", call_, event);
  }
  // Waits until the episode has a film of that length.
  v1::Episode wait_for(const std::string& episode, std::int64_t duration_ms) {
    v1::GetEpisodeRequest in;
    in.set_episode_id(episode);
    for (int i = 0; i < 400; ++i) {
      const auto found = ask<v1::GetEpisodeResponse>(in);
      if (found && found->episode().duration_ms() == duration_ms) return found->episode();
      std::this_thread::sleep_for(25ms);
    }
    ADD_FAILURE() << "the news did not get there";
    return {};
  }
  std::int64_t published_events() {
    const auto length = host_->redis().command({"XLEN", bus::stream_of("catalog")});
    return length ? length->number : -1;
  }

  std::unique_ptr<host::Module> module_;
  const Call call_;
};

TEST_F(CatalogModuleTest, FromASeriesToAPublishedEpisode) {
  EXPECT_TRUE(module_->ready());
  v1::CreateSeriesRequest series;
  EXPECT_EQ(ask<v1::CreateSeriesResponse>(series).error().reason, "INVALID_REQUEST");
  series.set_title("Revenge");
  series.set_language("en");
  const auto made = ask<v1::CreateSeriesResponse>(series);
  ASSERT_TRUE(made) << made.error().message;
  v1::CreateEpisodeRequest episode;
  episode.set_series_id(made->series().series_id());
  episode.set_title("Part one");
  const auto part = ask<v1::CreateEpisodeResponse>(episode);
  ASSERT_TRUE(part) << part.error().message;
  const auto& id = part->episode().episode_id();
  tell_ready(id);
  EXPECT_EQ(wait_for(id, 60'000).media_state(), v1::MEDIA_STATE_READY);
  v1::PublishEpisodeRequest publish;
  publish.set_episode_id(id);
  EXPECT_EQ(ask<v1::PublishEpisodeResponse>(publish)->episode().state(), v1::EDITORIAL_STATE_PUBLISHED);
  // Two of the series' creation, one of its episode count, two of publishing.
  for (int i = 0; i < 400 && published_events() < 5; ++i) std::this_thread::sleep_for(25ms);
  EXPECT_EQ(published_events(), 5);
}

TEST_F(CatalogModuleTest, GoesOnAfterARestartAndALostRedis) {
  v1::CreateSeriesRequest series;
  series.set_title("Revenge");
  series.set_language("en");
  v1::CreateEpisodeRequest episode;
  episode.set_series_id(ask<v1::CreateSeriesResponse>(series)->series().series_id());
  episode.set_title("Part one");
  const auto id = ask<v1::CreateEpisodeResponse>(episode)->episode().episode_id();
  module_->drain(5s);
  module_.reset();
  tell_ready(id);  // nobody listens
  start();
  wait_for(id, 60'000);
  ASSERT_TRUE(host_->redis().command({"FLUSHALL"}));
  tell_ready(id, 70'000);
  EXPECT_EQ(wait_for(id, 70'000).version(), 1);  // a draft's news tells nobody
}

}  // namespace
}  // namespace cliffhanger::catalog
