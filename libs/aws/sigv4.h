#pragma once
// AWS Signature Version 4: the header Authorization of one request
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). Paths are encoded once, as S3
// wants it; other services want that twice, which is the same for paths of unreserved characters.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/clock.h"

namespace cliffhanger::aws {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Whose requests they are. The session token is that of temporary credentials, "" otherwise. Secret but for
// the id; never logged.
struct Credentials {
  std::string key_id, secret, session_token;
};

// What of a request is signed. Nothing in it is encoded yet.
struct Signable {
  std::string method;
  std::string path;          // starts with /
  Pairs query;               // in any order
  Pairs headers;             // in any order, Host and x-amz-date among them; all of them are signed
  std::string payload_hash;  // lower-case hex of the body's SHA-256, or "UNSIGNED-PAYLOAD"
};

// Percent-encodes everything but unreserved characters (RFC 3986 §2.3), and '/' where `keep_slash`.
std::string uri_encode(std::string_view text, bool keep_slash);
// "a=1&b=2" in the order that is signed; "" for none. It is also fit for a URL.
std::string canonical_query(const Pairs& query);
// "20130524T000000Z", what x-amz-date holds.
std::string amz_date(Time time);
// The text whose hash is signed; public for the published test vectors.
std::string canonical_request(const Signable& request);
// The value of the header Authorization for a request at `now`.
std::string authorization(const Signable& request, const Credentials& who, std::string_view region,
                          std::string_view service, Time now);

// All query parameters of a request that is signed in its URL instead (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html), those of
// `request` among them: whoever gets it refuses it once `life` is over. Its headers are Host alone, its payload_hash "UNSIGNED-PAYLOAD".
Pairs presigned_query(const Signable& request, const Credentials& who, std::string_view region,
                      std::string_view service, Time now, std::chrono::seconds life);

}  // namespace cliffhanger::aws
