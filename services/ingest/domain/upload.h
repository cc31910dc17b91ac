#pragma once
// The life of an upload: receiving → verifying → ready, or rejected; terminated by its creator or by time while it receives.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"

namespace cliffhanger::ingest {

enum class State { kReceiving, kVerifying, kReady, kRejected, kTerminated };
std::string_view to_text(State state);
Result<State> parse_state(std::string_view text);

// What an upload is for: the episode's video, or the sound of another language beside it.
enum class Purpose { kVideo, kDub };
std::string_view to_text(Purpose purpose);
Result<Purpose> parse_purpose(std::string_view text);  // fails with BAD_STATE

struct Upload {
  UploadId id;
  Tenant tenant;
  UserId owner;
  EpisodeId episode;
  std::optional<SeriesId> series;  // none: not known, of an older build
  std::string filename, content_type;
  std::int64_t length = 0;
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
  std::int64_t head_bytes = 0;  // the beginning of a large file on which work may start; 0: none
};

struct NewUpload {
  EpisodeId episode;
  std::int64_t length = 0;
  std::string filename, content_type, sha256;
  std::optional<SeriesId> series = {};
  Purpose purpose = Purpose::kVideo;
  std::string language, label;
};

// Fails with UPLOAD_EMPTY, UPLOAD_TOO_LARGE, UPLOAD_TYPE_REFUSED, BAD_DIGEST; for a dub with LANGUAGE_REQUIRED and BAD_LABEL.
Result<Upload> create(const Caller& caller, const NewUpload& wanted, const Policy& policy, UploadId id, Time now);

// Takes the right to append and fences every earlier writer. Fails with UPLOAD_NOT_RECEIVING and WRONG_OFFSET (metadata `offset`).
Result<void> begin_append(Upload& upload, std::int64_t offset);

// Acknowledges a part. Fails with STALE_EPOCH, WRONG_OFFSET, PART_TOO_LARGE, UPLOAD_NOT_RECEIVING, BAD_OBJECT_KEY (not under the upload's
// prefix). The last part moves the upload to verifying.
Result<void> commit(Upload& upload, const Part& part, Time now);

// Whether the part that took the upload from `before` to its offset completed the beginning of a video that is much larger than that.
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
