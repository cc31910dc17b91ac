#include "services/ingest/verify/parts.h"

#include <algorithm>

#include "libs/digest/sha256.h"
#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {
namespace {

Error lost(const char* reason, const char* message) {
  return Error{Code::kDataLoss, reason, message, {}, {}, {}};
}

}  // namespace

Result<Copied> copy_parts(blob::Store& blobs, const std::vector<Part>& parts, const std::string& key,
                          std::int64_t bytes, std::int64_t head, const std::stop_token& stop) {
  CH_ASSIGN(auto writer, blobs.create(key));
  Sha256 whole, beginning;
  std::string buffer(kCopyPiece, '\0');
  Copied out;
  for (const auto& part : parts) {
    if (out.bytes == bytes) break;
    CH_ASSIGN(const auto object, blobs.open(part.object_key));
    if (part.offset != out.bytes || object.size() != part.length)
      return fail(lost("PART_DAMAGED", "A part is not what was acknowledged."));
    const std::int64_t wanted = std::min(part.length, bytes - out.bytes);
    for (std::int64_t from = 0; from < wanted;) {
      const auto most = static_cast<std::size_t>(std::min<std::int64_t>(kCopyPiece, wanted - from));
      CH_ASSIGN(const std::string_view piece, object.read(from, std::span(buffer).first(most)));
      whole.add(piece);
      if (out.bytes < head) beginning.add(piece.substr(0, static_cast<std::size_t>(head - out.bytes)));
      from += static_cast<std::int64_t>(piece.size());
      CH_TRY(writer->write(piece));
      out.bytes += static_cast<std::int64_t>(piece.size());
    }
    if (stop.stop_requested()) return fail(aborted("LEASE_LOST", "The task ends here for this worker."));
  }
  if (out.bytes != bytes) return fail(lost("PART_MISSING", "Parts are missing."));
  CH_TRY(writer->publish());
  out.sha256 = whole.hex();
  out.head_sha256 = beginning.hex();
  return out;
}

}  // namespace cliffhanger::ingest
