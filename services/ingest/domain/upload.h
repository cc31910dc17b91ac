#pragma once
// The life of an upload: receiving → verifying → ready, or rejected; terminated by its creator or by time while it receives. A partial one:
// receiving → joined.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"

namespace cliffhanger::ingest {

enum class State { kReceiving, kVerifying, kReady, kRejected, kTerminated, kJoined };
std::string_view to_text(State state);
Result<State> parse_state(std::string_view text);

// What an upload is for: the episode's video, the sound of another language beside it, or a piece of a file that is sent in several uploads
// at once.
enum class Purpose { kVideo, kDub, kPartial };
std::string_view to_text(Purpose purpose);
Result<Purpose> parse_purpose(std::string_view text);  // fails with BAD_STATE

struct Upload {
  UploadId id;
  Tenant tenant;
  UserId owner;
  EpisodeId episode;               // the nil UUID for a partial one
  std::optional<SeriesId> series;  // none: not known, of an older build
  std::string filename, content_type;
  std::int64_t length = 0;  // 0: left open
  std::int64_t offset = 0;  // bytes acknowledged
  std::int64_t epoch = 0;   // of the newest writer
  std::int64_t part_count = 0;
  State state = State::kReceiving;
  std::string failure_reason, failure_message;
  std::optional<SourceId> source;
  std::string sha256;           // of the whole: what the creator promised, later what it is
  std::int64_t head_bytes = 0;  // of its beginning, of which the house was told before the rest had arrived; 0: it wasn't
  Time created{}, expires{};
  Purpose purpose = Purpose::kVideo;
  std::string language, label;  // of a dub
  std::string metadata;         // what its client said of it, as it was sent
  bool of_partials = false;     // it was created of partial ones
  std::optional<UploadId> joined;  // of a partial one: which upload its bytes are part of,
  int place = 0;                   // and which of that one's partials it is
  bool imported = false;           // its bytes are fetched by the house; see import.h
  bool operator==(const Upload&) const = default;
};

// A piece of an upload that is durable in the object store.
struct Part {
  std::int64_t epoch = 0;
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::string sha256;
  std::string object_key;
};

// What a deployment takes.
struct Policy {
  std::int64_t most_bytes = 0;
  std::int64_t head_bytes = 0;  // the beginning of a large file on which work may start: see head_of(); 0: none
  std::int64_t quota_bytes = 0;  // that a creator may store who has no limit of their own; 0: any number
  std::int64_t tenant_quota_bytes =
      0;  // that all creators of a tenant without a limit of its own may store together; 0: any number
};

struct NewUpload {
  EpisodeId episode;
  std::int64_t length = 0;
  std::string filename, content_type, sha256;
  std::optional<SeriesId> series = {};
  Purpose purpose = Purpose::kVideo;
  std::string language = {}, label = {};
  bool length_deferred = false;
  std::string metadata = {};
  bool imported = false;
};

// What several rules refuse with.
Error not_receiving(const Upload& upload);  // UPLOAD_NOT_RECEIVING
Error too_large(const Policy& policy);      // UPLOAD_TOO_LARGE
Error empty_upload();                       // UPLOAD_EMPTY
Error stale_epoch();                        // STALE_EPOCH

// Fails with EPISODE_REQUIRED, UPLOAD_EMPTY, UPLOAD_TOO_LARGE, UPLOAD_TYPE_REFUSED, BAD_DIGEST; for a dub with LANGUAGE_REQUIRED and BAD_LABEL.
Result<Upload> create(const Caller& caller, const NewUpload& wanted, const Policy& policy, UploadId id, Time now);

// An upload that is complete at once: the partial ones behind one another, which are joined by it. Their lengths are its length. Fails as
// create() and with BAD_PARTIALS (none, or one twice), NOT_A_PARTIAL, PARTIAL_INCOMPLETE, PARTIAL_TAKEN (joined by another), and with
// UPLOAD_NOT_RECEIVING for one that was given up; then nothing is changed.
Result<Upload> join(const Caller& caller, NewUpload wanted, const Policy& policy, std::span<Upload> partials, UploadId id,
                    Time now);

// Takes the right to append and fences every earlier writer. A `length` that is not 0 is the upload's from now on, if it was left open; one
// that has all its bytes by then moves to verifying. Fails with UPLOAD_NOT_RECEIVING, UPLOAD_IS_FINAL, WRONG_OFFSET (metadata `offset`),
// LENGTH_FIXED, BAD_UPLOAD_LENGTH and UPLOAD_TOO_LARGE.
Result<void> begin_append(Upload& upload, std::int64_t offset, std::int64_t length, const Policy& policy);

// How many bytes it may have in all.
std::int64_t most_bytes(const Upload& upload, const Policy& policy);

// Acknowledges a part. Fails with STALE_EPOCH, WRONG_OFFSET, PART_TOO_LARGE, UPLOAD_NOT_RECEIVING, BAD_OBJECT_KEY (not under the upload's
// prefix). The last part moves the upload to verifying, unless it is a partial one.
Result<void> commit(Upload& upload, const Part& part, const Policy& policy, Time now);

// How much of an upload counts as its beginning: `head_bytes` (see Policy), half of that of one less than twice as large, and 0 (nothing
// may start early) of smaller ones.
std::int64_t head_of(const Upload& upload, std::int64_t head_bytes);

// Whether the part that took the upload from `before` to its offset completed the beginning of a video that is much larger than that, and of
// which the house was not told yet.
bool head_arrived(const Upload& upload, std::int64_t before, const Policy& policy);

// Whether anything changed. Fails with UPLOAD_NOT_RECEIVING once it is verified.
Result<bool> terminate(Upload& upload);

// The episode is gone, and everything of it goes. Whether anything changed.
bool abandon(Upload& upload);

// Where an upload's parts, its beginning and its source stand in the object store.
std::string part_prefix(const Upload& upload);
std::string head_key(const Upload& upload);  // goes with the parts
std::string source_key(const Tenant& tenant, SourceId source);

}  // namespace cliffhanger::ingest
