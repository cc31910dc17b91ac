#pragma once
#include "libs/bus/outbox.h"
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

// `upload`, held in this transaction, can't be used: says why, tells the house (UploadRejected), and has its
// files removed.
Result<void> reject_upload(sql::Tx& tx, Library& library, bus::Outbox& outbox, Random& random, Upload upload,
                           const Error& why);

}  // namespace cliffhanger::ingest
