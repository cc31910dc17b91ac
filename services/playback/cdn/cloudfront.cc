#include "services/playback/cdn/cloudfront.h"

#include <algorithm>

#include "libs/aws/xml.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::playback {
namespace {

constexpr std::string_view kVersion = "2020-05-31";
constexpr std::string_view kRegion = "us-east-1";  // whose signature the one CloudFront takes

Error bad(std::string why) {
  return invalid("BAD_CDN", std::move(why));
}

// A scheme, a host and perhaps a port, of characters that need no quoting anywhere.
bool is_origin(std::string_view url) {
  const auto host = url.starts_with("https://") ? url.substr(8) : url.starts_with("http://") ? url.substr(7) : "";
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
}

Result<void> check(const CloudFrontOptions& o) {
  if (!is_origin(o.url))
    return fail(bad("CLIFFHANGER_CDN_URL is https://host, without a path: " + o.url));
  if (!is_origin(o.endpoint))
    return fail(bad("CLIFFHANGER_CDN_API_ENDPOINT is https://host, without a path: " + o.endpoint));
  if (o.key_pair_id.empty() || !is_plain(o.key_pair_id))
    return fail(bad("CLIFFHANGER_CDN_KEY_PAIR_ID is the id that CloudFront gave to the public key."));
  if (o.private_key.empty())
    return fail(bad("CLIFFHANGER_CDN_PRIVATE_KEY_FILE is needed where CLIFFHANGER_CDN_URL is set."));
  if (!is_plain(o.cookie_domain)) return fail(bad("CLIFFHANGER_CDN_COOKIE_DOMAIN is a domain, such as example.com."));
  if (!is_plain(o.distribution_id)) return fail(bad("CLIFFHANGER_CDN_DISTRIBUTION_ID is an id such as E1EXAMPLE."));
  if (!o.distribution_id.empty() && (o.credentials.key_id.empty() || o.credentials.secret.empty()))
    return fail(bad("With CLIFFHANGER_CDN_DISTRIBUTION_ID go CLIFFHANGER_CDN_ACCESS_KEY_ID and "
                    "CLIFFHANGER_CDN_SECRET_KEY_FILE, to purge what is taken down."));
  return {};
}

// The error's code, fit for a message: what the other side says is not to be trusted.
std::string code_of(const aws::HttpReply& reply) {
  std::string code = aws::xml_text(reply.body, "ErrorResponse/Error/Code");
  return code.size() <= 64 && is_plain(code) ? code : "Unknown";
}

Result<void> judge(const aws::HttpReply& reply) {
  if (!reply.fault.empty()) {
    return fail(unavailable("CDN_UNREACHABLE", reply.hopeless ? "CloudFront's API can't be trusted or spoken to."
                                                              : "CloudFront's API can't be reached, or hung up.")
                    .at(reply.fault));
  }
  if (reply.status == 201 || reply.status == 200) return {};
  const std::string code = code_of(reply);
  const std::string said = " (" + std::to_string(reply.status) + (code.empty() ? "" : " " + code) + ").";
  if (reply.status == 429 || reply.status >= 500 || code == "TooManyInvalidationsInProgress" ||
      code.starts_with("Throttling") || code == "RequestLimitExceeded")
    return fail(exhausted("CDN_BUSY", "CloudFront takes no more invalidations at the moment" + said));
  return fail(precondition("CDN_REFUSED",
                           "CloudFront refuses the invalidation: check the distribution's id, the credentials, what "
                           "they allow and the clock" + said));
}

}  // namespace

std::string cdn_path(const Tenant& tenant, const RevisionId& revision) {
  return "/cdn/" + tenant.text() + '/' + revision.text() + '/';
}

Result<std::unique_ptr<CloudFront>> CloudFront::make(CloudFrontOptions options, const Clock& clock) {
  CH_TRY(check(options));
  auto key = RsaSigner::parse(options.private_key, kKeyBits);
  if (!key) return fail(bad("CLIFFHANGER_CDN_PRIVATE_KEY_FILE: " + key.error().message));
  cloudfront::Signing signing(options.key_pair_id, std::move(*key));
  return std::unique_ptr<CloudFront>(new CloudFront(std::move(options), std::move(signing), clock));
}

CloudFront::CloudFront(CloudFrontOptions options, cloudfront::Signing signing, const Clock& clock)
    : options_(std::move(options)),
      signing_(std::move(signing)),
      clock_(clock),
      transport_({options_.endpoint.starts_with("https://"), options_.ca_file, std::chrono::milliseconds(3'000),
                  options_.request, options_.request}) {}

Result<Pass> CloudFront::sign(const Grant& grant) const {
  const std::string path = cdn_path(grant.tenant, grant.revision);
  const auto made = signing_.sign({options_.url + path + '*', grant.expires, std::nullopt, ""});
  Pass out{options_.url + path, {}, made.query(), grant.expires};
  for (const auto& [name, value] : {std::pair{"CloudFront-Policy", &made.policy},
                                    {"CloudFront-Signature", &made.signature},
                                    {"CloudFront-Key-Pair-Id", &made.key_pair_id}})
    out.cookies.push_back({name, *value, options_.cookie_domain, path});
  return out;
}

std::string invalidation_batch(const std::vector<Purge>& purges) {
  std::vector<std::string> references;
  std::string paths;
  for (const auto& purge : purges) {
    references.push_back(purge.reference);
    paths += "<Path>" + cdn_path(purge.tenant, purge.revision) + "*</Path>";
  }
  std::sort(references.begin(), references.end());
  std::string all;
  for (const auto& reference : references) all += (all.empty() ? "" : " ") + reference;
  return R"(<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/)" +
         std::string(kVersion) + R"(/"><Paths><Quantity>)" + std::to_string(purges.size()) + "</Quantity><Items>" +
         paths + "</Items></Paths><CallerReference>" + (references.size() == 1 ? all : sha256_hex(all)) +
         "</CallerReference></InvalidationBatch>";
}

Result<void> CloudFront::purge(const std::vector<Purge>& purges) const {
  if (purges.empty() || !this->purges()) return {};
  const std::string body = invalidation_batch(purges);
  const Time now = clock_.now();
  const std::string path =
      '/' + std::string(kVersion) + "/distribution/" + options_.distribution_id + "/invalidation";
  aws::Signable signable{"POST", path, {}, {}, sha256_hex(body)};
  signable.headers = {{"Host", options_.endpoint.substr(options_.endpoint.find("://") + 3)},
                      {"Content-Type", "application/xml"},
                      {"x-amz-content-sha256", signable.payload_hash},
                      {"x-amz-date", aws::amz_date(now)}};
  if (const auto& token = options_.credentials.session_token; !token.empty())
    signable.headers.emplace_back("x-amz-security-token", token);
  const aws::Payload payload{body};
  aws::HttpRequest request{"POST", options_.endpoint + path, signable.headers, &payload, nullptr};
  request.headers.emplace_back("Authorization",
                               aws::authorization(signable, options_.credentials, kRegion, "cloudfront", now));
  return judge(transport_.send(request));
}

}  // namespace cliffhanger::playback
