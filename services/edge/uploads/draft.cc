#include "services/edge/uploads/draft.h"

#include <charconv>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/http/structured.h"
#include "services/edge/limits.h"
#include "services/edge/rest/problem.h"
#include "services/edge/uploads/draft_creation.h"

namespace cliffhanger::edge {
namespace {

constexpr std::string_view kComplete = "Upload-Complete", kVersionField = "Upload-Draft-Interop-Version";
constexpr std::int64_t kVersion = 8;
constexpr int kResumptionSupported = 104;

// Only who knows this version may get it.
bool takes_hints(const http::Request& request) {
  return request.interim && http::item_integer(request.headers, kVersionField) == kVersion;
}

void hint(const http::Request& request, http::Headers headers) {
  headers.add(std::string(kVersionField), std::to_string(kVersion));
  request.interim->inform(kResumptionSupported, headers);
}

std::string path_of(const std::string& upload_id) {
  return "/uploads/" + upload_id;
}

std::string boolean(bool value) {
  return value ? "?1" : "?0";
}

// A field that the draft has ignored when it is malformed.
std::optional<std::int64_t> bytes_in(const http::Headers& headers, std::string_view field) {
  const auto value = http::item_integer(headers, field);
  return value && *value >= 0 ? value : std::nullopt;
}

Error inconsistent(std::string message) {
  return invalid("LENGTH_INCONSISTENT", std::move(message));
}

// Section 4.1.3: told by Upload-Length, by the Content-Length of what completes the upload, or by both alike.
Result<std::optional<std::int64_t>> length_of(const http::Request& request, std::int64_t offset,
                                              bool complete) {
  const auto said = bytes_in(request.headers, "Upload-Length");
  const auto body = request.body->length();
  if (!complete || !body) return said;
  if (*body > kMaxUploadBody) return fail(invalid("UPLOAD_TOO_LARGE", "No upload is as large as this body."));
  const auto sum = offset + static_cast<std::int64_t>(*body);
  if (said && *said != sum)
    return fail(inconsistent("Upload-Length is " + std::to_string(*said) + ", but the upload ends at byte " +
                             std::to_string(sum) + "."));
  return std::optional<std::int64_t>(sum);
}

Error without_complete() {
  return invalid("BAD_UPLOAD_COMPLETE", "Upload-Complete must be ?1 (the body is the end) or ?0.");
}

std::int64_t number(const Error& error, const char* key) {
  std::int64_t value = 0;
  const auto found = error.metadata.find(key);
  if (found != error.metadata.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

// Section 7, and where our statuses are those of tus.
std::optional<rest::ProblemType> type_of(const Error& error) {
  static constexpr std::string_view kLength =
      "https://iana.org/assignments/http-problem-types#inconsistent-upload-length";
  for (const std::string_view reason :
       {"LENGTH_INCONSISTENT", "LENGTH_FIXED", "LENGTH_EXCEEDED", "BAD_UPLOAD_LENGTH"}) {
    if (error.reason == reason)
      return rest::ProblemType{400, kLength, "Inconsistent Upload Length Values", ""};
  }
  if (error.reason == "WRONG_OFFSET")
    return rest::ProblemType{409, "https://iana.org/assignments/http-problem-types#mismatching-upload-offset",
                             "Mismatching Upload Offset",
                             ",\"expected-offset\":" + std::to_string(number(error, "offset")) +
                                 ",\"provided-offset\":" + std::to_string(number(error, "provided_offset"))};
  if (error.reason == "UPLOAD_COMPLETE")
    return rest::ProblemType{400, "https://iana.org/assignments/http-problem-types#completed-upload",
                             "Upload Is Completed", ""};
  if (error.reason == http::kBodyTooSlow) return rest::ProblemType{503, "about:blank", "", ""};  // a 4xx would end the upload
  if (error.reason == "CHECKSUM_MISMATCH") return rest::ProblemType{400, "about:blank", "", ""};
  return std::nullopt;
}

}  // namespace

bool Draft::is_meant(const http::Request& request) {
  return request.headers.find(kComplete) || request.headers.find(kVersionField);
}

Result<void> Draft::check(const http::Request&) const {
  return {};
}

void Draft::sign(http::Headers& headers) const {
  headers.set(kVersionField, std::to_string(kVersion));
}

void Draft::introduce(http::Headers& headers) const {
  headers.set("Accept-Patch", std::string(kPartialUpload));
  headers.set("Upload-Limit", limits(0));
}

std::string Draft::limits(std::int64_t expires) const {
  std::string out = "max-size=" + std::to_string(max_size_);
  const auto left = expires - to_micros(clock_.now()) / 1'000'000;
  if (expires > 0 && left > 0) out += ", max-age=" + std::to_string(left);
  return out;
}

http::Response Draft::refusal(const Error& error, const Trace& trace) const {
  const auto type = type_of(error);
  auto out = error_response(error, trace, type ? &*type : nullptr);
  out.headers.add(std::string(kComplete), "?0");
  if (const auto offset = error.metadata.find("offset"); offset != error.metadata.end())
    out.headers.add("Upload-Offset", offset->second);
  if (out.status == 413) out.headers.add("Upload-Limit", limits(0));
  return out;
}

http::Response Draft::accepted(const Told& told, std::int64_t offset, std::int64_t expires) const {
  http::Response out;
  out.status = told.complete || told.creates ? 201 : 204;
  if (out.status == 201) out.headers.add("Location", path_of(told.upload_id));
  out.headers.add(std::string(kComplete), boolean(told.complete));
  out.headers.add("Upload-Offset", std::to_string(offset));
  out.headers.add("Upload-Limit", limits(told.complete ? 0 : expires));
  return out;
}

http::Task<http::Response> Draft::create(http::Request& request, const Visit& visit) {
  const auto complete = http::item_boolean(request.headers, kComplete);
  if (!complete) co_return refusal(without_complete(), visit.trace);
  const auto length = length_of(request, 0, *complete);
  if (!length) co_return refusal(length.error(), visit.trace);
  ingest::v1::CreateUploadRequest wanted;
  wanted.set_length(length->value_or(0));
  wanted.set_length_deferred(!*length);
  if (const auto described = describe_file(request, wanted); !described)
    co_return refusal(described.error(), visit.trace);
  auto digest = content_digest(request.headers);
  if (!digest) co_return refusal(digest.error(), visit.trace);
  const auto made = co_await intake_.create(visit, wanted);
  if (!made) co_return refusal(made.error(), visit.trace);
  const auto expires = made->expire_time().seconds();
  const Told told{made->upload_id(), 0, *complete, *length, true};
  if (request.body->length() == 0) co_return accepted(told, made->offset(), expires);
  if (takes_hints(request))
    hint(request, {{"Location", path_of(told.upload_id)}, {"Upload-Limit", limits(expires)}});
  co_return co_await take(request, visit, told, std::move(*digest));
}

http::Task<http::Response> Draft::head(http::Request& request, const Visit& visit) {
  const auto upload = co_await intake_.take_over(visit, std::string(request.capture("id")));
  if (!upload) co_return refusal(upload.error(), visit.trace);
  http::Response out;
  out.status = 204;
  out.headers.add(std::string(kComplete), boolean(is_complete(*upload)));
  out.headers.add("Upload-Offset", std::to_string(upload->offset()));
  if (upload->length() > 0) out.headers.add("Upload-Length", std::to_string(upload->length()));
  out.headers.add("Upload-Limit", limits(is_complete(*upload) ? 0 : upload->expire_time().seconds()));
  co_return out;
}

http::Task<http::Response> Draft::append(http::Request& request, const Visit& visit) {
  if (media_type(request.headers) != kPartialUpload)
    co_return refusal(invalid("UNSUPPORTED_MEDIA_TYPE",
                              "The bytes of an upload come as " + std::string(kPartialUpload) + "."),
                      visit.trace);
  const auto complete = http::item_boolean(request.headers, kComplete);
  if (!complete) co_return refusal(without_complete(), visit.trace);
  const auto offset = bytes_in(request.headers, "Upload-Offset");
  if (!offset)
    co_return refusal(invalid("BAD_UPLOAD_OFFSET", "Upload-Offset must be a whole number of bytes."),
                      visit.trace);
  const auto length = length_of(request, *offset, *complete);
  if (!length) co_return refusal(length.error(), visit.trace);
  if (*length == 0) co_return refusal(invalid("UPLOAD_EMPTY", "The file is empty."), visit.trace);
  auto digest = content_digest(request.headers);
  if (!digest) co_return refusal(digest.error(), visit.trace);
  const Told told{std::string(request.capture("id")), *offset, *complete, *length, false};
  co_return co_await take(request, visit, told, std::move(*digest));
}

http::Task<http::Response> Draft::take(http::Request& request, const Visit& visit, const Told& told,
                                       std::optional<Checksum> checksum) {
  AppendOptions options{std::move(checksum), true, {}, {}};
  if (takes_hints(request))
    options.acknowledged = [&](std::int64_t offset) {
      hint(request, {{"Upload-Offset", std::to_string(offset)}});
    };
  const auto outcome = co_await intake_.append(
      request, visit, {told.upload_id, told.offset, told.length.value_or(0), std::move(options)});
  if (outcome.error) co_return co_await refused(request, visit, told, *outcome.error);
  if (told.complete) {
    const auto closed = co_await complete(visit, told, outcome);
    if (!closed) co_return co_await refused(request, visit, told, closed.error());
  }
  co_return accepted(told, outcome.offset, outcome.expires);
}

http::Task<Result<void>> Draft::complete(const Visit& visit, const Told& told,
                                         const Appender::Outcome& outcome) {
  if (outcome.complete) co_return Result<void>();
  if (outcome.offset == 0) co_return fail(invalid("UPLOAD_EMPTY", "The file is empty."));
  if (told.length && *told.length != outcome.offset)
    co_return fail(inconsistent("The upload has " + std::to_string(*told.length) +
                                " bytes, but the last one was byte " + std::to_string(outcome.offset) + "."));
  if (told.length) co_return Result<void>();  // fixed when the append began
  const auto fixed = co_await intake_.begin(visit, told.upload_id, outcome.offset, outcome.offset);
  if (!fixed) co_return fail(fixed.error());
  co_return Result<void>();
}

http::Task<http::Response> Draft::refused(http::Request& request, const Visit& visit, const Told& told,
                                          Error error) {
  if (error.reason == "UPLOAD_NOT_RECEIVING" || error.reason == "UPLOAD_IS_FINAL")
    co_return co_await replay(request, visit, told, std::move(error));
  // Section 4.4.2: of an upload that was given more bytes than it may have nothing is of use.
  if (error.reason == "LENGTH_EXCEEDED") co_await intake_.terminate(visit, told.upload_id);
  if (error.reason == "UPLOAD_TOO_LARGE" && error.metadata.contains("missing") &&
      told.offset + number(error, "missing") != max_size_)
    error = inconsistent(std::move(error.message));
  auto out = refusal(std::move(error).with("provided_offset", std::to_string(told.offset)), visit.trace);
  if (told.creates) out.headers.add("Location", path_of(told.upload_id));
  co_return out;
}

http::Task<http::Response> Draft::replay(http::Request& request, const Visit& visit, const Told& told,
                                         Error error) {
  const auto upload = co_await intake_.find(visit, told.upload_id);
  if (!upload) co_return refusal(upload.error(), visit.trace);
  if (!is_complete(*upload)) co_return refusal(error, visit.trace);
  // The answer to the creation was lost, and it came again.
  if (told.creates && told.complete) co_return accepted(told, upload->offset(), 0);
  if (told.offset != upload->offset()) {
    Error wrong = conflict("WRONG_OFFSET",
                           "The upload is complete with " + std::to_string(upload->offset()) + " bytes.");
    wrong.metadata = {{"offset", std::to_string(upload->offset())},
                      {"provided_offset", std::to_string(told.offset)}};
    co_return refusal(wrong, visit.trace);
  }
  char beyond;
  const auto more = co_await request.body->read({&beyond, 1});
  if (more && *more > 0)
    co_return refusal(inconsistent("The upload is complete and takes no bytes any more."), visit.trace);
  if (!told.complete)
    co_return refusal(precondition("UPLOAD_COMPLETE", "The upload is complete."), visit.trace);
  co_return accepted(told, upload->offset(), 0);
}

http::Task<http::Response> Draft::terminate(http::Request& request, const Visit& visit) {
  const auto done = co_await intake_.terminate(visit, std::string(request.capture("id")));
  if (!done) co_return refusal(done.error(), visit.trace);
  http::Response out;
  out.status = 204;
  co_return out;
}

}  // namespace cliffhanger::edge
