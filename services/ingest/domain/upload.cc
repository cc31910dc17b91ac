#include "services/ingest/domain/upload.h"

#include <algorithm>
#include <array>

#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"receiving", "verifying", "ready", "rejected", "terminated", "joined"};
constexpr std::array<std::string_view, 3> kPurposes = {"video", "dub", "partial"};

Error wrong_offset(const Upload& upload) {
  Error error{Code::kAborted, "WRONG_OFFSET",
              "The upload goes on at byte " + std::to_string(upload.offset) + ".", {}, {}, {}};
  return std::move(error).with("offset", std::to_string(upload.offset));
}

Error too_many_parts() {
  return exhausted("TOO_MANY_PARTS", "The upload was sent in too many small pieces; begin it again with larger ones.");
}

// Says why the caller's partial upload can't become the next one of `id`.
Result<void> check_joinable(const Upload& partial) {
  if (partial.purpose != Purpose::kPartial)
    return fail(invalid("NOT_A_PARTIAL", "Upload " + partial.id.text() + " is not a partial one."));
  if (partial.state == State::kJoined)
    return fail(precondition("PARTIAL_TAKEN", "Upload " + partial.id.text() + " is part of another one by now."));
  if (partial.state != State::kReceiving) return fail(not_receiving(partial));
  if (partial.length == 0 || partial.offset < partial.length)
    return fail(invalid("PARTIAL_INCOMPLETE",
                        "Upload " + partial.id.text() + " has " + std::to_string(partial.offset) + " bytes only."));
  return {};
}

// All its bytes are here.
void complete(Upload& upload) {
  if (upload.purpose != Purpose::kPartial && upload.length > 0 && upload.offset == upload.length)
    upload.state = State::kVerifying;
}

bool video_type(std::string_view type) {
  return type.empty() || type == "application/octet-stream" || type == "application/mp4" || type.starts_with("video/");
}

bool taken_type(std::string_view type, Purpose purpose) {
  return video_type(type) || purpose == Purpose::kPartial || (purpose == Purpose::kDub && (type.starts_with("audio/") || type == "application/ogg"));
}

Result<void> check_dub(const NewUpload& wanted) {
  if (wanted.purpose != Purpose::kDub) return {};
  if (wanted.language.empty())
    return fail(invalid("LANGUAGE_REQUIRED", "A dub needs its language.", {{"language", "must be a BCP 47 tag"}}));
  // A playlist quotes it.
  const bool name = std::none_of(wanted.label.begin(), wanted.label.end(), [](char c) {
    return c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (name) return {};
  return fail(invalid("BAD_LABEL", "The label is no name.", {{"label", "holds quotes or control characters"}}));
}

bool hex_digest(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Error not_receiving(const Upload& upload) {
  return precondition("UPLOAD_NOT_RECEIVING",
                      "The upload takes no bytes any more: it is " + std::string(to_text(upload.state)) + ".");
}

Error too_large(const Policy& policy) {
  return invalid("UPLOAD_TOO_LARGE", "The file is larger than the " + std::to_string(policy.most_bytes) + " bytes allowed.",
                 {{"length", "must be at most " + std::to_string(policy.most_bytes)}})
      .with("most_bytes", std::to_string(policy.most_bytes));
}

Error empty_upload() { return invalid("UPLOAD_EMPTY", "The file is empty.", {{"length", "must be at least 1"}}); }

Error stale_epoch() { return aborted("STALE_EPOCH", "Another writer has taken over this upload."); }

std::string_view to_text(State state) { return kStates[static_cast<std::size_t>(state)]; }

Result<State> parse_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) return static_cast<State>(i);
  }
  return fail(internal("BAD_STATE", "An upload has a state nobody knows."));
}

std::string_view to_text(Purpose purpose) { return kPurposes[static_cast<std::size_t>(purpose)]; }

Result<Purpose> parse_purpose(std::string_view text) {
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    if (kPurposes[i] == text) return static_cast<Purpose>(i);
  }
  return fail(internal("BAD_STATE", "An upload has a purpose nobody knows."));
}

Result<Upload> create(const Caller& caller, const NewUpload& wanted, const Policy& policy, UploadId id, Time now) {
  if (wanted.purpose != Purpose::kPartial && wanted.episode == EpisodeId())
    return fail(invalid("EPISODE_REQUIRED", "An upload is for an episode.", {{"episodeId", "is required"}}));
  if (wanted.length <= 0 && !wanted.length_deferred) return fail(empty_upload());
  if (wanted.length > policy.most_bytes) return fail(too_large(policy));
  const bool dub = wanted.purpose == Purpose::kDub;
  if (!taken_type(wanted.content_type, wanted.purpose)) {
    return fail(invalid("UPLOAD_TYPE_REFUSED",
                        dub ? "Only sound and video files can be dubs." : "Only video files can be uploaded.",
                        {{"contentType", std::string("must be ") + (dub ? "audio/…, " : "") +
                                             "video/… or application/octet-stream"}}));
  }
  CH_TRY(check_dub(wanted));
  if (!wanted.sha256.empty() && !hex_digest(wanted.sha256)) {
    return fail(invalid("BAD_DIGEST", "A SHA-256 digest is 64 hex digits in lower case.",
                        {{"sha256", "must be 64 hex digits in lower case"}}));
  }
  Upload upload;
  upload.id = id;
  upload.tenant = caller.tenant;
  upload.owner = caller.user;
  if (wanted.purpose != Purpose::kPartial) {
    upload.episode = wanted.episode;
    upload.series = wanted.series;
  }
  upload.filename = wanted.filename;
  upload.content_type = wanted.content_type;
  upload.length = wanted.length_deferred ? 0 : wanted.length;
  upload.sha256 = wanted.sha256;
  upload.purpose = wanted.purpose;
  upload.metadata = wanted.metadata;
  upload.imported = wanted.imported;
  if (dub) {
    upload.language = wanted.language;
    upload.label = wanted.label;
  }
  upload.created = now;
  upload.expires = now + kExpiresAfter;
  return upload;
}

Result<Upload> join(const Caller& caller, NewUpload wanted, const Policy& policy, std::span<Upload> partials, UploadId id,
                    Time now) {
  wanted.length = 0;
  wanted.length_deferred = false;
  std::int64_t part_count = 0;
  for (std::size_t i = 0; i < partials.size(); ++i) {
    CH_TRY(check_joinable(partials[i]));
    for (std::size_t other = 0; other < i; ++other) {
      if (partials[other].id == partials[i].id)
        return fail(invalid("BAD_PARTIALS", "Upload " + partials[i].id.text() + " is named twice."));
    }
    wanted.length += partials[i].length;
    part_count += partials[i].part_count;
  }
  if (partials.empty() || wanted.purpose == Purpose::kPartial)
    return fail(invalid("BAD_PARTIALS", "A file is made of partial uploads, and is none itself."));
  if (part_count > kMostParts) return fail(too_many_parts());
  CH_ASSIGN(Upload whole, create(caller, wanted, policy, id, now));
  whole.of_partials = true;
  whole.offset = whole.length;
  whole.part_count = part_count;
  whole.state = State::kVerifying;
  for (std::size_t i = 0; i < partials.size(); ++i) {
    partials[i].state = State::kJoined;
    partials[i].joined = id;
    partials[i].place = static_cast<int>(i);
  }
  return whole;
}

Result<void> begin_append(Upload& upload, std::int64_t offset, std::int64_t length, const Policy& policy) {
  if (upload.of_partials) return fail(denied("UPLOAD_IS_FINAL", "The upload was made of partial ones and takes no bytes."));
  if (upload.state != State::kReceiving) return fail(not_receiving(upload));
  if (offset != upload.offset) return fail(wrong_offset(upload));
  if (length > policy.most_bytes) return fail(too_large(policy));
  if (length > 0 && upload.length > 0 && length != upload.length)
    return fail(invalid("LENGTH_FIXED", "The upload's length is " + std::to_string(upload.length) + " and stays so."));
  if (length > 0 && length < upload.offset)
    return fail(invalid("BAD_UPLOAD_LENGTH", "The upload has more bytes than that already."));
  if (length > 0) upload.length = length;
  ++upload.epoch;
  complete(upload);
  return {};
}

std::int64_t most_bytes(const Upload& upload, const Policy& policy) {
  return upload.length > 0 ? upload.length : policy.most_bytes;
}

Result<void> commit(Upload& upload, const Part& part, const Policy& policy, Time now) {
  if (upload.state != State::kReceiving) return fail(not_receiving(upload));
  if (part.epoch != upload.epoch) return fail(stale_epoch());
  if (part.offset != upload.offset) return fail(wrong_offset(upload));
  if (part.length > kMostPartBytes || part.length > most_bytes(upload, policy) - upload.offset) {
    return fail(invalid("PART_TOO_LARGE", "The part goes beyond the upload's length."));
  }
  if (!part.object_key.starts_with(part_prefix(upload))) {
    return fail(invalid("BAD_OBJECT_KEY", "The part is not where this upload's parts are."));
  }
  upload.offset += part.length;
  upload.expires = now + kExpiresAfter;
  if (++upload.part_count > kMostParts) return fail(too_many_parts());
  complete(upload);
  return {};
}

std::int64_t head_of(const Upload& upload, std::int64_t head_bytes) {
  if (upload.length / kHeadWorth >= head_bytes) return head_bytes;
  return upload.length >= head_bytes ? head_bytes / kHeadWorth : 0;
}

bool head_arrived(const Upload& upload, std::int64_t before, const Policy& policy) {
  const std::int64_t head = head_of(upload, policy.head_bytes);
  return upload.purpose == Purpose::kVideo && upload.state == State::kReceiving && head > 0 && upload.head_bytes == 0 &&
         before < head && upload.offset >= head;
}

bool abandon(Upload& upload) {
  if (upload.state == State::kTerminated) return false;
  upload.state = State::kTerminated;
  upload.failure_reason = "EPISODE_DELETED";
  upload.failure_message = "The episode was deleted.";
  return true;
}

Result<bool> terminate(Upload& upload) {
  if (upload.state == State::kTerminated) return false;
  if (upload.state != State::kReceiving && upload.state != State::kRejected) return fail(not_receiving(upload));
  upload.state = State::kTerminated;
  return true;
}

std::string part_prefix(const Upload& upload) {
  return "parts/" + upload.tenant.text() + "/" + upload.id.text() + "/";
}

std::string head_key(const Upload& upload) { return part_prefix(upload) + "head"; }

std::string source_key(const Tenant& tenant, SourceId source) {
  return "sources/" + tenant.text() + "/" + source.text();
}

}  // namespace cliffhanger::ingest
