#include "services/ingest/store/pg_library.h"

#include "libs/sql/work_queue.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/store/queries.h"

namespace cliffhanger::ingest {
namespace {

Result<Upload> upload_from(const sql::Rows::Row& row) {
  Upload u;
  u.id = row.id<UploadId>(0);
  CH_ASSIGN(u.tenant, Tenant::parse(row.text(1)));
  u.owner = row.id<UserId>(2);
  u.episode = row.id<EpisodeId>(3);
  u.filename = row.text(4);
  u.content_type = row.text(5);
  u.length = row.number(6);
  u.offset = row.number(7);
  u.epoch = row.number(8);
  CH_ASSIGN(u.state, parse_state(row.text(9)));
  u.failure_reason = row.text(10);
  u.failure_message = row.text(11);
  if (!row.is_null(12)) u.source = row.id<SourceId>(12);
  u.sha256 = row.text(13);
  u.created = row.time(14);
  u.expires = row.time(15);
  u.part_count = row.number(16);
  if (!row.is_null(17)) u.series = row.id<SeriesId>(17);
  CH_ASSIGN(u.purpose, parse_purpose(row.text(18)));
  u.language = row.text(19);
  u.label = row.text(20);
  u.head_bytes = row.number(21);
  u.of_partials = row.flag(22);
  if (!row.is_null(23)) u.joined = row.id<UploadId>(23);
  u.place = static_cast<int>(row.number(24));
  u.metadata = row.text(25);
  u.imported = row.flag(26);
  return u;
}

Part part_from(const sql::Rows::Row& row) {
  return {row.number(0), row.number(1), row.number(2), row.text(3), row.text(4)};
}

// Bytes and a limit.
Storage storage_from(const sql::Rows::Row& row) {
  Storage out{row.number(0), {}};
  if (!row.is_null(1)) out.limit = row.number(1);
  return out;
}

Result<std::vector<Upload>> uploads_from(const sql::Rows& rows) {
  std::vector<Upload> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Upload upload, upload_from(rows[i]));
    out.push_back(std::move(upload));
  }
  return out;
}

}  // namespace

Result<Upload> PgLibrary::find(const Tenant& tenant, UploadId id, bool hold) {
  CH_ASSIGN(const auto rows, tx_.run(hold ? queries::kHold : queries::kFind, tenant, id));
  if (rows.empty()) return fail(not_found("UPLOAD_NOT_FOUND", "There is no such upload."));
  return upload_from(rows[0]);
}

Result<void> PgLibrary::add(const Upload& u) {
  CH_TRY(tx_.run(queries::kAdd, u.id, u.tenant, u.owner, u.episode, u.filename, u.content_type, u.length, u.offset,
                 u.epoch, to_text(u.state), u.failure_reason, u.failure_message, u.source, u.sha256, u.created,
                 u.expires, u.part_count, u.series, to_text(u.purpose), u.language, u.label, u.head_bytes, u.of_partials,
                 u.joined, u.place, u.metadata, u.imported));
  return {};
}

Result<void> PgLibrary::save(const Upload& u) {
  CH_TRY(tx_.run(queries::kSave, u.tenant, u.id, u.offset, u.epoch, to_text(u.state), u.failure_reason,
                 u.failure_message, u.source, u.sha256, u.expires, u.part_count, u.head_bytes, u.length, u.joined, u.place));
  return {};
}

Result<void> PgLibrary::add_part(const Upload& u, const Part& p) {
  CH_TRY(tx_.run(queries::kAddPart, u.tenant, u.id, p.offset, p.epoch, p.length, p.sha256, p.object_key));
  return {};
}

Result<std::vector<Part>> PgLibrary::parts(const Upload& u) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kParts, u.tenant, u.id));
  std::vector<Part> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(part_from(rows[i]));
  return out;
}

Result<std::optional<Part>> PgLibrary::part_at(const Upload& u, std::int64_t offset) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPartAt, u.tenant, u.id, offset));
  return rows.empty() ? std::optional<Part>() : part_from(rows[0]);
}

Result<void> PgLibrary::forget_parts(const Upload& u) {
  CH_TRY(tx_.run(queries::kForgetParts, u.tenant, u.id));
  return {};
}

Result<void> PgLibrary::move_parts(const Upload& partial, const Upload& whole, std::int64_t offset) {
  CH_TRY(tx_.run(queries::kMoveParts, partial.tenant, partial.id, whole.id, offset));
  return {};
}

Result<std::vector<UploadId>> PgLibrary::partials_of(const Upload& whole) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPartialsOf, whole.tenant, whole.id));
  std::vector<UploadId> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].id<UploadId>(0));
  return out;
}

Result<std::int64_t> PgLibrary::receiving(const Tenant& tenant, UserId owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kReceiving, tenant, owner));
  return rows[0].number(0);
}

Result<std::vector<Upload>> PgLibrary::of_episode(const Tenant& tenant, UserId owner, EpisodeId episode,
                                                  std::optional<UploadId> before, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kOfEpisode, tenant, owner, episode, before, most));
  return uploads_from(rows);
}

Result<std::vector<Upload>> PgLibrary::expired(Time now, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kExpired, now, most));
  return uploads_from(rows);
}

Result<void> PgLibrary::ask_verification(const Upload& upload) {
  return add_work(upload, kVerifyTask, kVerifyAttempts);
}

Result<void> PgLibrary::ask_removal(const Upload& upload) { return add_work(upload, kRemoveTask, 1000); }

Result<void> PgLibrary::ask_head(const Upload& upload) { return add_work(upload, kHeadTask, kHeadAttempts); }

Result<void> PgLibrary::ask_import(const Upload& upload) { return add_work(upload, kImportTask, kImportDeaths); }

Result<void> PgLibrary::lock_episode(const Tenant& tenant, EpisodeId episode) {
  CH_TRY(tx_.run(queries::kLockEpisode, tenant, episode.text()));
  return {};
}

Result<bool> PgLibrary::episode_gone(const Tenant& tenant, EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kEpisodeGone, tenant, episode));
  return !rows.empty();
}

Result<std::vector<Upload>> PgLibrary::forget_episode(const Tenant& tenant, EpisodeId episode) {
  CH_TRY(tx_.run(queries::kForgetEpisode, tenant, episode));
  CH_ASSIGN(const auto rows, tx_.run(queries::kHoldOfEpisode, tenant, episode));
  return uploads_from(rows);
}

Result<void> PgLibrary::lock_owner(const Tenant& tenant, UserId owner) {
  CH_TRY(tx_.run(queries::kLockOwner, tenant, owner.text()));
  return {};
}

Result<std::int64_t> PgLibrary::importing(const Tenant& tenant, UserId owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kImporting, tenant, owner));
  return rows[0].number(0);
}

Result<void> PgLibrary::lock_storage(const Tenant& tenant, UserId owner) {
  CH_TRY(tx_.run(queries::kLockStorage, tenant, owner.text()));
  return {};
}

Result<Storage> PgLibrary::stored(const Tenant& tenant, UserId owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kStored, tenant, owner));
  return storage_from(rows[0]);
}

Result<void> PgLibrary::set_limit(const Tenant& tenant, UserId owner, std::optional<std::int64_t> bytes) {
  if (!bytes) {
    CH_TRY(tx_.run(queries::kForgetLimit, tenant, owner));
    return {};
  }
  CH_TRY(tx_.run(queries::kSetLimit, tenant, owner, *bytes));
  return {};
}

Result<void> PgLibrary::lock_tenant_storage(const Tenant& tenant) {
  CH_TRY(tx_.run(queries::kLockStorage, tenant, std::string("of all")));
  return {};
}

Result<Storage> PgLibrary::stored_by_all(const Tenant& tenant) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kStoredByAll, tenant));
  return storage_from(rows[0]);
}

Result<std::optional<std::int64_t>> PgLibrary::tenant_limit(const Tenant& tenant) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kTenantLimit, tenant));
  return rows.empty() ? std::optional<std::int64_t>() : rows[0].number(0);
}

Result<void> PgLibrary::set_tenant_limit(const Tenant& tenant, std::optional<std::int64_t> bytes) {
  if (!bytes) {
    CH_TRY(tx_.run(queries::kForgetTenantLimit, tenant));
    return {};
  }
  CH_TRY(tx_.run(queries::kSetTenantLimit, tenant, *bytes));
  return {};
}

Result<void> PgLibrary::add_import(const Upload& u, const ImportJob& job) {
  CH_TRY(tx_.run(queries::kAddImport, u.tenant, u.id, job.url, job.shown_url, job.validator, job.furthest, job.failures,
                 job.trouble_reason, job.trouble_message, job.deadline));
  return {};
}

Result<ImportJob> PgLibrary::find_import(const Upload& u) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindImport, u.tenant, u.id));
  if (rows.empty()) return fail(internal("IMPORT_MISSING", "An imported upload has no import."));
  const auto row = rows[0];
  return ImportJob{row.text(0), row.text(1), row.text(2), row.number(3), static_cast<int>(row.number(4)),
                   row.text(5), row.text(6), row.time(7)};
}

Result<void> PgLibrary::save_import(const Upload& u, const ImportJob& job) {
  CH_TRY(tx_.run(queries::kSaveImport, u.tenant, u.id, job.validator, job.furthest, job.failures, job.trouble_reason,
                 job.trouble_message));
  return {};
}

Result<void> PgLibrary::forget_url(const Upload& u) {
  CH_TRY(tx_.run(queries::kForgetUrl, u.tenant, u.id));
  return {};
}

Result<void> PgLibrary::add_work(const Upload& upload, const char* kind, int attempts) {
  sql::NewTask task;
  task.id = sql::TaskId::make(clock_.now(), random_);
  task.tenant = upload.tenant;
  task.kind = kind;
  task.lane = upload.tenant.text() + "/" + upload.owner.text();
  task.subject = upload.id.uuid();
  task.most_attempts = attempts;
  return sql::add_task(tx_, task);
}

Result<bool> forget_owners(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& owners) {
  std::vector<std::string> ids;
  for (const UserId& owner : owners) ids.push_back(owner.text());
  for (const sql::Query* query : {&queries::kForgetLimits, &queries::kForgetOrigins, &queries::kForgetNames})
    CH_TRY(tx.run(*query, tenant, ids));
  return false;
}

}  // namespace cliffhanger::ingest
