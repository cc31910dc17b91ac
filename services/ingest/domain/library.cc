#include "services/ingest/domain/library.h"

#include <algorithm>

#include "services/ingest/domain/limits.h"
#include "services/ingest/domain/quota.h"

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
  CH_TRY(add_for_episode(upload));
  return upload;
}

// A place among the open ones of its creator, and its bytes. Counted under their lock, so that many at once
// don't pass the number together.
Result<void> Uploads::take_place(const Upload& upload) {
  CH_TRY(library_.lock_storage(upload.tenant, upload.owner));
  CH_ASSIGN(const auto open, library_.receiving(upload.tenant, upload.owner));
  if (open >= kMostOpenUploads) {
    return fail(exhausted("TOO_MANY_UPLOADS", "Finish or terminate some of your open uploads first."));
  }
  return take_storage(library_, upload, 0, policy_);
}

Result<void> Uploads::add_for_episode(const Upload& upload) {
  if (upload.purpose == Purpose::kPartial) {
    CH_TRY(take_place(upload));
    return library_.add(upload);
  }
  CH_TRY(library_.lock_episode(upload.tenant, upload.episode));
  CH_ASSIGN(const bool gone, library_.episode_gone(upload.tenant, upload.episode));
  if (gone) return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  if (!upload.of_partials) CH_TRY(take_place(upload));  // those were counted
  return library_.add(upload);
}

// The caller's, in the order of `ids`; two that name the same ones in other orders don't wait for each other.
Result<std::vector<Upload>> Uploads::hold(const Caller& caller, const std::vector<UploadId>& ids) {
  std::vector<std::size_t> order(ids.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return ids[i].text(); });
  std::vector<Upload> out(ids.size());
  for (const std::size_t i : order) {
    CH_ASSIGN(out[i], owned(caller, ids[i], true));
    if (out[i].owner != caller.user) return fail(denied("NOT_THE_OWNER", "Only its creator may make a file of an upload."));
  }
  return out;
}

// The answer to the same list was lost: what it made.
Result<std::optional<Upload>> Uploads::made_of(const Caller& caller, const std::vector<Upload>& partials) {
  if (partials.empty() || !partials[0].joined) return std::optional<Upload>();
  CH_ASSIGN(Upload whole, owned(caller, *partials[0].joined, false));
  CH_ASSIGN(const auto known, library_.partials_of(whole));
  const bool same = std::ranges::equal(known, partials, {}, {}, [](const Upload& partial) { return partial.id; });
  return same ? std::optional<Upload>(std::move(whole)) : std::nullopt;
}

Result<Upload> Uploads::create_of(const Caller& caller, const NewUpload& wanted, const std::vector<UploadId>& ids) {
  CH_ASSIGN(auto partials, hold(caller, ids));
  CH_ASSIGN(const auto before, made_of(caller, partials));
  if (before) return *before;
  const Time now = clock_.now();
  CH_ASSIGN(const Upload whole, join(caller, wanted, policy_, partials, UploadId::make(now, random_), now));
  CH_TRY(add_for_episode(whole));
  std::int64_t offset = 0;
  for (const auto& partial : partials) {
    CH_TRY(library_.save(partial));
    CH_TRY(library_.move_parts(partial, whole, offset));
    offset += partial.length;
  }
  CH_TRY(library_.ask_verification(whole));
  return whole;
}

Result<std::vector<UploadId>> Uploads::partials_of(const Upload& upload) {
  if (!upload.of_partials) return std::vector<UploadId>();
  return library_.partials_of(upload);
}

Result<std::optional<ImportJob>> Uploads::import_of(const Upload& upload) {
  if (!upload.imported) return std::optional<ImportJob>();
  return library_.find_import(upload);
}

Result<Upload> Uploads::get(const Caller& caller, UploadId id) { return owned(caller, id, false); }

Result<Upload> Uploads::begin(const Caller& caller, UploadId id, std::int64_t offset, std::int64_t length,
                              bool writes) {
  CH_ASSIGN(Upload upload, owned(caller, id, true));
  if (upload.owner != caller.user) return fail(denied("NOT_THE_OWNER", "Only its creator may add to an upload."));
  if (upload.imported) return fail(denied("UPLOAD_IS_IMPORTED", "The upload's bytes come from a URL."));
  const std::int64_t before = counted(upload);
  CH_TRY(begin_append(upload, offset, length, policy_));
  if (upload.length > 0)
    CH_TRY(take_storage(library_, upload, before, policy_));
  else if (writes)
    CH_TRY(check_room(library_, upload, policy_));
  CH_TRY(library_.save(upload));
  if (upload.state == State::kVerifying) CH_TRY(library_.ask_verification(upload));
  return upload;
}

Result<Upload> Uploads::commit_part(const Caller& caller, UploadId id, const Part& part) {
  CH_ASSIGN(Upload upload, owned(caller, id, true));
  if (part.epoch == upload.epoch && part.offset + part.length == upload.offset) {
    CH_ASSIGN(const auto known, library_.part_at(upload, part.offset));
    if (known && known->sha256 == part.sha256) return upload;
  }
  const std::int64_t before = upload.offset, counted_before = counted(upload);
  CH_TRY(commit(upload, part, policy_, clock_.now()));
  CH_TRY(take_storage(library_, upload, counted_before, policy_));
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
  if (upload.imported) CH_TRY(library_.forget_url(upload));
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
