#include "libs/host/host.h"

#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "libs/rpc/obs_probe.h"

namespace cliffhanger::host {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "replica";
}

// "catalog=dns:///catalog:7001,…" → address by service.
std::map<std::string, std::string, std::less<>> parse_peers(const std::string& text) {
  std::map<std::string, std::string, std::less<>> peers;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    const auto equals = item.find('=');
    if (equals == std::string::npos) {
      throw std::runtime_error("CLIFFHANGER_PEERS: '" + item + "' is not service=address");
    }
    peers[item.substr(0, equals)] = item.substr(equals + 1);
    at = end + 1;
  }
  return peers;
}

template <class T>
std::unique_ptr<T> or_throw(Result<T> made) {
  if (!made) throw std::runtime_error(made.error().reason + ": " + made.error().message);
  return std::make_unique<T>(std::move(*made));
}

}  // namespace

Config Config::read(config::Settings& settings) {
  Config c;
  c.database_url = settings.text("CLIFFHANGER_DATABASE_URL", "", "PostgreSQL 15, a libpq connection string or URL");
  c.redis_url = settings.text("CLIFFHANGER_REDIS_URL", "redis://localhost:6379", "Redis 7, redis://host:port or unix:///socket");
  c.blobs = BlobConfig::read(settings);
  c.run_dir = settings.text("CLIFFHANGER_RUN_DIR", "var/run", "the folder of the services' Unix sockets; made with mode 0700");
  c.listen = settings.text("CLIFFHANGER_LISTEN", "", "host:port for gRPC from other machines; for a process with one service");
  c.peers = settings.text("CLIFFHANGER_PEERS", "", "where services of other processes are: name=address,…; others are in the run folder");
  c.replica = settings.text("CLIFFHANGER_REPLICA", host_name(), "this process's name among its replicas, the same after a restart");
  c.service_secret = settings.secret_file("CLIFFHANGER_SERVICE_SECRET_FILE", true, "the secret by which services know one another, 32 bytes or more");
  c.access_key = settings.secret_file("CLIFFHANGER_ACCESS_TOKEN_KEY_FILE", false, "Ed25519 private key (PEM) that signs access tokens; accounts needs it");
  const auto public_key = settings.secret_file("CLIFFHANGER_ACCESS_TOKEN_PUBLIC_KEY_FILE", false, "its public half, for processes without the private one");
  if (!public_key.empty()) c.access_public_keys.push_back(public_key);
  c.sql_connections = settings.number("CLIFFHANGER_SQL_CONNECTIONS", 6, 2, 100, "database connections of each service in this process");
  c.rpc_threads = settings.number("CLIFFHANGER_RPC_THREADS", 4, 1, 128, "threads that run each service's rpcs");
  c.rpc_queue = settings.number("CLIFFHANGER_RPC_QUEUE", 256, 1, 10'000, "rpcs that may wait for a thread, of each service");
  c.consent_default = settings.flag("CLIFFHANGER_CONSENT_DEFAULT", true, "whether who was not asked yet allows analytics and profiling; false where the law wants people to be asked first");
  c.log_level = settings.text("CLIFFHANGER_LOG_LEVEL", "info", "debug, info, warn or error");
  c.drain = settings.millis("CLIFFHANGER_DRAIN_MS", 10'000, "how long what runs may go on after SIGTERM");
  return c;
}

Host::Host(Config config)
    : config_(std::move(config)),
      log_(obs::Log::to_stderr(obs::parse_level(config_.log_level))),
      redis_({config_.redis_url, 32}),
      blob_probe_(std::make_unique<BlobProbe>(metrics_, logger("blob"))),
      blobs_(open_blobs(config_.blobs, {clock_, random_, blob_probe_.get()})),
      client_probe_(std::make_unique<rpc::ObsClientProbe>(logger("rpc"))) {
  if (config_.blobs.url.empty() && !config_.blobs.classes.empty())
    logger("blob").warn("CLIFFHANGER_S3_STORAGE_CLASSES has no effect: the object store is a folder");
  for (const auto& [service, address] : parse_peers(config_.peers)) {
    channels_[service] = std::make_shared<rpc::Channel>(address);
  }
  ::mkdir(config_.run_dir.c_str(), 0700);
  if (::chmod(config_.run_dir.c_str(), 0700) != 0) {
    throw std::runtime_error("CLIFFHANGER_RUN_DIR: can't make " + config_.run_dir);
  }
  auto keys = config_.access_public_keys;
  if (!config_.access_key.empty()) keys.push_back(*or_throw(rpc::public_key_of(config_.access_key)));
  access_tokens_ = or_throw(rpc::AccessTokenVerifier::make(keys));
  service_tokens_ = or_throw(rpc::ServiceTokens::make(config_.service_secret));
}

Host::~Host() = default;

rpc::Client Host::client(std::string_view from, std::string_view to) {
  auto& channel = channels_[std::string(to)];
  if (!channel) channel = std::make_shared<rpc::Channel>("unix:" + config_.run_dir + "/" + std::string(to) + ".sock");
  return rpc::Client({channel, std::string(from), service_tokens_.get(), &clock_, &random_, client_probe_.get()});
}

std::vector<std::string> Host::listen_addresses(std::string_view service) const {
  std::vector<std::string> out = {"unix:" + config_.run_dir + "/" + std::string(service) + ".sock"};
  if (!config_.listen.empty()) out.push_back(config_.listen);
  return out;
}

}  // namespace cliffhanger::host
