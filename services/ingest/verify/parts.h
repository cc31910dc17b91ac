#pragma once
// Parts become an object.
#include <stop_token>
#include <vector>

#include "libs/blob/blob.h"
#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

// Writes the first `bytes` of what the parts hold as the object `key`, durable. Fails with PART_DAMAGED, PART_MISSING (there are not so
// many), LEASE_LOST if `stop` was requested, and what the store fails with.
Result<void> copy_parts(blob::Store& blobs, const std::vector<Part>& parts, const std::string& key, std::int64_t bytes,
                        const std::stop_token& stop);

struct Digests {
  std::string sha256;       // hex
  std::string head_sha256;  // of the first `head` bytes
};
// Of what an object holds. Fails with LEASE_LOST if `stop` was requested, and what the store fails with.
Result<Digests> digests_of(const blob::Opened& object, std::int64_t head, const std::stop_token& stop);

}  // namespace cliffhanger::ingest
