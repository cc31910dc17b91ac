#pragma once
#include <map>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::edge {

// tus's field Upload-Metadata: "key base64,key base64", a value may be missing. Keys are unique; values
// become UTF-8 text. Fails with BAD_UPLOAD_METADATA.
Result<std::map<std::string, std::string>> parse_metadata(std::string_view field);

}  // namespace cliffhanger::edge
