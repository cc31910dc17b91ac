#pragma once
#include <map>
#include <string>

#include "libs/config/settings.h"

namespace cliffhanger::edge {

struct Config {
  std::string address, web_dir, hls_keys, tenant_hosts, tenants, origins, cdn_url, origin_secrets, tls_cert_file, tls_key_file, region_header;
  std::int64_t port = 8080, threads = 0, connections = 10'000, connections_of_one = 2000, calls = 512;
  std::int64_t blocking_threads = 8, object_threads = 16, upload_threads = 16;
  std::int64_t most_upload_bytes = 20LL << 30, pack_bytes = 8 << 20;
  std::int64_t trusted_proxies = 0, rate_per_second = 50, rate_burst = 200, tenant_per_second = 0, tenant_burst = 0;
  std::int64_t tls_port = 8443, tls_hsts_seconds = 0;
  bool public_metrics = false;

  static Config read(config::Settings& settings);
};

}  // namespace cliffhanger::edge
