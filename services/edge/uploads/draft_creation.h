#pragma once
// What a creation by the IETF draft says of its file. The draft leaves that to the resource: here it is
// Upload-Metadata as in tus, the query, and the fields that HTTP has for it (Content-Type,
// Content-Disposition, Repr-Digest).
#include <optional>

#include "libs/http/message.h"
#include "services/edge/uploads/checksum.h"

namespace cliffhanger::ingest::v1 {
class CreateUploadRequest;
}

namespace cliffhanger::edge {

inline constexpr std::string_view kPartialUpload = "application/partial-upload";

// The type, in lower case, without its parameters.
std::string media_type(const http::Headers& headers);

// Everything but the length. A key in Upload-Metadata and in the query is an error; what either says goes
// before the fields. Fails with BAD_UPLOAD_METADATA, BAD_DIGEST, UNSUPPORTED_MEDIA_TYPE (of an encoded file).
Result<void> describe_file(const http::Request& request, ingest::v1::CreateUploadRequest& out);

// The file's name in a Content-Disposition (RFC 6266), filename* (RFC 8187, UTF-8) before filename; empty if
// there is none that can be read.
std::string disposition_filename(std::string_view field);

// Content-Digest (RFC 9530): its sha-256, if it has one. Fails with BAD_CHECKSUM.
Result<std::optional<Checksum>> content_digest(const http::Headers& headers);

}  // namespace cliffhanger::edge
