#include "services/transcode/module.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cliffhanger/ingest/v1/events.pb.h"
#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "libs/host/test_module.h"
#include "libs/media/runner.h"

namespace cliffhanger::transcode {
namespace {

using namespace std::chrono_literals;

// Both modules as a process hosts them, from an event of ingest to a revision that is ready.
class TranscodeModuleTest : public host::ModuleTest {
 protected:
  TranscodeModuleTest() : ModuleTest("transcode", embedded::transcode_migrations, {"ingest"}) {
    const char* build = std::getenv("CLIFFHANGER_BUILD_DIR");
    program_ = std::string(build ? build : ".") + "/bin/cliffhanger-media";
  }
  std::string make_clip() {
    const std::string path = dir_.path() + "/clip.mp4";
    const std::string command =
        "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=180x320:rate=30:duration=5 -c:v libx264 "
        "-preset ultrafast "
        "-pix_fmt yuv420p " +
        path;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return path;
  }
  ingest::v1::SourceVerified verified(EpisodeId episode, UserId owner) {
    const std::string path = make_clip();
    EXPECT_TRUE(host_->blobs().put_file("sources/default/clip", path));
    const auto source = host_->blobs().open("sources/default/clip");
    const auto probe = media::Runner({program_, 60s, 1024}).probe(source->fd(), {}, {});
    ingest::v1::SourceVerified event;
    event.set_source_id(SourceId::make(host_->clock().now(), host_->random()).text());
    event.set_episode_id(episode.text());
    event.set_owner_id(owner.text());
    event.set_object_key("sources/default/clip");
    event.set_sha256("ab");
    event.set_probe_json(media::to_json(media::Event(*probe)));
    return event;
  }
  std::string program_;
};

TEST_F(TranscodeModuleTest, FromTheEventToReady) {
  config::Settings settings(
      {{"CLIFFHANGER_MEDIA_PROGRAM", program_}, {"CLIFFHANGER_WORKER_SCRATCH", dir_.path() + "/scratch"}});
  const auto service = make_transcode(settings, *host_);
  const auto worker = make_worker(settings, *host_);
  ASSERT_TRUE(settings.finish());
  ASSERT_TRUE(service->start());
  ASSERT_TRUE(worker->start());
  EXPECT_TRUE(service->ready());
  EXPECT_TRUE(worker->ready());

  const auto episode = EpisodeId::make(host_->clock().now(), host_->random());
  const auto owner = UserId::make(host_->clock().now(), host_->random());
  const auto event = verified(episode, owner);
  Call call;
  call.caller = {*Tenant::parse("default"), Role::kService, owner, "ingest", false};
  call.trace = Trace::start(host_->random());
  tell("ingest", call, event, Uuid::from_name("upload"));
  host_->redis().command({"FLUSHALL"});
  publish("ingest");  // again what Redis lost

  v1::ListRevisionsRequest request;
  request.set_episode_id(episode.text());
  v1::Revision revision;
  for (int i = 0; i < 1200 && revision.state() != v1::REVISION_STATE_READY; ++i) {
    std::this_thread::sleep_for(50ms);
    const auto list = host_->client("edge", "transcode").call<v1::ListRevisionsResponse>(call, request);
    ASSERT_TRUE(list) << list.error().reason;
    if (list->revisions_size() > 0) revision = list->revisions(0);
    ASSERT_LE(list->revisions_size(), 1);
    ASSERT_NE(revision.state(), v1::REVISION_STATE_FAILED) << revision.failure_message();
  }
  EXPECT_EQ(revision.state(), v1::REVISION_STATE_READY);
  EXPECT_EQ(revision.rungs_size(), 1);
  EXPECT_EQ(revision.segments_done(), revision.segments_total());
  EXPECT_EQ(revision.duration_ms(), 5000);
  worker->drain(5s);
  service->drain(5s);
}

}  // namespace
}  // namespace cliffhanger::transcode
