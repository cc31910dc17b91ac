#include "libs/blob/s3/options.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/blob/blob.h"
#include "libs/blob/place.h"

namespace cliffhanger::blob::s3 {
namespace {

// The general rules for names of buckets: 3 to 63 of [a-z0-9.-], a letter or digit at both ends.
bool is_bucket(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && letter(name.front()) && letter(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || c == '.' || c == '-'; });
}

// A word that may stand in a header or a host name as it is.
bool is_plain(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return c < 128 && (std::isalnum(c) || also.find(static_cast<char>(c)) != std::string_view::npos);
  });
}

bool is_endpoint(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme))
      return url.size() > scheme.size() && is_plain(url.substr(scheme.size()), ".-_:[]");
  }
  return false;
}

}  // namespace

Result<void> parse_url(std::string_view url, Options& into) {
  constexpr std::string_view kScheme = "s3://";
  const auto bad = [] {
    return fail(
        invalid("BAD_OBJECT_STORE_URL", "An object store's URL is s3://bucket or s3://bucket/prefix."));
  };
  if (!url.starts_with(kScheme)) return bad();
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  into.bucket = url.substr(0, slash);
  into.prefix = slash == std::string_view::npos ? "" : url.substr(slash + 1);
  if (into.prefix.ends_with('/')) into.prefix.pop_back();
  if (!is_bucket(into.bucket) || into.prefix.size() > 256) return bad();
  if (!into.prefix.empty() && !check_key(into.prefix)) return bad();
  return {};
}

// Not those from which an object has to be fetched for hours before it can be read.
constexpr std::string_view kClasses[] = {"STANDARD",   "INTELLIGENT_TIERING", "STANDARD_IA",    "ONEZONE_IA",
                                         "GLACIER_IR", "REDUCED_REDUNDANCY",  "EXPRESS_ONEZONE"};

Result<void> parse_classes(std::string_view text, Options& into) {
  const auto bad = [](std::string_view item, std::string_view why, const auto& known) {
    std::string message = "\"" + std::string(item) + "\": " + std::string(why);
    const char* comma = " ";
    for (const std::string_view one : known) message += std::exchange(comma, ", ") + std::string(one);
    return fail(invalid("BAD_STORAGE_CLASS", message + "."));
  };
  constexpr std::string_view kExample[] = {"sources/=STANDARD_IA"};
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) return bad(item, "a storage class is given as", kExample);
    const std::string_view prefix = item.substr(0, equals), name = item.substr(equals + 1);
    const auto begins = [&](std::string_view folder) { return prefix.starts_with(folder); };
    if (std::ranges::none_of(kFolders, begins)) return bad(prefix, "keys begin with", kFolders);
    if (std::ranges::find(kClasses, name) == std::end(kClasses)) return bad(name, "the storage classes are", kClasses);
    const auto same = [&](const StorageClass& other) { return other.prefix == prefix; };
    if (std::ranges::any_of(into.classes, same)) return bad(prefix, "has two storage classes;", kExample);
    into.classes.push_back({std::string(prefix), std::string(name)});
  }
  return {};
}

std::string_view class_of(const Options& options, std::string_view key) {
  if (!options.prefix.empty()) key.remove_prefix(std::min(key.size(), options.prefix.size() + 1));
  const StorageClass* best = nullptr;
  for (const StorageClass& one : options.classes)
    if (key.starts_with(one.prefix) && (best == nullptr || one.prefix.size() > best->prefix.size())) best = &one;
  return best == nullptr ? std::string_view() : best->name;
}

std::chrono::milliseconds removal_patience(const Options& o) {
  return std::min<std::chrono::milliseconds>({o.connect + o.stall, o.request, o.delete_life});
}

Result<void> check(const Options& o) {
  const auto bad = [](const char* why) { return fail(invalid("BAD_OBJECT_STORE", why)); };
  if (!is_bucket(o.bucket)) return bad("The bucket's name is not one that S3 allows.");
  if (!o.endpoint.empty() && !is_endpoint(o.endpoint))
    return bad("The endpoint is http:// or https:// and a host, without a path.");
  if (o.region.empty() || !is_plain(o.region, "-")) return bad("The region is a word such as us-east-1.");
  if (o.credentials.key_id.empty() || o.credentials.secret.empty())
    return bad("The credentials are missing: the id of an access key and its secret.");
  if (!is_plain(o.credentials.key_id, "-_") ||
      o.credentials.session_token.find_first_of("\r\n") != std::string::npos)
    return bad("The credentials hold characters that they can't.");
  if (!o.sse.empty() && o.sse != "AES256" && o.sse != "aws:kms")
    return bad("Server-side encryption is AES256 or aws:kms.");
  if (!o.sse_key_id.empty() && (o.sse != "aws:kms" || !is_plain(o.sse_key_id, "-_:/")))
    return bad("A KMS key goes with aws:kms, and is its id or ARN.");
  if (o.style == Style::kHost && !o.endpoint.starts_with("http://") &&
      o.bucket.find('.') != std::string::npos)
    return bad("A bucket with dots can't be a part of a host name over https: use the path style.");
  // Without a life it would be signed as what may come at any time.
  if (o.delete_life < std::chrono::seconds(1)) return bad("A removal is signed for at least a second.");
  return {};
}

}  // namespace cliffhanger::blob::s3
