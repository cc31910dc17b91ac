#include "services/ingest/domain/import.h"

#include <algorithm>
#include <charconv>

#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {
namespace {

Duration asked_for(const Error& why) {
  std::int64_t ms = 0;
  if (const auto said = why.metadata.find("retry_after_ms"); said != why.metadata.end())
    std::from_chars(said->second.data(), said->second.data() + said->second.size(), ms);
  return std::chrono::milliseconds(ms);
}

}  // namespace

Result<void> start_over(Upload& upload, std::optional<std::int64_t> length, const Policy& policy, Time now) {
  if (upload.state != State::kReceiving) return fail(not_receiving(upload));
  if (length && *length <= 0) return fail(empty_upload());
  if (length && *length > policy.most_bytes) return fail(too_large(policy));
  upload.length = length.value_or(0);
  upload.offset = 0;
  upload.part_count = 0;
  upload.expires = now + kExpiresAfter;
  ++upload.epoch;
  return {};
}

Result<void> end_of_file(Upload& upload, std::int64_t epoch) {
  if (upload.state != State::kReceiving) return fail(not_receiving(upload));
  if (upload.epoch != epoch) return fail(stale_epoch());
  if (upload.offset == 0) return fail(empty_upload());
  upload.length = upload.offset;
  upload.state = State::kVerifying;
  return {};
}

std::optional<Duration> after_failure(ImportJob& job, const Upload& upload, const Error& why, Time now) {
  const auto progress = why.reason == "IMPORT_STALLED" ? kImportSlowProgress : kImportProgress;
  if (upload.offset >= job.furthest + progress) job.failures = 0;
  job.furthest = std::max(job.furthest, upload.offset);
  job.trouble_reason = why.reason;
  job.trouble_message = why.message;
  if (++job.failures >= kImportFailures) return std::nullopt;
  const Duration backoff = std::min<Duration>(kImportBackoff * (1 << (job.failures - 1)), kImportMostBackoff);
  const Duration delay = std::max(backoff, asked_for(why));
  if (now + delay >= job.deadline) return std::nullopt;
  return delay;
}

}  // namespace cliffhanger::ingest
