#pragma once
// Where an S3 store is, and how it is spoken to.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/aws/sigv4.h"
#include "libs/core/result.h"

namespace cliffhanger::blob::s3 {

using aws::Credentials;
using aws::Pairs;

// How the bucket is named in URLs: https://endpoint/bucket/key or https://bucket.endpoint/key.
enum class Style { kPath, kHost };

// Objects whose keys begin with `prefix` (without the store's own) are made in the storage class `name`.
struct StorageClass {
  std::string prefix, name;
};

struct Options {
  std::string bucket;
  std::string prefix;    // before every key, without a slash at the end; "" for none
  std::string endpoint;  // http:// or https://, a host, a port if need be; "" is Amazon's of the region
  std::string region = "us-east-1";
  Style style = Style::kHost;
  Credentials credentials;
  std::string sse;         // x-amz-server-side-encryption: "", "AES256" or "aws:kms"
  std::string sse_key_id;  // the KMS key, with "aws:kms" only; "" is the bucket's
  std::vector<StorageClass> classes;  // the longest prefix counts; without one the bucket's default
  std::string ca_file;     // PEM, whom to trust over https; "" is the machine's list

  std::string cache_dir = "var/blob-cache";  // made if missing; only folders named slot-<n> in it are touched
  std::int64_t cache_bytes = std::int64_t{4} << 30;  // of objects that are kept there

  std::chrono::milliseconds connect{3'000};     // until a connection stands
  std::chrono::milliseconds stall{10'000};      // with less than 1 KiB/s, in whole seconds
  std::chrono::milliseconds request{120'000};   // for one request, of 16 MiB at the most
  std::chrono::milliseconds patience{600'000};  // for one that S3 has to work on, silent as it may be
  // After which S3 refuses a removal: see Client::remove. At least a second. Short, since a process that is
  // told to stop must be done with it, and its lock, in time; a removal is never waited for any longer,
  // however long `connect`, `stall` and `request` are.
  std::chrono::seconds delete_life{15};
  int attempts = 4;                             // of one request, the first among them
  std::chrono::milliseconds first_pause{100}, most_pause{5'000};

  // What is sent and asked for at once. S3 wants parts of 5 MiB or more (but the last) and at most 10,000 of
  // them.
  std::int64_t part_bytes = 16 << 20;
};

// Takes bucket and prefix from "s3://bucket/prefix". Fails with BAD_OBJECT_STORE_URL.
Result<void> parse_url(std::string_view url, Options& into);
// Takes storage classes from "sources/=STANDARD_IA,segments/=STANDARD". Fails with BAD_STORAGE_CLASS and what there is.
Result<void> parse_classes(std::string_view text, Options& into);
// The class for an object of this key (with the store's prefix); "" for the bucket's default.
std::string_view class_of(const Options& options, std::string_view key);
// How long one removal may take in all, so that its signature is good until we stop waiting for it: what
// connecting and stalling may take together, and `request`, but not beyond `delete_life`.
std::chrono::milliseconds removal_patience(const Options& options);
// Whether the options go together. Fails with BAD_OBJECT_STORE and a sentence for the operator.
Result<void> check(const Options& options);

}  // namespace cliffhanger::blob::s3
