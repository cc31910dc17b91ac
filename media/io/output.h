// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Complete files into the folder that was inherited.
#include <cstdint>
#include <span>
#include <string>

#include "libs/core/result.h"

namespace cliffhanger::media {

struct Written {
  std::int64_t bytes = 0;
  std::string sha256;  // hex
};

// The output folder: a directory descriptor, borrowed. Safe from many threads for different names.
class Folder {
 public:
  explicit Folder(int fd) : fd_(fd) {}
  // Makes or replaces the file. Fails with MEDIA_OUTPUT, as on a full disk.
  Result<Written> write(const std::string& name, std::span<const std::uint8_t> bytes) const;

 private:
  int fd_;
};

}  // namespace cliffhanger::media
