#pragma once
// The edge on a real port with a real object store and a real socket to a fake ingest, for the tests of this
// folder.
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "libs/http/client.h"
#include "libs/http/server.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/server.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/edge/door.h"
#include "services/edge/health.h"
#include "services/edge/hls/hls.h"
#include "services/edge/keys/api_keys.h"
#include "services/edge/reports/reports.h"
#include "services/edge/http_probe.h"
#include "services/edge/uploads/uploads.h"

namespace cliffhanger::edge {

constexpr std::int64_t kMaxSize = 1 << 30;  // of an upload
// What the CDN in front says.
constexpr char kOldSecret[] = "0123456789abcdef0123456789abcdef", kNewSecret[] = "fedcba9876543210fedcba9876543210";

// What ingest promises, in memory: offsets, epochs, owners.
class FakeIngest {
 public:
  struct Upload {
    std::string owner, episode, filename, type;
    std::int64_t length = 0, offset = 0, epoch = 0;
    bool terminated = false;
    std::vector<std::string> parts;  // object keys
    bool partial = false;
    std::vector<std::string> partials;  // that it was made of
    std::string metadata;
  };
  rpc::Service service();
  Upload get(const std::string& id);
  void fail_commits(bool yes) { failing_ = yes; }
  void fence(const std::string& id);  // as another writer does
  void hold_commits(bool yes) { held_ = yes; }
  void fill_storage(bool yes) { full_ = yes; }  // no byte more of uploads whose length is left open
  int holding() const { return holding_; }
  int calls() const { return calls_; }
  // The methods that came with an Idempotency-Key, in order.
  std::vector<std::string> keyed();

 private:
  void note(const Call& call);  // locked
  Result<Upload*> find(const Call& call, const std::string& id);
  void add_writing(rpc::Service& service);
  std::mutex mutex_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, std::string> created_;  // upload by key
  std::vector<std::string> keyed_;
  std::atomic<bool> failing_{false}, held_{false}, full_{false};
  std::atomic<int> holding_{0}, calls_{0};
  SystemRandom random_;
};

// Counts what is read of a real store.
class CountingStore final : public blob::Store {
 public:
  explicit CountingStore(const std::string& root) : it_(blob::open_directory(root)) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override { return it_->create(key); }
  Result<blob::Info> head(std::string_view key) override { return it_->head(key); }
  Result<blob::Opened> open(std::string_view key) override {
    ++opens;
    while (held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return it_->open(key);
  }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after,
                                       std::size_t most) override {
    return it_->list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override { return it_->remove(key); }
  Result<std::int64_t> remove_unfinished(Time before, bool dry) override { return it_->remove_unfinished(before, dry); }
  Result<void> put_file(std::string_view key, const std::string& path) override {
    return it_->put_file(key, path);
  }
  std::atomic<int> opens{0};
  std::atomic<bool> held{false};

 private:
  std::unique_ptr<blob::Store> it_;
};

// Counts what services are asked.
class CountingClientProbe final : public rpc::ClientProbe {
 public:
  void called(const std::string&, const Error*, int, std::chrono::nanoseconds) override { ++calls; }
  void circuit(const std::string&, bool) override {}
  std::atomic<int> calls{0};
};

class EdgeTest : public ::testing::Test {
 protected:
  EdgeTest();
  ~EdgeTest() override;

  http::Client client() { return http::Client("127.0.0.1", port_); }
  // "Bearer …" of a person.
  std::string bearer(Role role, UserId user);
  std::string creator() { return bearer(Role::kCreator, creator_); }
  // Makes an API key of the creator's: its token is what accounts would give for it.
  void add_key(const std::string& key, unsigned scopes, int per_second = 0);
  // What accounts says of a key.
  Result<accounts::v1::ExchangeApiKeyResponse> exchange(const std::string& key);

  harness::TempDir dir_;
  harness::ManualClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "edge"};
  UserId creator_;
  FakeIngest ingest_;
  CountingStore store_;
  rpc::NoServerProbe server_probe_;
  CountingClientProbe client_probe_;
  std::string access_key_ = rpc::generate_access_key();
  rpc::AccessTokenSigner signer_;
  rpc::AccessTokenVerifier verifier_;
  rpc::ServiceTokens tokens_;
  std::string socket_;
  rpc::Server ingest_server_;
  rpc::Pool pool_{{"edge", 4, 256}}, upload_pool_{{"edge-upload", 4, 256}};
  RateLimiter limiter_{nullptr, clock_, log_};
  Gate gate_{limiter_, pool_, {1000, 1000}};
  Gate strict_{limiter_, pool_, {1, 3}};
  Gate tiny_{limiter_, pool_, {0.1, 0.3}};  // three pieces of uploads
  Admission admission_{64};
  struct Key {
    unsigned scopes = 0;
    int per_second = 0;
    std::string session;
  };
  std::mutex keys_mutex_;
  std::map<std::string, Key> api_keys_known_;
  std::optional<Error> accounts_says_;  // of every key
  std::string accounts_gives_;          // if not empty, in place of the access token
  std::atomic<bool> accounts_thinks_{false};  // and doesn't answer
  std::atomic<int> exchanges_{0};
  Objects objects_{store_, pool_, clock_};
  hls::Keys keys_;
  // What playback knows: the key of a revision for a session.
  Result<std::string> content_key(const hls::Grant& grant) {
    const auto found = content_keys_.find(grant.revision.text() + grant.session.text());
    if (found == content_keys_.end()) return fail(not_found("KEY_NOT_FOUND", "This revision is not encrypted."));
    return found->second;
  }
  std::map<std::string, std::string> content_keys_;
  Takedowns takedowns_{{}};
  std::vector<insight::v1::RecordDeliveriesRequest> told_;  // to insight, by reports_.send()
  Reports reports_{{[this](const insight::v1::RecordDeliveriesRequest& in) -> Result<void> {
                      told_.push_back(in);
                      return {};
                    },
                    "edge", clock_, random_, metrics_}};
  Hls hls_;
  const OriginSecrets origin_secrets_ = *OriginSecrets::parse(std::string(kOldSecret) + "\n" + kNewSecret + "\n");
  std::unique_ptr<rpc::Client> ingest_client_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<Uploads> uploads_, strict_uploads_;
  std::unique_ptr<Api> api_, strict_api_;
  Pages pages_;
  std::atomic<bool> ready_{true};
  http::Router router_, strict_router_;
  std::unique_ptr<ApiKeys> api_keys_, strict_api_keys_;
  Door::Config door_config_;
  std::unique_ptr<Door> door_, strict_door_;
  std::unique_ptr<HttpProbe> probe_;
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> strict_now_{false};
  std::uint16_t port_ = 0;
};

}  // namespace cliffhanger::edge
