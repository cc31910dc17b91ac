#pragma once
// How many bytes a creator may have with the house.
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

// The bytes that an upload counts with: its length, or, while that is left open, what has arrived, from its creation until it is given up,
// rejected or its episode deleted. Of a partial one until it is joined: then they are the whole's.
std::int64_t counted(const Upload& upload);

// Whether a creator's `stored` may grow from what it is, of which an upload is `before`, to the upload with `after` bytes. Fails with
// QUOTA_EXCEEDED (metadata `used_bytes`, `limit_bytes`, `wanted_bytes`). Nothing that doesn't grow fails.
Result<void> check_quota(const Storage& stored, std::int64_t before, std::int64_t after, const Policy& policy);

// The same for `upload`, which counted with `before` in the library, under a lock of its creator's that lasts until the transaction ends:
// however many grow at once, they don't pass the limit together. The last lock that a transaction takes.
Result<void> take_storage(Library& library, const Upload& upload, std::int64_t before, const Policy& policy);

// Whether `upload`, whose length is left open, may get one byte more, under the same lock. Fails with QUOTA_EXCEEDED. Its bytes are written
// before they can be counted: a creator who has no room left is told before the first.
Result<void> check_room(Library& library, const Upload& upload, const Policy& policy);

}  // namespace cliffhanger::ingest
