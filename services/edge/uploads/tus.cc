#include "services/edge/uploads/tus.h"

#include <charconv>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "services/edge/rest/problem.h"
#include "services/edge/uploads/concat.h"
#include "services/edge/uploads/metadata.h"

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

Error not_bytes() {
  return invalid("UNSUPPORTED_MEDIA_TYPE",
                 "The bytes of an upload come as " + std::string(kAppendType) + ".");
}

Result<std::optional<Checksum>> checksum_of(const http::Request& request) {
  const auto field = request.headers.find("Upload-Checksum");
  if (!field) return std::optional<Checksum>();
  CH_ASSIGN(auto checksum, Checksum::parse(*field));
  return std::optional<Checksum>(std::move(checksum));
}

// How many bytes a new upload has, if it is to be known already.
Result<void> set_length(const http::Headers& headers, const Concat& concat,
                        ingest::v1::CreateUploadRequest& out) {
  const auto field = headers.find("Upload-Length"), deferred = headers.find("Upload-Defer-Length");
  if (!concat.final_of.empty()) {
    if (!field && !deferred) return {};
    return fail(invalid("BAD_UPLOAD_LENGTH", "The length of an upload that is made of others is theirs."));
  }
  if (deferred && (field || *deferred != "1"))
    return fail(
        invalid("BAD_UPLOAD_LENGTH", "Upload-Defer-Length is 1, and then Upload-Length comes later."));
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
  CH_ASSIGN(const auto metadata, parse_metadata(said));
  out.set_metadata(std::string(said));
  for (const auto& id : concat.final_of) out.add_partial_ids(id);
  if (concat.partial) {
    out.set_purpose(ingest::v1::UPLOAD_PURPOSE_PARTIAL);
    return out;
  }
  CH_TRY(describe_file(metadata, out));
  return out;
}

}  // namespace

Result<void> Tus::check(const http::Request& request) const {
  if (request.headers.get("Tus-Resumable") == kVersion) return {};
  return fail(precondition("TUS_VERSION", "This server speaks tus 1.0.0; say so in Tus-Resumable."));
}

void Tus::sign(http::Headers& headers) const {
  headers.set("Tus-Resumable", std::string(kVersion));
}

void Tus::introduce(http::Headers& headers) const {
  sign(headers);
  headers.set("Tus-Version", std::string(kVersion));
  headers.set(
      "Tus-Extension",
      "creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination");
  headers.set("Tus-Checksum-Algorithm", std::string(kChecksumAlgorithms));
  headers.set("Tus-Max-Size", std::to_string(max_size_));
}

http::Response Tus::refusal(const Error& error, const Trace& trace) const {
  // Clients take 408 as the end of the upload, like any 4xx; after this they ask where to go on.
  static const rest::ProblemType kLater{503, "about:blank", "", ""};
  auto out = error_response(error, trace, error.reason == http::kBodyTooSlow ? &kLater : nullptr);
  if (const auto offset = error.metadata.find("offset"); offset != error.metadata.end())
    out.headers.add("Upload-Offset", offset->second);
  if (error.reason == "TUS_VERSION") out.headers.add("Tus-Version", std::string(kVersion));
  return out;
}

// tus-js-client takes any refusal of a HEAD but 423 as the end of the upload, and sends the file again from its first byte.
void Tus::postpone_head(http::Response& out) const {
  if (out.status == 429 || out.status >= 500) out.status = 423;
}

http::Task<http::Response> Tus::create(http::Request& request, const Visit& visit) {
  const bool bytes = request.body->length() != 0;
  if (bytes && !is_append(request)) co_return refusal(not_bytes(), visit.trace);
  const auto wanted = creation_of(request);
  if (!wanted) co_return refusal(wanted.error(), visit.trace);
  if (bytes && wanted->partial_ids_size() > 0)
    co_return refusal(denied("UPLOAD_IS_FINAL", "An upload that is made of others takes no bytes."),
                      visit.trace);
  auto checksum = checksum_of(request);
  if (!checksum) co_return refusal(checksum.error(), visit.trace);
  const auto made = co_await intake_.create(visit, *wanted);
  if (!made) co_return refusal(made.error(), visit.trace);
  const auto& id = made->upload_id();
  auto offset = made->offset();
  http::Response out;
  out.status = 201;
  if (bytes) {
    // The upload exists now, whatever becomes of its first bytes: the answer is 201 with the offset that was
    // reached.
    const auto outcome =
        co_await intake_.append(request, visit, {id, 0, 0, {std::move(*checksum), false, {}}});
    offset = co_await reached(visit, outcome, id);
    out.close = outcome.error.has_value();
  }
  out.headers.add("Location", "/uploads/" + id);
  describe(out, offset, made->expire_time().seconds());
  co_return out;
}

http::Task<std::int64_t> Tus::reached(const Visit& visit, const Appender::Outcome& outcome,
                                      const std::string& upload_id) {
  if (!outcome.error) co_return outcome.offset;
  if (const auto known = outcome.error->metadata.find("offset"); known != outcome.error->metadata.end())
    co_return whole_number(known->second).value_or(outcome.offset);
  if (outcome.error->reason != "UPLOAD_NOT_RECEIVING") co_return outcome.offset;
  const auto found = co_await intake_.find(visit, upload_id);
  co_return found ? found->offset() : outcome.offset;
}

http::Task<http::Response> Tus::head(http::Request& request, const Visit& visit) {
  const auto upload = co_await intake_.find(visit, std::string(request.capture("id")));
  if (!upload) co_return refusal(upload.error(), visit.trace);
  http::Response out;
  describe(out, upload->offset(), upload->expire_time().seconds());
  if (upload->length() > 0) out.headers.add("Upload-Length", std::to_string(upload->length()));
  if (upload->length() == 0) out.headers.add("Upload-Defer-Length", "1");
  if (const auto concat = format_concat(*upload); !concat.empty()) out.headers.add("Upload-Concat", concat);
  if (!upload->metadata().empty()) out.headers.add("Upload-Metadata", upload->metadata());
  co_return out;
}

http::Task<http::Response> Tus::append(http::Request& request, const Visit& visit) {
  if (!is_append(request)) co_return refusal(not_bytes(), visit.trace);
  const auto offset = whole_number(request.headers.find("Upload-Offset"));
  if (!offset)
    co_return refusal(invalid("BAD_UPLOAD_OFFSET", "Upload-Offset must be a whole number of bytes."),
                      visit.trace);
  const auto told = request.headers.find("Upload-Length");
  const auto length = whole_number(told);
  if (told && !length)
    co_return refusal(invalid("BAD_UPLOAD_LENGTH", "Upload-Length must be a whole number of bytes."),
                      visit.trace);
  auto checksum = checksum_of(request);
  if (!checksum) co_return refusal(checksum.error(), visit.trace);
  const auto outcome = co_await intake_.append(
      request, visit,
      {std::string(request.capture("id")), *offset, length.value_or(0), {std::move(*checksum), false, {}}});
  if (outcome.error) co_return refusal(*outcome.error, visit.trace);
  auto out = no_content();
  describe(out, outcome.offset, outcome.expires);
  co_return out;
}

http::Task<http::Response> Tus::terminate(http::Request& request, const Visit& visit) {
  const auto done = co_await intake_.terminate(visit, std::string(request.capture("id")));
  if (!done) co_return refusal(done.error(), visit.trace);
  co_return no_content();
}

}  // namespace cliffhanger::edge
