#include "services/edge/uploads/draft_creation.h"

#include <algorithm>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/core/encoding.h"
#include "libs/http/structured.h"
#include "libs/http/target.h"
#include "services/edge/uploads/metadata.h"

namespace cliffhanger::edge {
namespace {

constexpr std::size_t kSha256Bytes = 32;

// The sha-256 of a field of RFC 9530.
Result<std::optional<std::string>> sha256_of(const http::Headers& headers, const char* field,
                                             const char* reason) {
  const auto digests = http::dictionary_bytes(headers, field);
  const auto bad = [&] {
    return fail(
        invalid(reason, std::string(field) + " is sha-256=:…:, the 32 bytes of a SHA-256 in base64."));
  };
  if (!digests) return bad();
  const auto found = digests->find("sha-256");
  if (found == digests->end()) return std::optional<std::string>();
  if (found->second.size() != kSha256Bytes) return bad();
  return std::optional<std::string>(found->second);
}

// Upload-Metadata with the query behind it, in the same form.
Result<std::string> said_of(const http::Request& request) {
  std::string said(request.headers.get("Upload-Metadata"));
  for (const auto& [key, value] : request.query) {
    if (key.find_first_of(" ,") != std::string::npos)
      return fail(invalid("BAD_UPLOAD_METADATA", "A name in the query has a space or a comma."));
    said += (said.empty() ? "" : ",") + key + ' ' + base64_encode(value);
  }
  return said;
}

// The value of a parameter and what comes behind it.
std::string take_value(std::string_view& rest) {
  std::string out;
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find(';'), rest.size());
    out = http::trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return out;
  }
  for (rest.remove_prefix(1); !rest.empty() && rest[0] != '"'; rest.remove_prefix(1)) {
    if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
    out += rest[0];
  }
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  return out;
}

// UTF-8''caf%C3%A9
std::optional<std::string> extended(std::string_view value) {
  const auto language = value.find('\'');
  const auto text = language == value.npos ? value.npos : value.find('\'', language + 1);
  if (text == value.npos || !http::equal_no_case(value.substr(0, language), "UTF-8")) return std::nullopt;
  return http::percent_decode(value.substr(text + 1), false);
}

}  // namespace

std::string media_type(const http::Headers& headers) {
  const auto field = headers.get("Content-Type");
  std::string out(http::trim(field.substr(0, field.find(';'))));
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string disposition_filename(std::string_view field) {
  std::string plain;
  field.remove_prefix(std::min(field.find(';'), field.size()));
  while (field.starts_with(';')) {
    field.remove_prefix(1);
    const auto equals = field.find('=');
    if (equals == field.npos) break;
    const auto name = http::trim(field.substr(0, equals));
    field.remove_prefix(equals + 1);
    field = field.substr(std::min(field.find_first_not_of(" \t"), field.size()));
    const std::string value = take_value(field);
    if (http::equal_no_case(name, "filename*")) {
      if (auto decoded = extended(value)) return std::move(*decoded);
    } else if (http::equal_no_case(name, "filename") && http::is_utf8(value)) {
      plain = value;
    }
  }
  return plain;
}

Result<void> describe_file(const http::Request& request, ingest::v1::CreateUploadRequest& out) {
  const auto coding = request.headers.find("Content-Encoding");
  if (coding && !http::equal_no_case(*coding, "identity"))
    return fail(invalid("UNSUPPORTED_MEDIA_TYPE", "A film is uploaded as it is, with no Content-Encoding."));
  CH_ASSIGN(const auto said, said_of(request));
  CH_ASSIGN(const auto metadata, parse_metadata(said));
  CH_TRY(describe_file(metadata, out));
  out.set_metadata(said);
  if (out.filename().empty())
    out.set_filename(disposition_filename(request.headers.get("Content-Disposition")));
  const auto type = media_type(request.headers);
  if (out.content_type().empty() && type != kPartialUpload) out.set_content_type(type);
  CH_ASSIGN(const auto digest, sha256_of(request.headers, "Repr-Digest", "BAD_DIGEST"));
  if (digest && !out.sha256().empty() && out.sha256() != hex_encode(*digest))
    return fail(invalid("BAD_DIGEST", "Repr-Digest and sha256 are two digests."));
  if (digest) out.set_sha256(hex_encode(*digest));
  return {};
}

Result<std::optional<Checksum>> content_digest(const http::Headers& headers) {
  CH_ASSIGN(auto digest, sha256_of(headers, "Content-Digest", "BAD_CHECKSUM"));
  if (!digest) return std::optional<Checksum>();
  return std::optional<Checksum>(Checksum::sha256(std::move(*digest)));
}

}  // namespace cliffhanger::edge
