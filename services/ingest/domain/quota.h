#pragma once
// How many bytes a creator may have with the house, and all creators of a tenant together.
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

// The bytes that an upload counts with: its length, or, while that is left open, what has arrived, from its
// creation until it is given up, rejected or its episode deleted. Of a partial one until it is joined: then
// they are the whole's.
std::int64_t counted(const Upload& upload);

// Whether a creator's `stored` may grow from what it is, of which an upload is `before`, to the upload with
// `after` bytes. Fails with QUOTA_EXCEEDED (metadata `used_bytes`, `limit_bytes`, `wanted_bytes`). Nothing
// that doesn't grow fails.
Result<void> check_quota(const Storage& stored, std::int64_t before, std::int64_t after,
                         const Policy& policy);

// The same for what all creators of a tenant have `stored` together. Fails with TENANT_QUOTA_EXCEEDED
// (metadata `limit_bytes`, `wanted_bytes`): what others store is no business of the one who is refused.
Result<void> check_tenant_quota(const Storage& stored, std::int64_t before, std::int64_t after,
                                const Policy& policy);

// Both for `upload`, which counted with `before` in the library, under a lock of its creator's, and of the
// tenant's if that has a limit, that last until the transaction ends: however many grow at once, at whatever
// replica, they don't pass a limit together. The last locks that a transaction takes, in this order.
Result<void> take_storage(Library& library, const Upload& upload, std::int64_t before, const Policy& policy);

// Whether `upload`, whose length is left open, may get one byte more, as it looks now: nothing is reserved,
// so nobody waits for it either. Fails with QUOTA_EXCEEDED and TENANT_QUOTA_EXCEEDED. Its bytes are written
// before they can be counted: where there is no room left that is told before the first.
Result<void> check_room(Library& library, const Upload& upload, const Policy& policy);

// Whether the caller may read what the creators of `tenant` store together (an operator of it, or of the
// house), and whether they may set its limit: operators of the house alone, since a tenant's own would set
// what they pay for. Fail with NOT_THE_HOUSE.
Result<void> check_may_read(const Caller& caller, const Tenant& tenant);
Result<void> check_may_limit(const Caller& caller);

}  // namespace cliffhanger::ingest
