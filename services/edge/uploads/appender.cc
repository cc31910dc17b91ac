#include "services/edge/uploads/appender.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "cliffhanger/ingest/v1/ingest_service.pb.h"
#include "libs/digest/sha256.h"
#include "libs/http/await.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

// Unique among all writers there ever are of one upload: epochs are.
std::string part_key(const AppendGrant& grant, std::int64_t offset) {
  std::string at = std::to_string(offset);
  at.insert(0, at.size() < 15 ? 15 - at.size() : 0, '0');
  return grant.key_prefix + at + '-' + std::to_string(grant.epoch);
}

// Whether there is a byte more.
http::Task<bool> goes_on(http::Body& body) {
  char beyond;
  const auto more = co_await body.read({&beyond, 1});
  co_return more && *more > 0;
}

bool is_over_quota(const Error& why) {
  return why.reason == "QUOTA_EXCEEDED" || why.reason == "TENANT_QUOTA_EXCEEDED";
}

}  // namespace

struct Appender::Part {
  std::string key;
  std::unique_ptr<blob::Writer> writer;
  Sha256 digest;
  std::int64_t offset;
  std::int64_t bytes = 0;
  Time begun;
};

// A part that is durable.
struct Appender::Stored {
  std::string key;
  std::int64_t offset = 0, bytes = 0;
  std::string sha256;
};

// How far a body is.
struct Appender::Progress {
  Outcome outcome;
  std::unique_ptr<Part> part;  // that is being written
  std::optional<Checksum> checksum;
  std::deque<Stored> held;  // waits for the checksum
};

// What one filling of the buffer gave.
struct Appender::Piece {
  std::size_t bytes = 0;
  bool ended = false;          // cleanly
  std::optional<Error> error;  // or not
};

// Reads until the buffer is full, the body is over, or the part is old enough to be committed.
http::Task<Appender::Piece> Appender::fill(http::Body& body, std::span<char> buffer, const Part* part) {
  Piece piece;
  while (piece.bytes < buffer.size()) {
    auto got = co_await body.read(buffer.subspan(piece.bytes));
    if (!got) {
      piece.error = std::move(got).error();
      break;
    }
    piece.ended = *got == 0;
    piece.bytes += *got;
    if (piece.ended || (part && deps_.clock.now() - part->begun >= kPartAge)) break;
  }
  co_return piece;
}

Result<void> Appender::write(std::unique_ptr<Part>& part, const AppendGrant& grant, std::int64_t offset,
                             std::string_view bytes) {
  if (!part) {
    auto key = part_key(grant, offset);
    CH_ASSIGN(auto writer, deps_.store.create(key));
    part.reset(new Part{std::move(key), std::move(writer), {}, offset, 0, deps_.clock.now()});
  }
  CH_TRY(part->writer->write(bytes));
  part->digest.add(bytes);
  part->bytes += static_cast<std::int64_t>(bytes.size());
  return {};
}

// A part is durable from here on.
Result<void> Appender::finish_part(Progress& progress, const Call& call, const AppendGrant& grant) {
  Part& part = *progress.part;
  CH_TRY(part.writer->publish());
  Stored stored{part.key, part.offset, part.bytes, part.digest.hex()};
  progress.part.reset();
  if (progress.checksum) {
    progress.held.push_back(std::move(stored));
    return {};
  }
  return commit(stored, progress, call, grant);
}

Result<void> Appender::commit(const Stored& part, Progress& progress, const Call& call,
                              const AppendGrant& grant) {
  ingest::v1::CommitPartRequest request;
  request.set_upload_id(grant.upload_id);
  request.set_epoch(grant.epoch);
  request.set_offset(part.offset);
  request.set_length(part.bytes);
  request.set_sha256(part.sha256);
  request.set_object_key(part.key);
  const auto place = deps_.admission.hold();
  auto timed = call;
  timed.deadline = std::chrono::steady_clock::now() + kDoorDeadline;
  const auto answer = deps_.ingest.call<ingest::v1::CommitPartResponse>(timed, request);
  if (!answer) {
    // It counts nowhere. Of what else fails nobody knows whether it was committed.
    if (is_over_quota(answer.error())) (void)deps_.store.remove(part.key);
    return fail(answer.error());
  }
  progress.outcome.offset = answer->offset();
  progress.outcome.expires = answer->expire_time().seconds();
  progress.outcome.complete = answer->complete();
  return {};
}

Result<void> Appender::take(Progress& progress, const AppendGrant& grant, std::int64_t offset,
                            std::string_view bytes) {
  if (bytes.empty()) return {};
  if (progress.checksum) progress.checksum->add(bytes);
  return write(progress.part, grant, offset, bytes);
}

// The body is over. Of one with a checksum nothing counts unless it is `whole` and what was promised.
Result<void> Appender::settle(Progress& progress, bool whole, const Call& call, const AppendGrant& grant) {
  if (!progress.checksum) return {};
  const bool good = whole && progress.checksum->matches();
  while (good && !progress.held.empty()) {
    const Stored next = std::move(progress.held.front());
    progress.held.pop_front();
    CH_TRY(commit(next, progress, call, grant));  // without it, none that comes after it can count
  }
  if (good || !whole) return {};
  return fail(invalid("CHECKSUM_MISMATCH",
                      "The bytes that arrived are not those of Upload-Checksum; send them again."));
}

// Ingest never heard of these, and so nobody counts them: as much as a whole film, of whoever sends one and
// breaks off. The first that can't be removed ends it, or a store that hangs would hold the edge up for each
// of thousands: what is left goes with the upload.
Result<void> Appender::drop_held(Progress& progress) {
  for (const auto& stored : std::exchange(progress.held, {}))
    if (!deps_.store.remove(stored.key)) break;
  return {};
}

// Nobody can say which bytes of such a body are meant.
Result<void> Appender::spoil(Progress& progress, const Call& call, const AppendGrant& grant) {
  progress.part.reset();
  CH_TRY(settle(progress, false, call, grant));
  return fail(invalid("LENGTH_EXCEEDED", "More bytes came than the upload's length; the upload is void."));
}

http::Task<Appender::Outcome> Appender::append(http::Body& body, Call call, AppendGrant grant,
                                               AppendOptions options) {
  Progress progress{{grant.offset, 0, false, {}}, nullptr, std::move(options.checksum), {}};
  auto& outcome = progress.outcome;
  const auto& part = progress.part;
  std::vector<char> buffer(kUploadBuffer);
  for (std::int64_t at = grant.offset;;) {
    const auto room = std::min(kPartBytes - (part ? part->bytes : 0), grant.length - at);
    const std::span<char> space(buffer.data(),
                                static_cast<std::size_t>(std::min<std::int64_t>(room, kUploadBuffer)));
    const auto piece = co_await fill(body, space, part.get());
    if (options.still_may) {
      if (auto may = co_await options.still_may(); !may) {
        outcome.error = std::move(may).error();
        break;
      }
    }
    const auto now_at = at + static_cast<std::int64_t>(piece.bytes);
    const bool over = piece.ended || piece.error || now_at == grant.length;
    const bool spoilt = options.exact && now_at == grant.length && co_await goes_on(body);
    const auto before = outcome.offset;
    auto done = co_await http::run_blocking(deps_.pool, [&]() -> Result<void> {
      CH_TRY(take(progress, grant, at, {buffer.data(), piece.bytes}));
      if (spoilt) return spoil(progress, call, grant);
      const bool full =
          part && (over || part->bytes >= kPartBytes || deps_.clock.now() - part->begun >= kPartAge);
      if (full) CH_TRY(finish_part(progress, call, grant));
      return over ? settle(progress, !piece.error, call, grant) : Result<void>();
    });
    at = now_at;
    outcome.error = done ? piece.error : std::optional<Error>(std::move(done).error());
    if (!done || over) break;
    if (options.acknowledged && outcome.offset > before) options.acknowledged(outcome.offset);
  }
  if (!progress.held.empty())
    (void)co_await http::run_blocking(deps_.pool, [&] { return drop_held(progress); });
  if (outcome.error || options.exact || outcome.offset < grant.length) co_return outcome;
  if (co_await goes_on(body))
    outcome.error =
        invalid("UPLOAD_TOO_LARGE", "More bytes came than the upload's length; those within it were kept.");
  co_return outcome;
}

}  // namespace cliffhanger::edge
