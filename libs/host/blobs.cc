#include "libs/host/blobs.h"

#include <cstdlib>
#include <stdexcept>

#include "libs/blob/s3/store.h"
#include "libs/obs/names.h"

namespace cliffhanger::host {
namespace {

// Under the names that every AWS tool knows; all or none of them, since they belong together.
blob::s3::Credentials credentials_of_aws() {
  const auto value = [](const char* name) {
    const char* set = std::getenv(name);
    return std::string(set == nullptr ? "" : set);
  };
  return {value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), value("AWS_SESSION_TOKEN")};
}

void must(const Result<void>& good) {
  if (!good) throw std::runtime_error(good.error().reason + ": " + good.error().message);
}

}  // namespace

BlobConfig BlobConfig::read(config::Settings& settings) {
  BlobConfig c;
  auto& s3 = c.s3;
  c.directory = settings.text("CLIFFHANGER_BLOB_DIR", "var/blobs",
                              "the folder that is the object store, unless CLIFFHANGER_BLOB_URL is set");
  c.url = settings.text("CLIFFHANGER_BLOB_URL", "",
                        "an S3 bucket as object store: s3://bucket or s3://bucket/prefix");
  s3.endpoint = settings.text("CLIFFHANGER_S3_ENDPOINT", "",
                              "https://host[:port] of S3; empty: Amazon's of the region");
  s3.region = settings.text("CLIFFHANGER_S3_REGION", "us-east-1", "the region that requests are signed for");
  const auto style = settings.text("CLIFFHANGER_S3_STYLE", "",
                                   "path (endpoint/bucket) or host (bucket.endpoint); empty: path with an "
                                   "endpoint of your own, else host");
  c.style_fault = !style.empty() && style != "path" && style != "host";
  s3.style = style == "path" || (style.empty() && !s3.endpoint.empty()) ? blob::s3::Style::kPath
                                                                        : blob::s3::Style::kHost;
  s3.credentials.key_id = settings.text("CLIFFHANGER_S3_ACCESS_KEY_ID", "",
                                        "the access key's id; empty: AWS_ACCESS_KEY_ID and its like");
  s3.credentials.secret =
      settings.secret_file("CLIFFHANGER_S3_SECRET_KEY_FILE", false, "the access key's secret");
  s3.credentials.session_token =
      settings.secret_file("CLIFFHANGER_S3_SESSION_TOKEN_FILE", false, "the token of temporary credentials");
  if (s3.credentials.key_id.empty()) s3.credentials = credentials_of_aws();
  s3.sse =
      settings.text("CLIFFHANGER_S3_SSE", "",
                    "server-side encryption of new objects: AES256 or aws:kms; empty: as the bucket has it");
  s3.sse_key_id =
      settings.text("CLIFFHANGER_S3_SSE_KEY_ID", "", "the KMS key, with aws:kms; empty: the bucket's");
  c.classes = settings.text("CLIFFHANGER_S3_STORAGE_CLASSES", "",
                            "storage classes of new objects by the beginning of their keys, such as "
                            "sources/=STANDARD_IA,segments/=STANDARD; without effect on a folder");
  s3.ca_file = settings.text("CLIFFHANGER_S3_CA_FILE", "",
                             "PEM of whom to trust at the endpoint; empty: the machine's list");
  s3.cache_dir = settings.text("CLIFFHANGER_BLOB_CACHE_DIR", "var/blob-cache",
                               "local copies of S3's objects; may be lost at any time");
  s3.cache_bytes = settings.number("CLIFFHANGER_BLOB_CACHE_MB", 4096, 64, 1'000'000,
                                   "room of the copies that are kept, in MiB, of each process")
                   << 20;
  s3.connect = settings.millis("CLIFFHANGER_S3_CONNECT_MS", 3'000, "until a connection to S3 stands");
  s3.stall = settings.millis("CLIFFHANGER_S3_STALL_MS", 10'000,
                             "how long a request may go on with less than 1 KiB/s; whole seconds");
  s3.request =
      settings.millis("CLIFFHANGER_S3_REQUEST_MS", 120'000, "for one request, of 16 MiB at the most");
  return c;
}

std::unique_ptr<blob::Store> open_blobs(const BlobConfig& config, blob::s3::Client::Deps deps) {
  if (config.url.empty()) {
    blob::s3::Options unused;
    must(blob::s3::parse_classes(config.classes, unused));
    return blob::open_directory(config.directory);
  }
  if (config.style_fault) throw std::runtime_error("CLIFFHANGER_S3_STYLE: path or host");
  auto options = config.s3;
  must(blob::s3::parse_url(config.url, options));
  must(blob::s3::parse_classes(config.classes, options));
  auto store = blob::s3::open_store(std::move(options), deps);
  if (!store) throw std::runtime_error(store.error().reason + ": " + store.error().message);
  return std::move(*store);
}

BlobProbe::BlobProbe(obs::Metrics& metrics, obs::Logger log)
    : metrics_(metrics),
      log_(std::move(log)),
      hits_(metrics.counter(obs::names::kBlobOpened, "Objects of S3 that were opened.", {{"from", "cache"}})),
      misses_(
          metrics.counter(obs::names::kBlobOpened, "Objects of S3 that were opened.", {{"from", "store"}})),
      cached_(metrics.gauge(obs::names::kBlobCached, "Bytes of S3's objects that are kept here.")) {}

void BlobProbe::requested(std::string_view operation, std::string_view outcome,
                          std::chrono::nanoseconds took) {
  const std::string name(operation);
  metrics_
      .counter(obs::names::kBlobRequests, "Requests to S3.",
               {{"operation", name}, {"status", std::string(outcome)}})
      .add();
  metrics_
      .histogram(obs::names::kBlobSeconds, "How long they took.", {{"operation", name}},
                 obs::latency_bounds())
      .observe(std::chrono::duration<double>(took).count());
}

void BlobProbe::retried(std::string_view operation) {
  metrics_
      .counter(obs::names::kBlobRetries, "Requests to S3 that were sent again.",
               {{"operation", std::string(operation)}})
      .add();
}

void BlobProbe::failed(std::string_view operation, const Error& why) {
  std::string at;
  for (const auto& crumb : why.breadcrumbs) at += (at.empty() ? "" : " < ") + crumb;
  log_.warn("the object store failed", {{"operation", operation}, {"why", why.message}, {"at", at}});
}

}  // namespace cliffhanger::host
