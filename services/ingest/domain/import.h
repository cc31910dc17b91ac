#pragma once
// An upload whose bytes the house fetches itself: what it fetches, and when it tries again or gives up.
#include <chrono>
#include <optional>

#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

struct ImportJob {
  std::string url;        // may hold a signature: empty once no more bytes come
  std::string shown_url;  // without its query, for people
  std::string validator;  // of the file that the bytes so far are of (a strong ETag or Last-Modified); empty:
                          // they can't be gone on with
  std::int64_t furthest = 0;                    // the highest offset that any attempt reached
  int failures = 0;                             // attempts in a row that got nowhere
  std::string trouble_reason, trouble_message;  // of the last attempt, while it is tried again
  Time deadline{};                              // of the whole import
  bool operator==(const ImportJob&) const = default;
};

// What a deployment takes.
struct ImportPolicy {
  std::int64_t most_of_one = 0;            // a creator's imports at once; 0: nobody may import
  std::chrono::seconds most_time{43'200};  // for one import, with all its attempts
};

// The bytes that may follow from a file of `length` bytes (none: not known) begin at 0 again: what came
// before doesn't count, and earlier writers are fenced. Fails with UPLOAD_NOT_RECEIVING, UPLOAD_EMPTY,
// UPLOAD_TOO_LARGE.
Result<void> start_over(Upload& upload, std::optional<std::int64_t> length, const Policy& policy, Time now);

// All bytes are here whose number nobody said: they move to verifying. Fails with UPLOAD_NOT_RECEIVING,
// STALE_EPOCH and UPLOAD_EMPTY.
Result<void> end_of_file(Upload& upload, std::int64_t epoch);

// An attempt ended early for a reason that may pass. When the next may begin, or none: it failed
// kImportFailures times without getting any further (by kImportProgress; if it stalled, by kImportSlowProgress,
// so that a server that is only just too slow doesn't go on for ever), or its time would be over by then. A
// server that says when (metadata retry_after_ms) is not asked before.
std::optional<Duration> after_failure(ImportJob& job, const Upload& upload, const Error& why, Time now);

}  // namespace cliffhanger::ingest
