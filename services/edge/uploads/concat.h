#pragma once
// Upload-Concat of tus 1.0: a file that is sent in several uploads at once.
// https://tus.io/protocols/resumable-upload#concatenation
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::ingest::v1 {
class Upload;
}

namespace cliffhanger::edge {

struct Concat {
  bool partial = false;
  std::vector<std::string> final_of;  // ids, in the order of their bytes
};

// `field` is empty, "partial", or "final;" and the partial uploads' URLs, absolute or not, with spaces between. Fails with
// BAD_UPLOAD_CONCAT.
Result<Concat> parse_concat(std::string_view field);
// The same of an upload that exists; empty for what is neither.
std::string format_concat(const ingest::v1::Upload& upload);

}  // namespace cliffhanger::edge
