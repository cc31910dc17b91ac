#pragma once
// What becomes of uploads, whatever protocol they come by.
#include "libs/rpc/client.h"
#include "services/edge/api/admission.h"
#include "services/edge/slots.h"
#include "services/edge/uploads/appender.h"
#include "services/edge/uploads/writers.h"
#include "services/edge/visit.h"

namespace cliffhanger::ingest::v1 {
class BeginAppendResponse;
class CreateUploadRequest;
class Upload;
}  // namespace cliffhanger::ingest::v1

namespace cliffhanger::edge {

// Keeps nothing of an upload itself: ingest knows every offset, and its errors come through. Safe from many
// threads.
class Intake {
 public:
  // All outlive it. `ingest` passes the person's own token on.
  struct Deps {
    rpc::Client ingest;
    Appender& appender;
    Admission& admission;  // each call needs a place; the commits of what has arrived get one without asking
  };
  explicit Intake(Deps deps) : deps_(std::move(deps)) {}

  // These fail with OVERLOADED too. The request's Idempotency-Key is of this call alone: a repeated creation gives the upload as it was made.
  http::Task<Result<ingest::v1::Upload>> create(const Visit& visit,
                                                const ingest::v1::CreateUploadRequest& wanted);
  // The upload as it stands; fails with UPLOAD_NOT_RECEIVING for one that was given up or has expired.
  http::Task<Result<ingest::v1::Upload>> find(const Visit& visit, const std::string& upload_id);
  // The same, with an offset that stays true: bytes that a dead connection still brings must not move it on
  // under a client that resumes. Who is appending in this process gets kHandOver to commit what arrived, as
  // one whose connection broke does; then any older writer is fenced, here or elsewhere.
  http::Task<Result<ingest::v1::Upload>> take_over(const Visit& visit, const std::string& upload_id);
  // Takes the right to append at `offset`, and fixes the length unless it is 0. `only_fences`: nothing is
  // going to be appended.
  http::Task<Result<ingest::v1::BeginAppendResponse>> begin(const Visit& visit, const std::string& upload_id,
                                                            std::int64_t offset, std::int64_t length,
                                                            bool only_fences = false);
  http::Task<Result<void>> terminate(const Visit& visit, const std::string& upload_id);

  // What a request's body adds to an upload.
  struct Append {
    std::string upload_id;
    std::int64_t offset = 0;
    std::int64_t length = 0;  // that the request tells of the whole; 0: none
    AppendOptions options;
  };
  // Fails with TOO_MANY_UPLOADS and UPLOADS_BUSY too, and with UPLOAD_TOO_LARGE (metadata `missing`) where
  // the body is known to be longer than what is missing; then none of it is taken.
  http::Task<Appender::Outcome> append(http::Request& request, const Visit& visit, Append what);

 private:
  const Deps deps_;
  Slots slots_ = upload_slots();
  Writers writers_;
};

// Whether all bytes of an upload are here.
bool is_complete(const ingest::v1::Upload& upload);

}  // namespace cliffhanger::edge
