#include "services/edge/uploads/intake.h"

#include <chrono>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/http/pause.h"
#include "services/edge/keys/api_keys.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

namespace v1 = ingest::v1;

// The client's Idempotency-Key is of the creation alone: the rpcs that follow one another for the same
// request would answer each other's, and a repeated one must look anew.
template <class Response, class Request>
http::Task<Result<Response>> ask_anew(const Intake::Deps& deps, Visit visit, Request ask) {
  const auto place = deps.admission.admit(Priority::kUploads);
  if (!place) co_return fail(place.error());
  auto now = co_await renewed(std::move(visit));
  if (!now) co_return fail(std::move(now).error());
  now->idempotency_key.clear();
  now->deadline = std::chrono::steady_clock::now() + kDoorDeadline;  // the body may have taken hours
  co_return co_await call_as_visitor<Response>(deps.ingest, *now, ask);
}

}  // namespace

http::Task<Result<v1::Upload>> Intake::create(const Visit& visit, const v1::CreateUploadRequest& wanted) {
  const auto place = deps_.admission.admit(Priority::kUploads);
  if (!place) co_return fail(place.error());
  auto made = co_await call_as_visitor<v1::CreateUploadResponse>(deps_.ingest, visit, wanted);
  if (!made) co_return fail(std::move(made).error());
  co_return std::move(*made->mutable_upload());
}

http::Task<Result<v1::Upload>> Intake::find(const Visit& visit, const std::string& upload_id) {
  v1::GetUploadRequest ask;
  ask.set_upload_id(upload_id);
  auto found = co_await ask_anew<v1::GetUploadResponse>(deps_, visit, ask);
  if (!found) co_return fail(std::move(found).error());
  if (found->upload().state() == v1::UPLOAD_STATE_TERMINATED)
    co_return fail(precondition("UPLOAD_NOT_RECEIVING", "The upload was given up or has expired."));
  co_return std::move(*found->mutable_upload());
}

http::Task<Result<v1::Upload>> Intake::take_over(const Visit& visit, const std::string& upload_id) {
  for (auto waited = kHandOver * 0; waited < kHandOver && writers_.any(upload_id); waited += kHandOverStep)
    co_await http::pause(kHandOverStep);
  for (int attempt = 1;; ++attempt) {
    auto upload = co_await find(visit, upload_id);
    if (!upload || is_complete(*upload)) co_return upload;
    const auto begun = co_await begin(visit, upload_id, upload->offset(), 0, true);
    if (begun || begun.error().reason == "NOT_THE_OWNER" || begun.error().reason == "UPLOAD_IS_IMPORTED")
      co_return upload;  // others may look, and nobody else appends
    const bool moved =
        begun.error().reason == "WRONG_OFFSET" || begun.error().reason == "UPLOAD_NOT_RECEIVING";
    if (!moved || attempt == kHandOverAttempts) co_return fail(begun.error());
  }
}

http::Task<Result<v1::BeginAppendResponse>> Intake::begin(const Visit& visit, const std::string& upload_id,
                                                          std::int64_t offset, std::int64_t length,
                                                          bool only_fences) {
  v1::BeginAppendRequest ask;
  ask.set_upload_id(upload_id);
  ask.set_offset(offset);
  ask.set_length(length);
  ask.set_only_fences(only_fences);
  co_return co_await ask_anew<v1::BeginAppendResponse>(deps_, visit, ask);
}

http::Task<Result<void>> Intake::terminate(const Visit& visit, const std::string& upload_id) {
  v1::TerminateUploadRequest ask;
  ask.set_upload_id(upload_id);
  auto done = co_await ask_anew<v1::TerminateUploadResponse>(deps_, visit, ask);
  if (!done) co_return fail(std::move(done).error());
  co_return Result<void>();
}

http::Task<Appender::Outcome> Intake::append(http::Request& request, const Visit& visit, Append what) {
  const auto refused = [&](Error error) {
    return Appender::Outcome{what.offset, 0, false, std::move(error)};
  };
  const auto slot = slots_.take(visit.caller.tenant.text() + ':' + visit.caller.user.text());
  if (!slot) co_return refused(slot.error());
  const auto writing = writers_.note(what.upload_id);
  const auto begun = co_await begin(visit, what.upload_id, what.offset, what.length);
  if (!begun) co_return refused(begun.error());
  const auto left = begun->length() - what.offset;
  if (const auto bytes = request.body->length(); bytes && *bytes > static_cast<std::uint64_t>(left))
    co_return refused(
        invalid("UPLOAD_TOO_LARGE", "Only " + std::to_string(left) + " bytes of the upload are missing.")
            .with("missing", std::to_string(left)));
  if (visit.api_keys) what.options.still_may = [&visit]() -> http::Task<Result<void>> {
    auto now = co_await renewed(visit);
    if (!now) co_return fail(std::move(now).error());
    co_return Result<void>();
  };
  co_return co_await deps_.appender.append(
      *request.body, visit.call(),
      {std::move(what.upload_id), begun->epoch(), what.offset, begun->length(), begun->key_prefix()},
      std::move(what.options));
}

bool is_complete(const v1::Upload& upload) {
  return upload.state() != v1::UPLOAD_STATE_RECEIVING ||
         (upload.length() > 0 && upload.offset() == upload.length());
}

}  // namespace cliffhanger::edge
