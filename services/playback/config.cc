#include "services/playback/config.h"

#include <cstdlib>

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {
namespace {

// Under the names that every AWS tool knows; all or none of them, since they belong together.
aws::Credentials credentials_of_aws() {
  const auto value = [](const char* name) {
    const char* set = std::getenv(name);
    return std::string(set == nullptr ? "" : set);
  };
  return {value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), value("AWS_SESSION_TOKEN")};
}

CloudFrontOptions read_cdn(config::Settings& settings) {
  CloudFrontOptions c;
  c.url = settings.text("CLIFFHANGER_CDN_URL", "",
                        "https://host of the CloudFront distribution that delivers media; empty: the edges do");
  c.key_pair_id = settings.text("CLIFFHANGER_CDN_KEY_PAIR_ID", "", "the id of the public key in its key group");
  c.private_key = settings.secret_file("CLIFFHANGER_CDN_PRIVATE_KEY_FILE", false,
                                       "PEM of the private key to it, RSA of 2048 bits: signs cookies and URLs");
  c.cookie_domain = settings.text("CLIFFHANGER_CDN_COOKIE_DOMAIN", "",
                                  "the domain that holds the API's host and the distribution's; empty: they are one host");
  c.distribution_id = settings.text("CLIFFHANGER_CDN_DISTRIBUTION_ID", "",
                                    "the distribution's id, to purge what is taken down; empty: nothing is purged");
  c.endpoint = settings.text("CLIFFHANGER_CDN_API_ENDPOINT", c.endpoint, "where CloudFront's API is");
  c.ca_file = settings.text("CLIFFHANGER_CDN_API_CA_FILE", "",
                            "PEM of whom to trust at the endpoint; empty: the machine's list");
  c.credentials.key_id = settings.text("CLIFFHANGER_CDN_ACCESS_KEY_ID", "",
                                       "the access key's id for the API; empty: AWS_ACCESS_KEY_ID and its like");
  c.credentials.secret = settings.secret_file("CLIFFHANGER_CDN_SECRET_KEY_FILE", false, "the access key's secret");
  c.credentials.session_token =
      settings.secret_file("CLIFFHANGER_CDN_SESSION_TOKEN_FILE", false, "the token of temporary credentials");
  if (c.credentials.key_id.empty()) c.credentials = credentials_of_aws();
  return c;
}

}  // namespace

Config Config::read(config::Settings& settings) {
  Config c;
  c.hls_keys = settings.secret_file(
      "CLIFFHANGER_HLS_KEYS_FILE", true,
      "the keys of HLS URLs, one a line, id:secret with 32 bytes or more; the first one signs");
  c.cdn = read_cdn(settings);
  constexpr auto kMost = std::chrono::seconds(kSessionLife).count();
  c.pass_life = std::chrono::seconds(
      settings.number("CLIFFHANGER_CDN_PASS_SECONDS", kMost, std::chrono::seconds(kShortestPass).count(), kMost,
                      "how long signed cookies and URLs are good for; players renew shorter ones than a session"));
  return c;
}

}  // namespace cliffhanger::playback
