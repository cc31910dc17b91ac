#include "services/ingest/domain/library.h"

#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {

Result<Upload> Uploads::owned(const Caller& caller, UploadId id, bool hold) {
  CH_ASSIGN(Upload upload, library_.find(caller.tenant, id, hold));
  if (upload.owner != caller.user && caller.role != Role::kOperator) {
    return fail(not_found("UPLOAD_NOT_FOUND", "There is no such upload."));
  }
  return upload;
}

Result<Upload> Uploads::create_upload(const Caller& caller, const NewUpload& wanted) {
  CH_ASSIGN(Upload upload, create(caller, wanted, policy_, UploadId::make(clock_.now(), random_), clock_.now()));
  CH_ASSIGN(const auto open, library_.receiving(caller.tenant, caller.user));
  if (open >= kMostOpenUploads) {
    return fail(exhausted("TOO_MANY_UPLOADS", "Finish or terminate some of your open uploads first."));
  }
  CH_TRY(library_.lock_episode(caller.tenant, wanted.episode));
  CH_ASSIGN(const bool gone, library_.episode_gone(caller.tenant, wanted.episode));
  if (gone) return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  CH_TRY(library_.add(upload));
  return upload;
}

Result<Upload> Uploads::get(const Caller& caller, UploadId id) { return owned(caller, id, false); }

Result<Upload> Uploads::begin(const Caller& caller, UploadId id, std::int64_t offset) {
  CH_ASSIGN(Upload upload, owned(caller, id, true));
  if (upload.owner != caller.user) return fail(denied("NOT_THE_OWNER", "Only its creator may add to an upload."));
  CH_TRY(begin_append(upload, offset));
  CH_TRY(library_.save(upload));
  return upload;
}

Result<Upload> Uploads::commit_part(const Caller& caller, UploadId id, const Part& part) {
  CH_ASSIGN(Upload upload, owned(caller, id, true));
  if (part.epoch == upload.epoch && part.offset + part.length == upload.offset) {
    CH_ASSIGN(const auto known, library_.part_at(upload, part.offset));
    if (known && known->sha256 == part.sha256) return upload;
  }
  const std::int64_t before = upload.offset;
  CH_TRY(commit(upload, part, clock_.now()));
  if (++upload.part_count > kMostParts) {
    return fail(exhausted("TOO_MANY_PARTS", "The upload was sent in too many small pieces; begin it again with larger ones."));
  }
  CH_TRY(library_.add_part(upload, part));
  CH_TRY(library_.save(upload));
  if (upload.state == State::kVerifying) CH_TRY(library_.ask_verification(upload));
  if (head_arrived(upload, before, policy_)) CH_TRY(library_.ask_head(upload));
  return upload;
}

Result<void> Uploads::terminate_upload(const Caller& caller, UploadId id) {
  CH_ASSIGN(Upload upload, owned(caller, id, true));
  CH_ASSIGN(const bool changed, terminate(upload));
  if (!changed) return {};
  return give_up(upload);
}

// What is terminated leaves nothing.
Result<void> Uploads::give_up(const Upload& upload) {
  CH_TRY(library_.save(upload));
  CH_TRY(library_.forget_parts(upload));
  return library_.ask_removal(upload);
}

Result<void> Uploads::episode_deleted(const Tenant& tenant, EpisodeId episode) {
  CH_TRY(library_.lock_episode(tenant, episode));
  CH_ASSIGN(auto uploads, library_.forget_episode(tenant, episode));
  for (auto& upload : uploads) {
    if (abandon(upload)) CH_TRY(give_up(upload));
  }
  return {};
}

Result<std::vector<Upload>> Uploads::of_episode(const Caller& caller, EpisodeId episode,
                                                std::optional<UploadId> before, int most) {
  return library_.of_episode(caller.tenant, caller.user, episode, before, most);
}

Result<int> Uploads::expire() {
  CH_ASSIGN(auto uploads, library_.expired(clock_.now(), 100));
  for (auto& upload : uploads) {
    upload.state = State::kTerminated;
    upload.failure_reason = "UPLOAD_EXPIRED";
    upload.failure_message = "No byte arrived for a day.";
    CH_TRY(give_up(upload));
  }
  return static_cast<int>(uploads.size());
}

}  // namespace cliffhanger::ingest
