#include "libs/blob/s3/options.h"

#include <algorithm>

#include "libs/blob/blob.h"

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
  return {};
}

}  // namespace cliffhanger::blob::s3
