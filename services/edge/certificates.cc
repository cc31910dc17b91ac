#include "services/edge/certificates.h"

#include <sys/stat.h>

#include "libs/obs/names.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

namespace names = obs::names;

Certificates::Stamp Certificates::stamp_of(const http::Tls::Files& files) {
  Stamp out{};
  std::size_t at = 0;
  for (const auto& path : {files.certificate, files.key}) {
    struct stat status{};
    const bool there = ::stat(path.c_str(), &status) == 0;  // of what a link leads to
    for (const std::int64_t part : {static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
                                    static_cast<std::int64_t>(status.st_mtim.tv_sec), static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
      out[at++] = there ? part : -1;
  }
  return out;
}

Result<std::unique_ptr<Certificates>> Certificates::open(http::Tls::Files files, Deps deps) {
  const auto seen = stamp_of(files);  // before they are read: a change in between is seen later
  CH_ASSIGN(auto tls, http::Tls::open(std::move(files)));
  return std::unique_ptr<Certificates>(new Certificates(std::move(tls), seen, std::move(deps)));
}

Certificates::Certificates(std::shared_ptr<http::Tls> tls, Stamp seen, Deps deps)
    : tls_(std::move(tls)),
      deps_(std::move(deps)),
      expires_(deps_.metrics.gauge(names::kTlsExpires, "When the certificate in use ends, in seconds since 1970")),
      seen_(seen) {
  expires_.set(static_cast<double>(to_micros(tls_->expires())) / 1e6);
  const auto now = deps_.clock.now();
  if (now < tls_->begins() || now >= tls_->expires())
    deps_.log.error("the TLS certificate is not valid now: clients will refuse it",
                    {{"from", to_rfc3339(tls_->begins())}, {"to", to_rfc3339(tls_->expires())}});
}

void Certificates::count(const char* outcome) {
  deps_.metrics.counter(names::kTlsReloads, "Exchanges of the certificate", {{"outcome", outcome}}).add();
}

void Certificates::look() {
  const auto stamp = stamp_of(tls_->files());
  const bool changed = stamp != seen_;
  if (!changed && refused_.empty()) return;
  const auto reloaded = tls_->reload(deps_.clock.now());
  seen_ = stamp;
  if (reloaded) {
    refused_.clear();
    expires_.set(static_cast<double>(to_micros(tls_->expires())) / 1e6);
    count("taken");
    deps_.log.info("took a new TLS certificate", {{"to", to_rfc3339(tls_->expires())}});
    return;
  }
  const bool said = !changed && refused_ == reloaded.error().message;
  refused_ = reloaded.error().message;
  if (said) return;
  count("refused");
  deps_.log.error("a new TLS certificate won't do; the one before stays",
                  {{"reason", reloaded.error().reason}, {"why", reloaded.error().message}});
}

void Certificates::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_.wait_for(lock, kCertificateLook, [this] { return stopped_; })) {
      lock.unlock();
      look();
      lock.lock();
    }
  });
}

void Certificates::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace cliffhanger::edge
