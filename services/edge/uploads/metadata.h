#pragma once
#include <map>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::ingest::v1 {
class CreateUploadRequest;
}

namespace cliffhanger::edge {

// tus's field Upload-Metadata: "key base64,key base64", a value may be missing. Keys are unique; values
// become UTF-8 text. Fails with BAD_UPLOAD_METADATA.
Result<std::map<std::string, std::string>> parse_metadata(std::string_view field);

// What a creator's program says of a file, the field's values by the keys episode_id, filename, filetype, sha256, purpose, language and
// label, into the request for its upload. Fails with BAD_UPLOAD_METADATA.
Result<void> describe_file(const std::map<std::string, std::string>& said, ingest::v1::CreateUploadRequest& out);

}  // namespace cliffhanger::edge
