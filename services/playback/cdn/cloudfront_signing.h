#pragma once
// What CloudFront lets a viewer fetch: policies in JSON, signed, as cookies or behind a URL
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html and
// …/private-content-signed-cookies.html).
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/clock.h"
#include "services/playback/cdn/rsa_signer.h"

namespace cliffhanger::playback::cloudfront {

// What a custom policy allows. Times are whole seconds; rounded down.
struct Policy {
  std::string resource;  // a URL, in which * stands for anything; no quotes and no control characters in it
  Time expires;
  std::optional<Time> begins;
  std::string source_ip;  // an address or a network in CIDR notation; "": any
};

// The policy of one URL that CloudFront puts together itself, so that only its signature has to be sent.
std::string canned_policy(std::string_view url, Time expires);
std::string custom_policy(const Policy& policy);

// Base64 with CloudFront's own letters for what URLs and cookies don't take: - for +, _ for =, ~ for /.
std::string base64(std::string_view raw);

// Signs in the name of a public key that CloudFront knows as `key_pair_id`. Safe from many threads.
class Signing {
 public:
  Signing(std::string key_pair_id, RsaSigner key) : key_pair_id_(std::move(key_pair_id)), key_(std::move(key)) {}
  const std::string& key_pair_id() const { return key_pair_id_; }
  std::string signature(std::string_view policy) const { return base64(key_.sign(policy)); }
  // Behind the URL of one object: Expires, Signature and Key-Pair-Id.
  std::string canned_query(std::string_view url, Time expires) const;
  // Behind every URL that the policy's resource matches: Policy, Signature and Key-Pair-Id. Likewise the values
  // of the cookies of these names.
  struct Signed {
    std::string policy, signature, key_pair_id;
    std::string query() const;
  };
  Signed sign(const Policy& policy) const;

 private:
  std::string key_pair_id_;
  RsaSigner key_;
};

// `url` with `query` behind it, whether or not it has one already.
std::string with_query(std::string_view url, std::string_view query);

}  // namespace cliffhanger::playback::cloudfront
