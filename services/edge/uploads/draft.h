#pragma once
// Resumable uploads of the IETF: draft-ietf-httpbis-resumable-upload-11, interop version 8, and what its
// successor has cleared up since. https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/
#include "libs/core/clock.h"
#include "services/edge/uploads/intake.h"
#include "services/edge/uploads/protocol.h"

namespace cliffhanger::edge {

// An upload whose length is known is complete with its last byte; Upload-Complete: ?1 then only repeats it.
// Safe from many threads.
class Draft final : public Protocol {
 public:
  // All outlive it; `max_size` is the largest upload, in bytes.
  Draft(Intake& intake, const Clock& clock, std::int64_t max_size)
      : intake_(intake), clock_(clock), max_size_(max_size) {}

  // Whether the request has one of the draft's fields that tus doesn't know.
  static bool is_meant(const http::Request& request);

  Result<void> check(const http::Request& request) const override;
  http::Task<http::Response> create(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> head(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> append(http::Request& request, const Visit& visit) override;
  http::Task<http::Response> terminate(http::Request& request, const Visit& visit) override;
  http::Response refusal(const Error& error, const Trace& trace) const override;
  void sign(http::Headers& headers) const override;
  void introduce(http::Headers& headers) const override;

 private:
  // What a request that creates or appends says.
  struct Told {
    std::string upload_id;
    std::int64_t offset = 0;
    bool complete = false;               // its body is the end
    std::optional<std::int64_t> length;  // of the whole
    bool creates = false;
  };
  // Takes the body.
  http::Task<http::Response> take(http::Request& request, const Visit& visit, const Told& told,
                                  std::optional<Checksum> checksum);
  // After a body that ended well: closes an upload whose length nobody told before.
  http::Task<Result<void>> complete(const Visit& visit, const Told& told, const Appender::Outcome& outcome);
  http::Task<http::Response> refused(http::Request& request, const Visit& visit, const Told& told,
                                     Error error);
  // To an upload that has all its bytes.
  http::Task<http::Response> replay(http::Request& request, const Visit& visit, const Told& told,
                                    Error error);
  http::Response accepted(const Told& told, std::int64_t offset, std::int64_t expires) const;
  // `expires` in seconds since 1970; 0: not known.
  std::string limits(std::int64_t expires) const;

  Intake& intake_;
  const Clock& clock_;
  const std::int64_t max_size_;
};

}  // namespace cliffhanger::edge
