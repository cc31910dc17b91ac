#pragma once
// tus 1.0: creation, creation-with-upload, creation-defer-length, checksum, concatenation, expiration,
// termination. https://tus.io/protocols/resumable-upload
#include "services/edge/uploads/intake.h"
#include "services/edge/uploads/protocol.h"

namespace cliffhanger::edge {

// Safe from many threads.
class Tus final : public Protocol {
 public:
  // `intake` outlives it; `max_size` is the largest upload, in bytes.
  Tus(Intake& intake, std::int64_t max_size) : intake_(intake), max_size_(max_size) {}

  Result<void> check(const http::Request& request) const override;
  http::Task<http::Response> create(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> head(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> append(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> terminate(http::Request& request, const Visit& visit) override;
  http::Response refusal(const Error& error, const Trace& trace) const override;
  void postpone_head(http::Response& out) const override;
  void sign(http::Headers& headers) const override;
  void introduce(http::Headers& headers) const override;

 private:
  // Where a creation that came again stands by now.
  http::Task<std::int64_t> reached(const Visit& visit, const Appender::Outcome& outcome,
                                   const std::string& upload_id);

  Intake& intake_;
  const std::int64_t max_size_;
};

}  // namespace cliffhanger::edge
