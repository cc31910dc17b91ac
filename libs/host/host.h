#pragma once
// What a process gives the services it hosts, and the frame that every service hangs its own parts in. Only module.cc files and app/ include
// this.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/bus/consumer.h"
#include "libs/bus/outbox.h"
#include "libs/bus/relay.h"
#include "libs/config/settings.h"
#include "libs/core/clock.h"
#include "libs/core/embedded.h"
#include "libs/core/random.h"
#include "libs/host/blobs.h"
#include "libs/host/people.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/redis/redis.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/client.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::host {

// One process's settings that all its services share.
struct Config {
  std::string database_url, redis_url, run_dir, listen, peers, replica, service_secret, access_key;
  std::vector<std::string> access_public_keys;
  BlobConfig blobs;
  bool consent_default = true;  // whether ANALYTICS and PROFILING hold for who said nothing
  std::int64_t sql_connections = 8, rpc_threads = 8, rpc_queue = 256;
  std::string log_level;
  std::chrono::milliseconds drain{10'000};
  static Config read(config::Settings& settings);
};

// The process: log, metrics, clocks, connections, and who is where. Outlives its modules. Fails to be made (throws std::runtime_error, at
// start-up only) when a key, an address or the object store's settings can't be used.
class Host {
 public:
  explicit Host(Config config);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Config& config() const { return config_; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  obs::Metrics& metrics() { return metrics_; }
  obs::Logger logger(std::string service) const { return obs::Logger(log_, std::move(service)); }
  blob::Store& blobs() { return *blobs_; }
  redis::Client& redis() { return redis_; }
  const rpc::AccessTokenVerifier& access_tokens() const { return *access_tokens_; }
  const rpc::ServiceTokens& service_tokens() const { return *service_tokens_; }

  // The only place that knows whether a service is in this process (a Unix socket in the run folder) or elsewhere (CLIFFHANGER_PEERS).
  rpc::Client client(std::string_view from, std::string_view to);
  // Where a service of this process listens: its socket, and CLIFFHANGER_LISTEN where that is set.
  std::vector<std::string> listen_addresses(std::string_view service) const;

 private:
  Config config_;
  std::shared_ptr<obs::Log> log_;
  obs::Metrics metrics_;
  SystemClock clock_;
  SystemRandom random_;
  redis::Client redis_;
  std::unique_ptr<BlobProbe> blob_probe_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<rpc::AccessTokenVerifier> access_tokens_;
  std::unique_ptr<rpc::ServiceTokens> service_tokens_;
  std::unique_ptr<rpc::ClientProbe> client_probe_;
  std::map<std::string, std::shared_ptr<rpc::Channel>, std::less<>> channels_;
};

// One service in a process.
class Module {
 public:
  virtual ~Module() = default;
  virtual const std::string& name() const = 0;
  virtual Result<void> start() = 0;
  virtual Result<void> ready() = 0;  // whether it can do its work now; names what is missing
  // Says at once that the end is near, before anything is drained: nothing of its own accord is begun any more, calls are still answered.
  virtual void wind_down() {}
  // No new work; what runs may finish until `limit` from now; then everything of it has stopped.
  virtual void drain(std::chrono::milliseconds limit) = 0;
};

// A thread that calls `step` again and again until it is told to stop: at once after a step that did something, else after `idle` or when
// woken. A step that fails is logged once and tried again.
class Loop {
 public:
  Loop(std::string name, obs::Logger log, std::chrono::milliseconds idle, std::function<Result<bool>()> step);
  ~Loop();  // stop()
  void start();
  void wake();
  void stop();  // returns when the running step has ended
 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The frame of a service with a schema: pool, outbox, relay, gRPC server, consumer, loops, and what it does for people who want to be forgotten;
// started and stopped in the right order. A
// service derives from it in its module.cc, adds its stores and use cases as members, and in its constructor calls serve(), consumer().on()
// and add_loop().
class ServiceModule : public Module {
 public:
  // `schema` is the service's name unless it works in another's (transcode's workers do).
  ServiceModule(Host& host, std::string name, std::string schema = "");
  ~ServiceModule() override;

  const std::string& name() const override { return name_; }
  Result<void> start() override;
  Result<void> ready() override;
  void wind_down() override { consumer_.wind_down(); }
  void drain(std::chrono::milliseconds limit) override;

 protected:
  Host& host() { return host_; }
  sql::Pool& pool() { return pool_; }
  bus::Outbox& outbox() { return outbox_; }
  bus::Consumer& consumer() { return consumer_; }
  const obs::Logger& log() const { return log_; }
  rpc::Client client_of(std::string_view service) { return host_.client(name_, service); }
  void serve(rpc::Service service);
  // What of erased people the names of columns don't tell (people.h). Before start(), in a service with a schema of its own.
  void on_erase(People::Erase erase) { people_->on_erase(std::move(erase)); }
  // Likewise, what of them is outside the database.
  void on_settle(People::Settled settled) { people_->on_settle(std::move(settled)); }
  Loop& add_loop(std::string name, std::chrono::milliseconds idle, std::function<Result<bool>()> step);

 private:
  Host& host_;
  const std::string name_;
  obs::Logger log_;
  sql::Pool pool_;
  bus::Outbox outbox_;
  bus::Relay relay_;
  bus::Consumer consumer_;
  std::unique_ptr<rpc::ServerProbe> probe_;
  std::unique_ptr<rpc::Server> server_;
  bool serving_ = false;
  std::unique_ptr<People> people_;  // null in one that works in another's schema
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace cliffhanger::host
