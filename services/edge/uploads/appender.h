#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/blob/blob.h"
#include "libs/core/clock.h"
#include "libs/http/message.h"
#include "libs/rpc/client.h"
#include "libs/rpc/pool.h"
#include "services/edge/api/admission.h"
#include "services/edge/uploads/checksum.h"

namespace cliffhanger::edge {

// The right to append to an upload, from ingest's BeginAppend.
struct AppendGrant {
  std::string upload_id;
  std::int64_t epoch = 0;
  std::int64_t offset = 0;  // where the body goes on
  std::int64_t length = 0;  // of the whole upload, or the most that it may have
  std::string key_prefix;
};

// How one body is taken.
struct AppendOptions {
  std::optional<Checksum> checksum;
  // Bytes beyond the length: whether the last part is dropped with them (LENGTH_EXCEEDED), or they alone.
  bool exact = false;
  // Told of each offset that is acknowledged before the body is over, on the connection's thread.
  std::function<void(std::int64_t)> acknowledged;
  // Asked before each piece is taken, where the permission may end while the body arrives: what it fails with ends the body.
  std::function<http::Task<Result<void>>()> still_may;
};

// Streams a request's body into the object store, part by part, and has ingest commit each: a part's bytes
// are durable before ingest hears of it, and an offset is acknowledged only when ingest has committed it.
// When the peer breaks off, what arrived is committed all the same, unless the body has a checksum: then it
// is committed as a whole or not at all. A part that ingest didn't commit (or whose answer was lost) stays
// where it is: it may be committed after all, and ingest removes what is left over when the upload ends.
// Those of which ingest never heard, since the checksum was wrong, never came or one before them didn't
// count, are removed.
class Appender {
 public:
  // All outlive it. `ingest` calls with a service token.
  struct Deps {
    blob::Store& store;
    rpc::Pool& pool;
    rpc::Client ingest;
    Admission& admission;  // where commits are counted
    const Clock& clock;
  };
  explicit Appender(Deps deps) : deps_(std::move(deps)) {}

  struct Outcome {
    std::int64_t offset = 0;  // acknowledged in all
    std::int64_t expires = 0;  // when it is removed without more bytes, seconds since 1970; 0: not told
    bool complete = false;       // that was the last byte of the upload
    std::optional<Error> error;  // why it ended, unless the body ended well
  };
  // `call` says on whose behalf; its deadline is set anew for each part. Fails with CHECKSUM_MISMATCH,
  // UPLOAD_TOO_LARGE and LENGTH_EXCEEDED too.
  http::Task<Outcome> append(http::Body& body, Call call, AppendGrant grant, AppendOptions options = {});

 private:
  struct Part;
  struct Piece;
  struct Stored;
  struct Progress;
  http::Task<Piece> fill(http::Body& body, std::span<char> buffer, const Part* part);
  Result<void> write(std::unique_ptr<Part>& part, const AppendGrant& grant, std::int64_t offset,
                     std::string_view bytes);
  Result<void> take(Progress& progress, const AppendGrant& grant, std::int64_t offset,
                    std::string_view bytes);
  Result<void> finish_part(Progress& progress, const Call& call, const AppendGrant& grant);
  Result<void> settle(Progress& progress, bool whole, const Call& call, const AppendGrant& grant);
  Result<void> drop_held(Progress& progress);
  Result<void> spoil(Progress& progress, const Call& call, const AppendGrant& grant);
  Result<void> commit(const Stored& part, Progress& progress, const Call& call, const AppendGrant& grant);

  const Deps deps_;
};

}  // namespace cliffhanger::edge
