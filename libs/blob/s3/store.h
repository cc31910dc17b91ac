#pragma once
// The object store on S3, behind the interface of blob.h. How its promises are kept here is described in
// docs/decisions/0021.
#include <memory>

#include "libs/blob/blob.h"
#include "libs/blob/s3/client.h"

namespace cliffhanger::blob::s3 {

// Nothing is asked of S3 yet: Store::ready() tells whether the bucket can be used. What `deps` names outlives
// it. Fails as check() does, and with OBJECT_STORE_FAILED when there can't be a cache.
Result<std::unique_ptr<Store>> open_store(Options options, Client::Deps deps);

}  // namespace cliffhanger::blob::s3
