#include "services/edge/module.h"

#include <fstream>
#include <thread>

#include "libs/core/encoding.h"
#include "libs/host/host.h"
#include "services/edge/edge_world.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";

// The module as the program makes it, beside a fake ingest, with one thread for each kind of blocking work.
class EdgeModuleTest : public ::testing::Test {
 protected:
  EdgeModuleTest() : signer_(*rpc::AccessTokenSigner::make(key_)) {
    host::Config config;
    config.redis_url = harness::Redis::shared().url();
    config.blobs.directory = dir_.path() + "/blobs";
    config.run_dir = dir_.path() + "/run";
    config.replica = "r1";
    config.service_secret = "a secret of thirty-two bytes or more";
    config.access_public_keys = {signer_.public_key()};
    config.log_level = "error";
    host_ = std::make_unique<host::Host>(config);
    EXPECT_TRUE(host_->redis().command({"FLUSHALL"}));
    server_ =
        std::make_unique<rpc::Server>(rpc::Server::Options{"ingest", host_->listen_addresses("ingest")},
                                      rpc::Server::Deps{host_->clock(), host_->random(), probe_,
                                                        &host_->access_tokens(), &host_->service_tokens()});
    server_->add(ingest_.service());
    EXPECT_TRUE(server_->start());
    std::ofstream(dir_.path() + "/keys") << "k1:a secret of thirty-two bytes or more\n";
  }
  ~EdgeModuleTest() override {
    ingest_.hold_commits(false);
    if (module_) module_->drain(1s);
    module_.reset();
    server_->stop();
  }
  void start(std::map<std::string, std::string> more = {}) {
    more.insert({{"CLIFFHANGER_HLS_KEYS_FILE", dir_.path() + "/keys"},
                 {"CLIFFHANGER_HTTP_ADDRESS", "127.0.0.1"},
                 {"CLIFFHANGER_HTTP_PORT", "0"},
                 {"CLIFFHANGER_HTTP_THREADS", "2"},
                 {"CLIFFHANGER_EDGE_BLOCKING_THREADS", "1"},
                 {"CLIFFHANGER_EDGE_UPLOAD_THREADS", "1"}});
    config::Settings settings(std::move(more));
    module_ = make_edge(settings, *host_);
    ASSERT_TRUE(settings.finish());
    ASSERT_TRUE(module_->start());
    std::ifstream(dir_.path() + "/run/edge.port") >> port_;
  }
  http::Client client() { return http::Client("127.0.0.1", port_); }
  http::Headers tus() {
    return {{"Authorization",
             "Bearer " + signer_.sign({*Tenant::parse("default"), creator_, Role::kCreator, false, ""},
                                      host_->clock().now(), 15min)},
            {"Tus-Resumable", "1.0.0"}};
  }

  harness::TempDir dir_;
  const std::string key_ = rpc::generate_access_key();
  rpc::AccessTokenSigner signer_;
  std::unique_ptr<host::Host> host_;
  rpc::NoServerProbe probe_;
  FakeIngest ingest_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<host::Module> module_;
  SystemRandom random_;
  UserId creator_ = UserId::make(from_micros(1'800'000'000'000'000), random_);
  std::uint16_t port_ = 0;
};

TEST_F(EdgeModuleTest, AStuckIngestStopsUploadsAndNothingElse) {
  start();
  auto with = tus();
  with.add("Upload-Length", "5");
  with.add("Upload-Metadata", "episode_id " + base64_encode(kEpisode));
  const auto made = client().post("/uploads", "", with);
  ASSERT_EQ(made->status, 201) << made->body;
  ingest_.hold_commits(true);
  auto append = tus();
  append.add("Upload-Offset", "0");
  append.add("Content-Type", "application/offset+octet-stream");
  std::thread upload([&, path = std::string(made->headers.get("Location"))] {
    EXPECT_EQ(client().patch(path, "01234", append)->status, 204);
  });
  for (int i = 0; i < 2000 && ingest_.holding() == 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(ingest_.holding(), 1);
  auto http = client();
  EXPECT_EQ(http.get("/v1/episodes/" + kEpisode + "/uploads", tus())->status, 200);
  EXPECT_EQ(http.get("/covers/none.jpg")->status, 404);
  EXPECT_EQ(http.get("/readyz")->status, 200);
  EXPECT_EQ(ingest_.holding(), 1) << "it was stuck all the while";
  ingest_.hold_commits(false);
  upload.join();
}

TEST_F(EdgeModuleTest, SettingsSayWhichTenantsThereAreAndWhoSeesMetrics) {
  start({{"CLIFFHANGER_TENANTS", "default,acme"}, {"CLIFFHANGER_EDGE_PUBLIC_METRICS", "true"}});
  auto http = client();
  const auto path = "/v1/uploads/" + kEpisode;
  EXPECT_EQ(http.get(path, {{"X-Cliffhanger-Tenant", "acme"}})->status, 401);
  EXPECT_EQ(http.get(path, {{"X-Cliffhanger-Tenant", "elsewhere"}})->status, 404);
  EXPECT_EQ(http.get("/metrics", {{"X-Forwarded-For", "192.0.2.1"}})->status, 200);
}

TEST_F(EdgeModuleTest, MetricsAreNotPublicUnlessTheSettingSaysSo) {
  start();
  EXPECT_EQ(client().get("/metrics")->status, 200);
  EXPECT_EQ(client().get("/metrics", {{"X-Forwarded-For", "192.0.2.1"}})->status, 404);
}

}  // namespace
}  // namespace cliffhanger::edge
