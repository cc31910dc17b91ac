#include "services/playback/cdn/cloudfront_signing.h"

#include "libs/core/encoding.h"

namespace cliffhanger::playback::cloudfront {
namespace {

std::string seconds(Time time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

std::string at(std::string_view condition, Time time) {
  return '"' + std::string(condition) + R"(":{"AWS:EpochTime":)" + seconds(time) + '}';
}

}  // namespace

// CloudFront makes the same text of the URL that was asked for and of Expires: not one space may differ.
std::string canned_policy(std::string_view url, Time expires) {
  return R"({"Statement":[{"Resource":")" + std::string(url) + R"(","Condition":{)" +
         at("DateLessThan", expires) + "}}]}";
}

std::string custom_policy(const Policy& policy) {
  std::string conditions;
  if (!policy.source_ip.empty()) {
    const bool network = policy.source_ip.find('/') != std::string::npos;
    conditions += R"("IpAddress":{"AWS:SourceIp":")" + policy.source_ip + (network ? "" : "/32") + "\"},";
  }
  if (policy.begins) conditions += at("DateGreaterThan", *policy.begins) + ',';
  return R"({"Statement":[{"Resource":")" + policy.resource + R"(","Condition":{)" + conditions +
         at("DateLessThan", policy.expires) + "}}]}";
}

std::string base64(std::string_view raw) {
  std::string out = base64_encode(raw);
  for (char& c : out) c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
  return out;
}

std::string Signing::canned_query(std::string_view url, Time expires) const {
  return "Expires=" + seconds(expires) + "&Signature=" + signature(canned_policy(url, expires)) +
         "&Key-Pair-Id=" + key_pair_id_;
}

Signing::Signed Signing::sign(const Policy& policy) const {
  const std::string text = custom_policy(policy);
  return {base64(text), signature(text), key_pair_id_};
}

std::string Signing::Signed::query() const {
  return "Policy=" + policy + "&Signature=" + signature + "&Key-Pair-Id=" + key_pair_id;
}

std::string with_query(std::string_view url, std::string_view query) {
  const char join = url.find('?') == url.npos ? '?' : '&';
  return std::string(url) + join + std::string(query);
}

}  // namespace cliffhanger::playback::cloudfront
