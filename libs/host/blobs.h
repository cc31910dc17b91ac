#pragma once
// Which object store the process works with, and what it tells of it.
#include <memory>
#include <string>

#include "libs/blob/blob.h"
#include "libs/blob/s3/client.h"
#include "libs/config/settings.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::host {

struct BlobConfig {
  std::string directory;  // where the store is a folder
  std::string url;        // "s3://bucket/prefix"; "" for the folder
  blob::s3::Options s3;
  std::string classes;       // storage classes of S3, as the setting has them
  bool style_fault = false;  // the style is neither path nor host
  // Without CLIFFHANGER_S3_ACCESS_KEY_ID the credentials are those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
  // and AWS_SESSION_TOKEN.
  static BlobConfig read(config::Settings& settings);
};

// Requests, retries and the cache as metrics; what is given up as log lines. `metrics` outlives it.
class BlobProbe final : public blob::s3::Probe {
 public:
  BlobProbe(obs::Metrics& metrics, obs::Logger log);
  void requested(std::string_view operation, std::string_view outcome,
                 std::chrono::nanoseconds took) override;
  void retried(std::string_view operation) override;
  void failed(std::string_view operation, const Error& why) override;
  void opened(bool from_cache) override { (from_cache ? hits_ : misses_).add(); }
  void cached(std::int64_t bytes) override { cached_.set(static_cast<double>(bytes)); }

 private:
  obs::Metrics& metrics_;
  const obs::Logger log_;
  const obs::Counter hits_, misses_;
  const obs::Gauge cached_;
};

// The store. Throws std::runtime_error, at start-up only, when the configuration does not name one; whether
// it can be used, its ready() tells. What `deps` names outlives it.
std::unique_ptr<blob::Store> open_blobs(const BlobConfig& config, blob::s3::Client::Deps deps);

}  // namespace cliffhanger::host
