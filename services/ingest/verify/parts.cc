#include "services/ingest/verify/parts.h"

#include <algorithm>

#include "libs/digest/sha256.h"
#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {
namespace {

Error lost(const char* reason, const char* message) {
  return Error{Code::kDataLoss, reason, message, {}, {}, {}};
}

Error stopped() { return aborted("LEASE_LOST", "The task ends here for this worker."); }

}  // namespace

Result<void> copy_parts(blob::Store& blobs, const std::vector<Part>& parts, const std::string& key, std::int64_t bytes,
                        const std::stop_token& stop) {
  CH_ASSIGN(auto writer, blobs.create(key));
  std::string buffer(kCopyPiece, '\0');
  std::int64_t copied = 0;
  for (const auto& part : parts) {
    if (copied == bytes) break;
    CH_ASSIGN(const auto object, blobs.open(part.object_key));
    if (part.offset != copied || object.size() != part.length)
      return fail(lost("PART_DAMAGED", "A part is not what was acknowledged."));
    const std::int64_t wanted = std::min(part.length, bytes - copied);
    for (std::int64_t from = 0; from < wanted;) {
      const auto most = static_cast<std::size_t>(std::min<std::int64_t>(kCopyPiece, wanted - from));
      CH_ASSIGN(const std::string_view piece, object.read(from, std::span(buffer).first(most)));
      from += static_cast<std::int64_t>(piece.size());
      CH_TRY(writer->write(piece));
    }
    copied += wanted;
    if (stop.stop_requested()) return fail(stopped());
  }
  if (copied != bytes) return fail(lost("PART_MISSING", "Parts are missing."));
  return writer->publish();
}

Result<Digests> digests_of(const blob::Opened& object, std::int64_t head, const std::stop_token& stop) {
  Sha256 whole, beginning;
  std::string buffer(kCopyPiece, '\0');
  for (std::int64_t at = 0; at < object.size();) {
    CH_ASSIGN(const std::string_view piece, object.read(at, std::span(buffer)));
    whole.add(piece);
    if (at < head) beginning.add(piece.substr(0, static_cast<std::size_t>(head - at)));
    at += static_cast<std::int64_t>(piece.size());
    if (stop.stop_requested()) return fail(stopped());
  }
  return Digests{whole.hex(), beginning.hex()};
}

}  // namespace cliffhanger::ingest
