#pragma once
// Amazon CloudFront in front of the edges: signed cookies and URLs, and invalidations
// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html).
#include <chrono>
#include <memory>
#include <string>

#include "libs/aws/sigv4.h"
#include "libs/aws/transport.h"
#include "services/playback/cdn/cloudfront_signing.h"
#include "services/playback/domain/cdn.h"

namespace cliffhanger::playback {

struct CloudFrontOptions {
  std::string url;              // of the distribution: https://host, without a slash at the end
  std::string key_pair_id;      // the public key's id at CloudFront
  std::string private_key;      // PEM
  std::string cookie_domain;    // that the API's host and the distribution's are both in; "": they are one host
  std::string distribution_id;  // "": what is taken down is not purged
  std::string endpoint = "https://cloudfront.amazonaws.com";  // of its API
  std::string ca_file;                                        // whom to trust there; "": the machine's list
  aws::Credentials credentials;                               // that may call CreateInvalidation
  std::chrono::milliseconds request{10'000};                  // for one call of the API
};

// Paths of a revision at the distribution and at the edge: "/cdn/<tenant>/<revision>/".
std::string cdn_path(const Tenant& tenant, const RevisionId& revision);

class CloudFront final : public Cdn {
 public:
  static constexpr int kKeyBits = 2048;  // the size that CloudFront takes
  // `clock` outlives it. Fails with BAD_CDN and a sentence for the operator.
  static Result<std::unique_ptr<CloudFront>> make(CloudFrontOptions options, const Clock& clock);

  Result<Pass> sign(const Grant& grant) const override;
  Result<void> purge(const std::vector<Purge>& purges) const override;
  bool purges() const { return !options_.distribution_id.empty(); }

 private:
  CloudFront(CloudFrontOptions options, cloudfront::Signing signing, const Clock& clock);

  const CloudFrontOptions options_;
  const cloudfront::Signing signing_;
  const Clock& clock_;
  mutable aws::Transport transport_;
};

// The body of CreateInvalidation. Its CallerReference depends on the references alone, whatever their order: sent
// twice, CloudFront gives the first one's answer again.
std::string invalidation_batch(const std::vector<Purge>& purges);

}  // namespace cliffhanger::playback
