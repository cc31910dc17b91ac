#include "services/edge/module.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>

#include "libs/http/server.h"
#include "services/edge/certificates.h"
#include "services/edge/config.h"
#include "services/edge/door.h"
#include "services/edge/events/events.h"
#include "services/edge/health.h"
#include "services/edge/hls/hls.h"
#include "services/edge/http_probe.h"
#include "services/edge/keys/api_keys.h"
#include "services/edge/limits.h"
#include "services/edge/openapi/openapi.h"
#include "services/edge/takedowns/listener.h"
#include "services/edge/packs/packs.h"
#include "services/edge/reports/reports.h"
#include "services/edge/uploads/uploads.h"

namespace cliffhanger::edge {
namespace {

constexpr char kName[] = "edge";
constexpr std::size_t kBlockingQueue = 1024;

template <class T>
T or_throw(Result<T> made) {
  if (!made) throw std::runtime_error(made.error().reason + ": " + made.error().message);
  return std::move(*made);
}

// Half of the process's descriptors, or all but kSpareDescriptors: a flood of connections shall not keep those that are there from their
// files.
std::size_t room_for_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<std::size_t>::max();
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  return std::max(all / 2, all > kSpareDescriptors ? all - kSpareDescriptors : 0);
}

// `occupancy`: one for all servers of the process, since the limits are its.
http::Server::Options server_options(const Config& config, const std::shared_ptr<http::Occupancy>& occupancy) {
  http::Server::Options options{config.address, static_cast<int>(config.threads), {}};
  options.occupancy = occupancy;
  options.limits.connections = std::min(static_cast<std::size_t>(config.connections), room_for_connections());
  if (config.trusted_proxies == 0)
    options.limits.connections_of_one = static_cast<std::size_t>(config.connections_of_one);
  return options;
}

// Null where there is none.
std::unique_ptr<Certificates> certificates_of(const Config& config, host::Host& host, const obs::Logger& log) {
  if (config.tls_cert_file.empty() != config.tls_key_file.empty())
    throw std::runtime_error("BAD_TLS: CLIFFHANGER_EDGE_TLS_CERT_FILE and CLIFFHANGER_EDGE_TLS_KEY_FILE go together");
  if (config.tls_cert_file.empty()) return nullptr;
  return or_throw(Certificates::open({config.tls_cert_file, config.tls_key_file}, {host.clock(), host.metrics(), log}));
}

std::optional<RateLimiter::Rate> tenant_rate(const Config& config) {
  if (config.tenant_per_second == 0) return std::nullopt;
  return RateLimiter::Rate{static_cast<double>(config.tenant_per_second), static_cast<double>(config.tenant_burst)};
}

// Without a proxy of ours in front anybody could say where they are.
std::string region_header_of(const Config& config) {
  if (!config.region_header.empty() && config.trusted_proxies == 0)
    throw std::runtime_error("BAD_REGION_HEADER: CLIFFHANGER_EDGE_REGION_HEADER needs CLIFFHANGER_TRUSTED_PROXIES.");
  return config.region_header;
}

std::optional<OriginSecrets> secrets_of(const Config& config) {
  if (!config.origin_secrets.empty()) return or_throw(OriginSecrets::parse(config.origin_secrets));
  if (!config.cdn_url.empty())
    throw std::runtime_error("BAD_CDN: with CLIFFHANGER_CDN_URL goes CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE.");
  return std::nullopt;
}

class EdgeModule final : public host::Module {
 public:
  EdgeModule(const Config& config, host::Host& host)
      : config_(config),
        host_(host),
        log_(host.logger(kName)),
        probe_(host.metrics(), log_),
        keys_(or_throw(hls::Keys::parse(config.hls_keys))),
        origin_secrets_(secrets_of(config)),
        pages_(config.web_dir.empty() ? Pages() : or_throw(Pages::load(config.web_dir, config.cdn_url))),
        pool_({kName, static_cast<std::size_t>(config.blocking_threads), kBlockingQueue}),
        object_pool_({"edge-objects", static_cast<std::size_t>(config.object_threads), kBlockingQueue}),
        upload_pool_({"edge-upload", static_cast<std::size_t>(config.upload_threads), kMaxUploadsUnderWay}),
        key_pool_({"edge-keys", kKeyThreads, kBlockingQueue}),
        api_key_pool_({"edge-api-keys", kApiKeyThreads, kBlockingQueue}),
        rates_redis_({host.config().redis_url, static_cast<int>(config.blocking_threads), kRedisPatience}),
        limiter_(&rates_redis_, host.clock(), log_),
        gate_(limiter_, pool_,
              {static_cast<double>(config.rate_per_second), static_cast<double>(config.rate_burst)},
              tenant_rate(config)),
        admission_(static_cast<std::size_t>(config.calls)),
        api_keys_({exchange_at(host.client(kName, "accounts")), api_key_pool_, gate_, admission_, host.access_tokens(), host.clock()}),
        objects_(host.blobs(), object_pool_, host.clock()),
        reports_({tell_insight(host.client(kName, "insight")), host.config().replica, host.clock(), host.random(),
                  host.metrics()}),
        hls_({keys_, host.clock(), host.blobs(), object_pool_, objects_,
              content_keys_of(host.client(kName, "playback")), takedowns_, key_pool_, &reports_}),
        takedown_listener_({takedowns_, ask_playback(host.client(kName, "playback")), &host.redis(),
                            host.clock(), host.metrics(), log_},
                           {}),
        appender_({host.blobs(), upload_pool_, host.client(kName, "ingest"), admission_, host.clock()}),
        uploads_({host.client(kName, "ingest"), appender_, gate_, admission_, host.clock(), config.most_upload_bytes}),
        hub_(&host.redis(), log_),
        streams_(stream_slots(host.metrics())),
        events_({host.client(kName, "transcode"), hub_, gate_, streams_, admission_}, {}),
        packed_(pack_slots(host.metrics())),
        packs_({pack_services(host.client(kName, "playback"), host.client(kName, "catalog"),
                              host.client(kName, "recommendation")),
                hls_, objects_, gate_, admission_, packed_, host.metrics(),
                config.pack_bytes}),
        api_(
            or_throw(rest::RouteTable::of_all_services()),
            [&host](std::string_view service) { return host.client(kName, service); }, gate_, admission_),
        door_({or_throw(parse_tenant_hosts(config.tenant_hosts)), or_throw(Tenant::parse("default")),
               or_throw(parse_tenants(config.tenants)), static_cast<int>(config.trusted_proxies),
               or_throw(parse_origins(config.origins)), region_header_of(config)},
              {host.clock(), host.random(), host.access_tokens(), router_, &api_keys_}),
        certificates_(certificates_of(config, host, log_)),
        server_(
            server_options(config, occupancy_), [this](http::Request& request) { return door_.handle(request); },
            probe_) {
    hls_.add_routes(router_);
    if (origin_secrets_) hls_.add_cdn_route(router_, *origin_secrets_);
    uploads_.add_routes(router_);
    events_.add_routes(router_);
    packs_.add_routes(router_);
    add_covers(router_, objects_);
    add_health(router_, {pool_, host.metrics(), [this] { return ready(); }, config.public_metrics});
    auto documents = or_throw(openapi::make_documents());
    add_documents(router_, std::move(documents.json), std::move(documents.html));
    add_rest_and_pages(router_, api_, pages_);
    if (!certificates_) return;
    auto options = server_options(config, occupancy_);
    options.tls = certificates_->tls();
    tls_server_.emplace(std::move(options), [this](http::Request& request) { return handle_secure(request); }, probe_);
  }

  const std::string& name() const override { return name_; }

  Result<void> start() override {
    hub_.start();
    takedown_listener_.start();
    reports_.start();
    if (tls_server_) {
      certificates_->start();
      CH_TRY(listen(*tls_server_, config_.tls_port, "edge-tls.port"));
    }
    return listen(server_, config_.port, "edge.port");
  }

  // Only what every request needs: a service that is away makes its own routes answer 503 and no others.
  Result<void> ready() override {
    if (draining_) return fail(unavailable("DRAINING", "The process is stopping."));
    return host_.blobs().ready();
  }

  void drain(std::chrono::milliseconds limit) override {
    draining_ = true;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::thread secure([this, deadline] {
      if (tls_server_) tls_server_->drain(deadline);
    });
    server_.drain(deadline);  // the hub's ticks let streams see that
    secure.join();
    if (certificates_) certificates_->stop();
    hub_.stop();
    takedown_listener_.stop();
    reports_.stop();
    upload_pool_.stop();
    key_pool_.stop();
    api_key_pool_.stop();
    object_pool_.stop();
    pool_.stop();
    log_.info("stopped");
  }

 private:
  Result<void> listen(http::Server& server, std::int64_t wanted, const std::string& file) {
    CH_ASSIGN(const auto port, server.start(static_cast<std::uint16_t>(wanted)));
    log_.info("listening", {{"address", config_.address}, {"port", static_cast<std::int64_t>(port)}});
    std::ofstream(host_.config().run_dir + "/" + file) << port << '\n';
    return {};
  }

  http::Task<http::Response> handle_secure(http::Request& request) {
    auto out = co_await door_.handle(request);
    if (config_.tls_hsts_seconds > 0)
      out.headers.set("Strict-Transport-Security", "max-age=" + std::to_string(config_.tls_hsts_seconds));
    co_return out;
  }

  const std::string name_ = kName;
  const Config config_;
  host::Host& host_;
  const obs::Logger log_;
  std::atomic<bool> draining_{false};
  HttpProbe probe_;
  const hls::Keys keys_;
  const std::optional<OriginSecrets> origin_secrets_;
  const Pages pages_;
  rpc::Pool pool_;
  rpc::Pool object_pool_;  // S3 may be slow: rate limits and readiness shall not wait with it
  rpc::Pool upload_pool_;  // uploads wait for ingest and for disks: nothing else shall wait with them
  rpc::Pool key_pool_;
  rpc::Pool api_key_pool_;
  redis::Client rates_redis_;  // with less patience than others have: every request of REST waits for it
  RateLimiter limiter_;
  Gate gate_;
  Admission admission_;
  ApiKeys api_keys_;
  Objects objects_;
  Takedowns takedowns_{{}};
  Reports reports_;
  Hls hls_;
  TakedownListener takedown_listener_;
  Appender appender_;
  Uploads uploads_;
  NewsHub hub_;
  Slots streams_;
  Events events_;
  Slots packed_;
  Packs packs_;
  const Api api_;
  http::Router router_;
  const Door door_;
  const std::unique_ptr<Certificates> certificates_;
  const std::shared_ptr<http::Occupancy> occupancy_ = std::make_shared<http::Occupancy>();
  http::Server server_;  // these last: their end waits for the handlers, which use all the others
  std::optional<http::Server> tls_server_;
};

}  // namespace

std::unique_ptr<host::Module> make_edge(config::Settings& settings, host::Host& host) {
  return std::make_unique<EdgeModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::edge
