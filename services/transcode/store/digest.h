#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::transcode {

struct FileDigest {
  std::int64_t bytes = 0;
  std::string sha256;
};
// Of a regular file (no symbolic link is followed). Fails with SCRATCH_FAILED.
Result<FileDigest> digest_of_file(const std::string& path);
// The same of the very bytes that `sink` gets, in order and once each, whoever is changing the file meanwhile. An
// error of the sink ends it and is its result.
Result<FileDigest> digest_while(const std::string& path, const std::function<Result<void>(std::string_view)>& sink);

}  // namespace cliffhanger::transcode
