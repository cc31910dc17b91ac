// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Complete files into the folder that was inherited.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/process.h"

namespace cliffhanger::media {

struct Written {
  std::int64_t bytes = 0;
  std::string sha256;  // hex
};

// All files that a job will write, opened before the first byte of the source is looked at: from then on the
// process can open nothing. Safe from many threads for different names.
class Outputs {
 public:
  // Makes or empties these files in the directory at descriptor `folder`, which is borrowed and needed no
  // longer. Raises the process's bound of open files to what they take. Fails with MEDIA_OUTPUT.
  static Result<Outputs> open(int folder, const std::vector<std::string>& names);
  // The whole content of one of the files, which is then closed: once for each. Fails with MEDIA_OUTPUT, as
  // on a full disk, and with MEDIA_INTERNAL for a file that was not opened or is written already.
  Result<Written> write(const std::string& name, std::span<const std::uint8_t> bytes);

 private:
  Outputs() = default;
  std::map<std::string, Fd> files_;
};

}  // namespace cliffhanger::media
