#pragma once
// Lines into a gzip member and out of one, in bounded memory.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/blob/blob.h"

namespace cliffhanger::insight {

// Compresses what it is given into an object that is being written. The writer outlives it.
class GzipWriter {
 public:
  explicit GzipWriter(blob::Writer& to);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  Result<void> write(std::string_view bytes);
  // Ends the member; the object is not published yet.
  Result<void> finish();
  // Compressed, so far; some tens of kilobytes behind what was written.
  std::int64_t bytes() const { return bytes_; }

 private:
  struct State;
  Result<void> pump(int flush);
  blob::Writer& to_;
  std::unique_ptr<State> state_;
  std::int64_t bytes_ = 0;
};

// Calls `each` with every line of a gzip member, without its end, in order; stops at its first failure. A line is 64 KiB at most. Fails with
// EXPORT_UNREADABLE if this is none or it is cut short.
Result<void> each_gzip_line(const blob::Opened& object,
                            const std::function<Result<void>(std::string_view)>& each);

}  // namespace cliffhanger::insight
