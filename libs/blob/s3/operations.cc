// What the operations ask for, and what their answers say. Keys hold nothing that XML or a URL would have to
// escape.
#include <algorithm>
#include <charconv>
#include <thread>

#include "libs/blob/s3/ask.h"
#include "libs/aws/xml.h"
#include "libs/core/encoding.h"
#include "libs/core/id.h"
#include "libs/digest/digest.h"
#include "libs/digest/sha256.h"

namespace cliffhanger::blob::s3 {
namespace {

// Whose hash an entity tag is depends on the encryption; with a key of KMS it is nobody's.
bool tells_md5(const HttpReply& reply) {
  return !reply.header("x-amz-server-side-encryption").starts_with("aws:kms");
}

std::string unquoted(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

// Whether the store says it has what was sent. A tag that isn't an MD5 says nothing.
bool has(const HttpReply& reply, const Body& body) {
  const std::string etag = unquoted(reply.header("etag"));
  return !tells_md5(reply) || etag.size() != 32 || !hex_decode(etag) || etag == hex_encode(body.md5);
}

Error damaged() {
  return unavailable("OBJECT_STORE_FAILED", "The object store has other bytes than were sent to it.");
}

std::int64_t number(const std::string& text) {
  std::int64_t out = -1;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end ? out : -1;
}

// By which S3's clock may be behind ours, so that a signature lives longer there.
constexpr std::chrono::seconds kClocksApart{2};

// Whether a request may still take effect after this: it left, and S3 did not say what became of it. An answer without a code of S3's is of something before
// it, such as an ingress that had waited long enough.
bool may_come_late(const HttpReply& reply, std::string_view code) {
  if (!reply.fault.empty()) return !reply.unsent;
  if (reply.status >= 200 && reply.status < 300) return false;
  return code.empty() || code == "Unknown" || code == "InternalError";
}

constexpr char kIsoTime[] = "%Y-%m-%dT%H:%M:%S";  // and a fraction

// What can't be read is as good as now: nothing is old because of it.
Time time_in(const std::string& text, const char* format) {
  std::tm parts{};
  if (::strptime(text.c_str(), format, &parts) == nullptr) return Time::max();
  return from_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

Error misunderstood() {
  return unavailable("OBJECT_STORE_FAILED", "The object store's answer is not understood.");
}

}  // namespace

Body body_of(std::string_view text) {
  Digest md5(Digest::Kind::kMd5);
  md5.add(text);
  return {Payload{text}, sha256_hex(text), md5.raw()};
}

// What every new object is made with.
Pairs Client::new_object(const std::string& key) const {
  Pairs out;
  if (const auto name = class_of(options_, key); !name.empty()) out.emplace_back("x-amz-storage-class", name);
  if (!options_.sse.empty()) out.emplace_back("x-amz-server-side-encryption", options_.sse);
  if (!options_.sse_key_id.empty())
    out.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", options_.sse_key_id);
  return out;
}

// The head of an object. An answer to HEAD has no body to say whose 404 it is, so a byte is asked for then.
Result<HttpReply> Client::stat(const std::string& key) {
  const Ask ask{"head", "HEAD", key, {}, {}, nullptr, {}};
  Ask byte{"head", "GET", key, {}, {{"Range", "bytes=0-0"}}, nullptr, {}};
  byte.sink = [](const HttpReply&, std::string_view) { return true; };
  for (int attempt = 0;; ++attempt) {
    Outcome outcome = once(ask);
    if (!outcome.error) return std::move(outcome.reply);
    if (outcome.reply.status == 404) CH_TRY(call(byte));  // there now: another HEAD will tell
    if (!again(ask, outcome, attempt)) return fail(give_up(ask, outcome));
  }
}

Result<Info> Client::head(const std::string& key) {
  CH_ASSIGN(const auto reply, stat(key));
  const auto bytes = number(reply.header("content-length"));
  if (bytes < 0) return fail(misunderstood());
  return Info{key, bytes, time_in(reply.header("last-modified"), "%a, %d %b %Y %H:%M:%S GMT")};
}

Result<void> Client::put(const std::string& key, const Body& body) {
  Ask ask{"put", "PUT", key, {}, new_object(key), &body, {}};
  ask.headers.emplace_back("x-amz-meta-sha256", body.sha256);
  for (int attempt = 0; attempt < 2; ++attempt) {
    CH_ASSIGN(const auto reply, call(ask));
    if (has(reply, body)) return {};
  }
  return fail(damaged().at("put " + key));
}

Result<void> Client::remove(const std::string& key, bool once) {
  Ask ask{"delete", "DELETE", key, {}, {}, nullptr, {}};
  ask.once = once;
  ask.life = options_.delete_life;
  ask.patience = removal_patience(options_);
  std::chrono::steady_clock::time_point settled{};  // when none can take effect any more
  for (int attempt = 0;; ++attempt) {
    const auto signed_at = std::chrono::steady_clock::now();
    const Outcome outcome = this->once(ask);
    if (may_come_late(outcome.reply, outcome.code)) settled = signed_at + ask.life + kClocksApart;
    if (outcome.error && again(ask, outcome, attempt)) continue;
    std::this_thread::sleep_until(settled);
    if (!outcome.error || outcome.error->code == Code::kNotFound) return {};
    return fail(give_up(ask, outcome));
  }
}

Result<void> Client::remove(const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  std::string text =
      R"(<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
  for (const auto& key : keys) text += "<Object><Key>" + key + "</Key></Object>";
  text += "</Delete>";
  const Body body = body_of(text);
  CH_ASSIGN(const auto reply,
            call({"delete_many", "POST", "", {{"delete", ""}}, {}, &body, {}, options_.patience}));
  std::vector<std::string> left;
  std::string key;
  const auto read = aws::read_xml(reply.body, [&](std::string_view path, const std::string& value) {
    if (path == "DeleteResult/Error/Key") left.push_back(value);
  });
  if (!read) return fail(misunderstood());
  // One by one, with a reason for the first that can't be.
  for (const auto& one : left) CH_TRY(remove(one));
  return {};
}

Result<Client::Page> Client::list(const std::string& prefix, const std::string& after, std::size_t most,
                                  const std::string& token) {
  Pairs query = {{"list-type", "2"}, {"max-keys", std::to_string(std::min<std::size_t>(most, 1000))}};
  if (!prefix.empty()) query.emplace_back("prefix", prefix);
  if (!token.empty()) query.emplace_back("continuation-token", token);
  if (!after.empty() && token.empty()) query.emplace_back("start-after", after);
  CH_ASSIGN(const auto reply, call({"list", "GET", "", std::move(query), {}, nullptr, {}}));
  Page page;
  Info next;
  bool whole = false;
  const auto read = aws::read_xml(reply.body, [&](std::string_view path, const std::string& value) {
    if (path == "ListBucketResult/Contents/Key") next.key = value;
    if (path == "ListBucketResult/Contents/Size") next.bytes = number(value);
    if (path == "ListBucketResult/Contents/LastModified") next.modified = time_in(value, kIsoTime);
    if (path == "ListBucketResult/Contents") page.objects.push_back(std::exchange(next, {}));
    if (path == "ListBucketResult/IsTruncated") page.more = value == "true";
    if (path == "ListBucketResult/NextContinuationToken") page.next = value;
    if (path == "ListBucketResult") whole = true;
  });
  if (!read || !whole) return fail(misunderstood());
  if (page.more && page.objects.empty() && (page.next.empty() || page.next == token)) return fail(misunderstood());
  return page;
}

Result<Client::Parts> Client::begin_parts(const std::string& key) {
  Parts parts{key, {}, Uuid::v7(deps_.clock.now(), deps_.random).text(), {}};
  Ask ask{"begin_parts", "POST", key, {{"uploads", ""}}, new_object(key), nullptr, {}};
  ask.headers.emplace_back("x-amz-meta-mark", parts.mark);
  const Body nothing = body_of("");
  ask.body = &nothing;
  CH_ASSIGN(const auto reply, call(ask));
  parts.upload = aws::xml_text(reply.body, "InitiateMultipartUploadResult/UploadId");
  if (parts.upload.empty()) return fail(misunderstood());
  return parts;
}

Result<void> Client::add_part(Parts& parts, const Body& body) {
  const std::string number = std::to_string(parts.etags.size() + 1);
  const Ask ask{"put_part", "PUT", parts.key, {{"partNumber", number}, {"uploadId", parts.upload}},
                {},         &body, {}};
  for (int attempt = 0; attempt < 2; ++attempt) {
    CH_ASSIGN(const auto reply, call(ask));
    if (!has(reply, body)) continue;
    const std::string etag = unquoted(reply.header("etag"));
    if (etag.empty() || etag.find_first_of("<>&") != std::string::npos) return fail(misunderstood());
    parts.etags.push_back(etag);
    return {};
  }
  return fail(damaged().at("put_part " + parts.key));
}

Result<void> Client::complete_parts(const Parts& parts) {
  std::string text = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (std::size_t i = 0; i < parts.etags.size(); ++i) {
    text += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>&quot;" + parts.etags[i] +
            "&quot;</ETag></Part>";
  }
  text += "</CompleteMultipartUpload>";
  const Body body = body_of(text);
  Ask ask{"complete_parts", "POST", parts.key, {{"uploadId", parts.upload}}, {}, &body, {},
          options_.patience};
  const auto reply = call(ask);
  if (reply && !aws::xml_text(reply->body, "CompleteMultipartUploadResult/ETag").empty()) return {};
  // Whatever was answered, or was not: if the object is there it is whole. When the answer was lost, S3 knows
  // the upload no more.
  const auto ours = is_of(parts);
  if (ours && *ours) return {};
  if (reply) return fail(misunderstood().at("complete_parts " + parts.key));
  if (ours && reply.error().code == Code::kNotFound) {
    return fail(unavailable("OBJECT_STORE_FAILED",
                            "The object store has given up an object in the middle of its parts."));
  }
  return fail(reply.error().code == Code::kNotFound ? ours.error() : reply.error());
}

Result<bool> Client::is_of(const Parts& parts) {
  const auto reply = stat(parts.key);
  if (!reply && reply.error().code == Code::kNotFound) return false;
  if (!reply) return fail(reply.error());
  return reply->header("x-amz-meta-mark") == parts.mark;
}

Result<void> Client::abort_parts(const Parts& parts) {
  const auto reply =
      call({"abort_parts", "DELETE", parts.key, {{"uploadId", parts.upload}}, {}, nullptr, {}});
  if (!reply && reply.error().code != Code::kNotFound) return fail(reply.error());
  return {};
}

Result<Client::BegunPage> Client::list_parts(const std::string& prefix, const BegunPage& after) {
  Pairs query = {{"uploads", ""}, {"max-uploads", "1000"}};
  if (!prefix.empty()) query.emplace_back("prefix", prefix);
  if (!after.next_key.empty()) query.emplace_back("key-marker", after.next_key);
  if (!after.next_upload.empty()) query.emplace_back("upload-id-marker", after.next_upload);
  CH_ASSIGN(const auto reply, call({"list_parts", "GET", "", std::move(query), {}, nullptr, {}}));
  BegunPage page;
  Begun next;
  bool whole = false;
  const auto read = aws::read_xml(reply.body, [&](std::string_view path, const std::string& value) {
    if (path == "ListMultipartUploadsResult/Upload/Key") next.key = value;
    if (path == "ListMultipartUploadsResult/Upload/UploadId") next.upload = value;
    if (path == "ListMultipartUploadsResult/Upload/Initiated") next.when = time_in(value, kIsoTime);
    if (path == "ListMultipartUploadsResult/Upload") page.uploads.push_back(std::exchange(next, {}));
    if (path == "ListMultipartUploadsResult/IsTruncated") page.more = value == "true";
    if (path == "ListMultipartUploadsResult/NextKeyMarker") page.next_key = value;
    if (path == "ListMultipartUploadsResult/NextUploadIdMarker") page.next_upload = value;
    if (path == "ListMultipartUploadsResult") whole = true;
  });
  if (!read || !whole) return fail(misunderstood());
  return page;
}

}  // namespace cliffhanger::blob::s3
