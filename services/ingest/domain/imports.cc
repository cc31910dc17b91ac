#include "services/ingest/domain/imports.h"

#include "services/ingest/domain/quota.h"

namespace cliffhanger::ingest {

// Counted under a lock of the creator's, so that two requests at once don't both take the last place.
Result<void> Imports::check_number(const Caller& caller) {
  if (imports_.most_of_one == 0)
    return fail(denied("IMPORTS_OFF", "Nothing can be imported here; upload the file."));
  CH_TRY(library_.lock_owner(caller.tenant, caller.user));
  CH_ASSIGN(const auto open, library_.importing(caller.tenant, caller.user));
  if (open < imports_.most_of_one) return {};
  return fail(exhausted("TOO_MANY_IMPORTS", "Wait until one of your imports has ended.")
                  .with("retry_after_ms", "10000"));
}

Result<Upload> Imports::create(const Caller& caller, NewUpload wanted, const std::string& url,
                               const std::string& shown_url) {
  if (wanted.purpose == Purpose::kPartial)
    return fail(invalid("NOT_IMPORTABLE", "Only whole files can be imported.",
                        {{"purpose", "must be a video or a dub"}}));
  CH_TRY(check_number(caller));
  wanted.length = 0;
  wanted.length_deferred = true;
  wanted.imported = true;
  CH_ASSIGN(Upload upload, Uploads(library_, clock_, random_, policy_).create_upload(caller, wanted));
  ImportJob job;
  job.url = url;
  job.shown_url = shown_url;
  job.deadline = upload.created + imports_.most_time;
  CH_TRY(library_.add_import(upload, job));
  CH_TRY(library_.ask_import(upload));
  return upload;
}

Result<Imports::Turn> Imports::find(const Tenant& tenant, UploadId id, bool hold) {
  CH_ASSIGN(Upload upload, library_.find(tenant, id, hold));
  CH_ASSIGN(ImportJob job, library_.find_import(upload));
  return Turn{std::move(upload), std::move(job)};
}

Result<Imports::Begun> Imports::begin(const Tenant& tenant, UploadId id, std::int64_t from,
                                      std::optional<std::int64_t> total, const std::string& validator) {
  CH_ASSIGN(Turn turn, find(tenant, id, true));
  Begun out{std::move(turn.upload), {}};
  const std::int64_t before = counted(out.upload);
  if (from == 0) {
    CH_TRY(start_over(out.upload, total, policy_, clock_.now()));
    CH_ASSIGN(out.dropped, library_.parts(out.upload));
    CH_TRY(library_.forget_parts(out.upload));
    turn.job.validator = validator;
  } else {
    CH_TRY(begin_append(out.upload, from, total.value_or(0), policy_));
  }
  CH_TRY(take_storage(library_, out.upload, before, policy_));
  turn.job.trouble_reason.clear();
  turn.job.trouble_message.clear();
  CH_TRY(library_.save_import(out.upload, turn.job));
  CH_TRY(library_.save(out.upload));
  CH_TRY(settle(out.upload));
  return out;
}

Result<Upload> Imports::commit_part(const Tenant& tenant, UploadId id, const Part& part) {
  CH_ASSIGN(Upload upload, library_.find(tenant, id, false));
  const Caller owner{tenant, Role::kService, upload.owner, "ingest", false};
  CH_ASSIGN(upload, Uploads(library_, clock_, random_, policy_).commit_part(owner, id, part));
  if (upload.state == State::kVerifying) CH_TRY(library_.forget_url(upload));
  return upload;
}

Result<Upload> Imports::end(const Tenant& tenant, UploadId id, std::int64_t epoch) {
  CH_ASSIGN(Upload upload, library_.find(tenant, id, true));
  CH_TRY(end_of_file(upload, epoch));
  CH_TRY(library_.save(upload));
  CH_TRY(settle(upload));
  return upload;
}

// It may have turned out to be complete.
Result<void> Imports::settle(const Upload& upload) {
  if (upload.state != State::kVerifying) return {};
  CH_TRY(library_.forget_url(upload));
  return library_.ask_verification(upload);
}

Result<std::optional<Duration>> Imports::failed(const Turn& turn, const Error& why) {
  ImportJob job = turn.job;
  const auto delay = after_failure(job, turn.upload, why, clock_.now());
  CH_TRY(library_.save_import(turn.upload, job));
  return delay;
}

}  // namespace cliffhanger::ingest
