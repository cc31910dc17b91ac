#include "services/edge/uploads/uploads.h"

#include <charconv>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "services/edge/limits.h"
#include "services/edge/uploads/concat.h"
#include "services/edge/uploads/metadata.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

constexpr std::string_view kVersion = "1.0.0";
constexpr std::string_view kAppendType = "application/offset+octet-stream";

std::optional<std::int64_t> whole_number(std::optional<std::string_view> text) {
  std::int64_t value = -1;
  if (!text || text->empty() || !std::isdigit(static_cast<unsigned char>(text->front()))) return std::nullopt;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

http::Response tus_error(const Error& error, const Trace& trace) {
  auto out = error_response(error, trace);
  if (const auto offset = error.metadata.find("offset"); offset != error.metadata.end())
    out.headers.add("Upload-Offset", offset->second);
  if (error.reason == "TUS_VERSION") out.headers.add("Tus-Version", std::string(kVersion));
  return out;
}

// `expires` in seconds since 1970; 0: not known.
void describe(http::Response& out, std::int64_t offset, std::int64_t expires) {
  out.headers.add("Upload-Offset", std::to_string(offset));
  if (expires > 0) out.headers.add("Upload-Expires", http::http_date(expires));
}

http::Response no_content() {
  http::Response out;
  out.status = 204;
  return out;
}

// The client's Idempotency-Key is of the creation alone: the rpcs that follow one another for the same
// request would answer each other's, and a repeated one must look anew.
template <class Response, class Request>
http::Task<Result<Response>> ask_anew(const rpc::Client& ingest, Visit visit, Request ask) {
  visit.idempotency_key.clear();
  co_return co_await call_as_visitor<Response>(ingest, visit, ask);
}

Error not_bytes() {
  return invalid("UNSUPPORTED_MEDIA_TYPE", "The bytes of an upload come as " + std::string(kAppendType) + ".");
}

Result<std::optional<Checksum>> checksum_of(const http::Request& request) {
  const auto field = request.headers.find("Upload-Checksum");
  if (!field) return std::optional<Checksum>();
  CH_ASSIGN(auto checksum, Checksum::parse(*field));
  return std::optional<Checksum>(std::move(checksum));
}

// How many bytes a new upload has, if it is to be known already.
Result<void> set_length(const http::Headers& headers, const Concat& concat, ingest::v1::CreateUploadRequest& out) {
  const auto field = headers.find("Upload-Length"), deferred = headers.find("Upload-Defer-Length");
  if (!concat.final_of.empty()) {
    if (!field && !deferred) return {};
    return fail(invalid("BAD_UPLOAD_LENGTH", "The length of an upload that is made of others is theirs."));
  }
  if (deferred && (field || *deferred != "1"))
    return fail(invalid("BAD_UPLOAD_LENGTH", "Upload-Defer-Length is 1, and then Upload-Length comes later."));
  const auto length = whole_number(field);
  if (!length && !deferred)
    return fail(invalid("BAD_UPLOAD_LENGTH", "Upload-Length must be a whole number of bytes."));
  out.set_length(length.value_or(0));
  out.set_length_deferred(deferred.has_value());
  return {};
}

bool is_append(const http::Request& request) {
  return http::equal_no_case(request.headers.get("Content-Type"), kAppendType);
}

Result<ingest::v1::CreateUploadRequest> creation_of(const http::Request& request) {
  ingest::v1::CreateUploadRequest out;
  CH_ASSIGN(const Concat concat, parse_concat(request.headers.get("Upload-Concat")));
  CH_TRY(set_length(request.headers, concat, out));
  const auto said = request.headers.get("Upload-Metadata");
  CH_ASSIGN(auto metadata, parse_metadata(said));
  out.set_metadata(std::string(said));
  for (const auto& id : concat.final_of) out.add_partial_ids(id);
  if (concat.partial) {
    out.set_purpose(ingest::v1::UPLOAD_PURPOSE_PARTIAL);
    return out;
  }
  out.set_episode_id(metadata["episode_id"]);
  out.set_filename(metadata["filename"]);
  out.set_content_type(metadata["filetype"]);
  out.set_sha256(metadata["sha256"]);
  const std::string& purpose = metadata["purpose"];
  if (!purpose.empty() && purpose != "video" && purpose != "dub")
    return fail(invalid("BAD_UPLOAD_METADATA", "Upload-Metadata: the purpose is video or dub."));
  if (purpose == "dub") out.set_purpose(ingest::v1::UPLOAD_PURPOSE_DUB);
  out.set_language(metadata["language"]);
  out.set_label(metadata["label"]);
  return out;
}

}  // namespace

void Uploads::add_routes(http::Router& router) {
  const auto add = [&](const char* method, const char* path, const char* name, Handle handle,
                       std::uint64_t body) {
    const auto charge = handle == &Uploads::create ? Charge::kGeneral : Charge::kUpload;
    router.add(method, path, [=, this](http::Request& r) { return run(r, handle, charge); }, name, body);
  };
  for (const auto* path : {"/uploads", "/uploads/{id}"})
    router.add("OPTIONS", path, [this](http::Request& r) { return options(r); }, "upload_options", 0);
  add("POST", "/uploads", "upload_create", &Uploads::create, kMaxUploadBody);
  add("HEAD", "/uploads/{id}", "upload_head", &Uploads::head, 0);
  add("PATCH", "/uploads/{id}", "upload_patch", &Uploads::patch, kMaxUploadBody);
  add("POST", "/uploads/{id}", "upload_patch", &Uploads::overridden, kMaxUploadBody);
  add("DELETE", "/uploads/{id}", "upload_terminate", &Uploads::terminate, 0);
}

http::Task<http::Response> Uploads::run(http::Request& request, Handle handle, Charge charge) {
  const auto& visit = visit_of(request);
  http::Response out;
  if (request.headers.get("Tus-Resumable") != kVersion) {
    out = tus_error(precondition("TUS_VERSION", "This server speaks tus 1.0.0; say so in Tus-Resumable."),
                    visit.trace);
  } else if (const auto admitted = co_await admit(visit, charge); !admitted) {
    out = tus_error(admitted.error(), visit.trace);
  } else if (const auto id = request.capture("id"); !id.empty() && !Uuid::parse(id)) {
    out = tus_error(not_found("UPLOAD_NOT_FOUND", "There is no such upload."), visit.trace);
  } else {
    out = co_await (this->*handle)(request, visit);
  }
  out.headers.set("Tus-Resumable", std::string(kVersion));
  out.headers.set("Cache-Control", "no-store");
  co_return out;
}

http::Task<Result<void>> Uploads::admit(const Visit& visit, Charge charge) {
  if (visit.token_error) co_return fail(*visit.token_error);
  if (visit.caller.user.empty())
    co_return fail(unauthenticated("TOKEN_MISSING", "This call needs an access token."));
  co_return co_await deps_.gate.pass(visit, charge);
}

http::Task<http::Response> Uploads::options(http::Request&) {
  auto out = no_content();
  out.headers.add("Tus-Resumable", std::string(kVersion));
  out.headers.add("Tus-Version", std::string(kVersion));
  out.headers.add("Tus-Extension",
                  "creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination");
  out.headers.add("Tus-Checksum-Algorithm", std::string(kChecksumAlgorithms));
  co_return out;
}

http::Task<http::Response> Uploads::create(http::Request& request, const Visit& visit) {
  const bool bytes = request.body->length() != 0;
  if (bytes && !is_append(request)) co_return tus_error(not_bytes(), visit.trace);
  const auto wanted = creation_of(request);
  if (!wanted) co_return tus_error(wanted.error(), visit.trace);
  if (bytes && wanted->partial_ids_size() > 0)
    co_return tus_error(denied("UPLOAD_IS_FINAL", "An upload that is made of others takes no bytes."), visit.trace);
  auto checksum = checksum_of(request);
  if (!checksum) co_return tus_error(checksum.error(), visit.trace);
  auto made = co_await call_as_visitor<ingest::v1::CreateUploadResponse>(deps_.ingest, visit, *wanted);
  if (!made) co_return tus_error(made.error(), visit.trace);
  auto& upload = *made->mutable_upload();
  http::Response out;
  out.status = 201;
  if (bytes) {
    // The upload exists now, whatever becomes of its first bytes: the answer is 201 with the offset that was
    // reached.
    const auto outcome = co_await append(request, visit, {upload.upload_id(), 0, 0, std::move(*checksum)});
    upload.set_offset(co_await reached(visit, outcome, upload.upload_id()));
    out.close = outcome.error.has_value();
  }
  out.headers.add("Location", "/uploads/" + upload.upload_id());
  describe(out, upload.offset(), upload.expire_time().seconds());
  co_return out;
}

http::Task<std::int64_t> Uploads::reached(const Visit& visit, const Appender::Outcome& outcome,
                                          const std::string& upload_id) {
  if (!outcome.error) co_return outcome.offset;
  if (const auto known = outcome.error->metadata.find("offset"); known != outcome.error->metadata.end())
    co_return whole_number(known->second).value_or(outcome.offset);
  if (outcome.error->reason != "UPLOAD_NOT_RECEIVING") co_return outcome.offset;
  ingest::v1::GetUploadRequest ask;
  ask.set_upload_id(upload_id);
  const auto found = co_await ask_anew<ingest::v1::GetUploadResponse>(deps_.ingest, visit, ask);
  co_return found ? found->upload().offset() : outcome.offset;
}

http::Task<http::Response> Uploads::head(http::Request& request, const Visit& visit) {
  ingest::v1::GetUploadRequest ask;
  ask.set_upload_id(std::string(request.capture("id")));
  const auto found = co_await ask_anew<ingest::v1::GetUploadResponse>(deps_.ingest, visit, ask);
  if (!found) co_return tus_error(found.error(), visit.trace);
  const auto& upload = found->upload();
  if (upload.state() == ingest::v1::UPLOAD_STATE_TERMINATED)
    co_return tus_error(precondition("UPLOAD_NOT_RECEIVING", "The upload was given up or has expired."),
                        visit.trace);
  http::Response out;
  describe(out, upload.offset(), upload.expire_time().seconds());
  if (upload.length() > 0) out.headers.add("Upload-Length", std::to_string(upload.length()));
  if (upload.length() == 0) out.headers.add("Upload-Defer-Length", "1");
  if (const auto concat = format_concat(upload); !concat.empty()) out.headers.add("Upload-Concat", concat);
  if (!upload.metadata().empty()) out.headers.add("Upload-Metadata", upload.metadata());
  co_return out;
}

http::Task<http::Response> Uploads::patch(http::Request& request, const Visit& visit) {
  if (!is_append(request)) co_return tus_error(not_bytes(), visit.trace);
  const auto offset = whole_number(request.headers.find("Upload-Offset"));
  if (!offset)
    co_return tus_error(invalid("BAD_UPLOAD_OFFSET", "Upload-Offset must be a whole number of bytes."),
                        visit.trace);
  const auto told = request.headers.find("Upload-Length");
  const auto length = whole_number(told);
  if (told && !length)
    co_return tus_error(invalid("BAD_UPLOAD_LENGTH", "Upload-Length must be a whole number of bytes."),
                        visit.trace);
  auto checksum = checksum_of(request);
  if (!checksum) co_return tus_error(checksum.error(), visit.trace);
  const auto outcome = co_await append(
      request, visit, {std::string(request.capture("id")), *offset, length.value_or(0), std::move(*checksum)});
  if (outcome.error) co_return tus_error(*outcome.error, visit.trace);
  auto out = no_content();
  describe(out, outcome.offset, outcome.expires);
  co_return out;
}

// For clients behind proxies that let no PATCH through.
http::Task<http::Response> Uploads::overridden(http::Request& request, const Visit& visit) {
  const auto method = request.headers.get("X-HTTP-Method-Override");
  if (method == "PATCH") co_return co_await patch(request, visit);
  if (method == "DELETE") co_return co_await terminate(request, visit);
  auto out = http::problem(405, "METHOD_NOT_ALLOWED", "An upload takes HEAD, PATCH and DELETE.");
  out.headers.add("Allow", "HEAD, PATCH, DELETE, OPTIONS");
  co_return out;
}

http::Task<http::Response> Uploads::terminate(http::Request& request, const Visit& visit) {
  ingest::v1::TerminateUploadRequest ask;
  ask.set_upload_id(std::string(request.capture("id")));
  const auto done = co_await ask_anew<ingest::v1::TerminateUploadResponse>(deps_.ingest, visit, ask);
  if (!done) co_return tus_error(done.error(), visit.trace);
  co_return no_content();
}

http::Task<Appender::Outcome> Uploads::append(http::Request& request, const Visit& visit, Append what) {
  const auto offset = what.offset;
  const auto slot = slots_.take(visit.caller.tenant.text() + ':' + visit.caller.user.text());
  if (!slot) co_return Appender::Outcome{offset, 0, slot.error()};
  ingest::v1::BeginAppendRequest ask;
  ask.set_upload_id(what.upload_id);
  ask.set_offset(offset);
  ask.set_length(what.length);
  const auto begun = co_await ask_anew<ingest::v1::BeginAppendResponse>(deps_.ingest, visit, ask);
  if (!begun) co_return Appender::Outcome{offset, 0, begun.error()};
  const auto left = begun->length() - offset;
  if (const auto bytes = request.body->length(); bytes && *bytes > static_cast<std::uint64_t>(left))
    co_return Appender::Outcome{
        offset, 0,
        invalid("UPLOAD_TOO_LARGE", "Only " + std::to_string(left) + " bytes of the upload are missing.")};
  co_return co_await deps_.appender.append(
      *request.body, visit.call(),
      {std::move(what.upload_id), begun->epoch(), offset, begun->length(), begun->key_prefix()},
      std::move(what.checksum));
}

}  // namespace cliffhanger::edge
