#pragma once
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::transcode {

// SHA-256 in lower-case hex.
std::string sha256_hex(std::string_view text);

struct FileDigest {
  std::int64_t bytes = 0;
  std::string sha256;
};
// Of a regular file (no symbolic link is followed). Fails with SCRATCH_FAILED.
Result<FileDigest> digest_of_file(const std::string& path);

}  // namespace cliffhanger::transcode
