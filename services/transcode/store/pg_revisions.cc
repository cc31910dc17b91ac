#include "services/transcode/store/pg_revisions.h"
#include "libs/digest/sha256.h"

#include <algorithm>

#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/domain/progress.h"
#include "services/transcode/store/json.h"
#include "services/transcode/store/pieces.h"
#include "services/transcode/store/queries.h"
#include "services/transcode/store/tasks.h"

namespace cliffhanger::transcode {
namespace {

namespace pb = transcode::v1;

Error no_revision() {
  return not_found("REVISION_NOT_FOUND", "There is no revision with this id.");
}

Result<Revision> revision_from(const sql::Rows::Row& row) {
  Revision out;
  out.id = row.id<RevisionId>(0);
  CH_ASSIGN(out.tenant, Tenant::parse(row.text(1)));
  out.source.episode = row.id<EpisodeId>(2);
  out.source.id = row.id<SourceId>(3);
  out.source.owner = row.id<UserId>(4);
  out.source.object_key = row.text(5);
  out.source.sha256 = row.text(6);
  CH_ASSIGN(out.state, parse_state(row.text(7)));
  out.version = row.number(8);
  if (!row.is_null(9)) {
    CH_ASSIGN(out.plan, plan_from_json(row.text(9)));
  }
  out.duration_ms = row.number(10);
  out.segments_total = row.number(11);
  out.percent = static_cast<int>(row.number(12));
  out.told = row.time(13);
  out.published = row.text(14);
  out.failure_reason = row.text(15);
  out.failure_message = row.text(16);
  out.traceparent = row.text(17);
  out.created = row.time(18);
  if (!row.is_null(19)) out.ready = row.time(19);
  out.started = row.flag(20);
  if (!row.is_null(21)) out.source.series = row.id<SeriesId>(21);
  out.profile_version = row.number(22);
  if (!row.is_null(24)) out.early_of = row.id<SourceId>(24);
  out.source.whole_bytes = row.number(25);
  return out;
}

Result<std::set<PieceName>> names_of(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  std::set<PieceName> out;
  for (std::size_t i = 0; i < rows->size(); ++i) out.insert({(*rows)[i].text(0), (*rows)[i].number(1)});
  return out;
}

}  // namespace

Result<void> PgRevisions::lock_episode(EpisodeId episode) {
  CH_TRY(tx_.run(queries::kLockEpisode, call_.caller.tenant, episode.text()));
  return {};
}

Result<bool> PgRevisions::has_newer(EpisodeId episode, Time when) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kHasNewer, call_.caller.tenant, episode, when));
  return !rows.empty();
}

Result<bool> PgRevisions::has_source(SourceId source) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kHasSource, call_.caller.tenant, source));
  return !rows.empty();
}

Result<void> PgRevisions::supersede(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kUnfinishedOfEpisode, call_.caller.tenant, episode));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_TRY(tx_.run(queries::kCancel, call_.caller.tenant, rows[i].uuid(0)));
    CH_TRY(sql::cancel_tasks(tx_, rows[i].uuid(0)));
    if (rows[i].flag(2)) CH_TRY(withdraw(rows[i].id<RevisionId>(0), rows[i].id<UserId>(1)));
  }
  return {};
}

Result<void> PgRevisions::add(const Revision& revision, const std::vector<Recipe>& recipes) {
  const Source& source = revision.source;
  std::optional<std::string> plan;
  if (revision.plan) plan = to_json(*revision.plan);
  const SourceId source_id = revision.is_cut() ? SourceId(revision.id.uuid()) : source.id;
  CH_TRY(tx_.run(queries::kInsert, call_.caller.tenant, revision.id, source.episode, source_id, source.owner,
                 source.object_key, source.sha256, to_text(revision.state), plan, revision.duration_ms,
                 revision.segments_total, revision.created, revision.failure_reason, revision.failure_message,
                 revision.traceparent, source.verified, source.series, revision.profile_version,
                 revision.early_of, source.whole_bytes));
  if (revision.is_cut()) CH_TRY(add_stretches(revision));
  return add_recipes(revision.id, recipes);
}

Result<std::vector<Plan>> PgRevisions::chosen_plans(const std::string& source_sha256) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kChosenPlans, call_.caller.tenant, source_sha256));
  std::vector<Plan> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    // One that can't be read is no example to follow.
    if (auto plan = plan_from_json(rows[i].text(0))) out.push_back(std::move(*plan));
  }
  return out;
}

Result<void> PgRevisions::replan(const Revision& revision, const std::vector<Recipe>& more) {
  CH_TRY(tx_.run(queries::kReplan, call_.caller.tenant, revision.id, to_json(*revision.plan),
                 revision.segments_total));
  return add_recipes(revision.id, more);
}

Result<void> PgRevisions::add_recipes(RevisionId revision, const std::vector<Recipe>& recipes) {
  std::vector<std::string> tracks, ordinals, keys;
  for (const Recipe& recipe : recipes) {
    tracks.push_back(recipe.name.track);
    ordinals.push_back(std::to_string(recipe.name.index));
    keys.push_back(sha256_hex(recipe.text));
  }
  CH_TRY(tx_.run(queries::kInsertPieces, call_.caller.tenant, revision, tracks, ordinals, keys));
  return {};
}

Result<std::set<PieceName>> PgRevisions::present(RevisionId revision) {
  return names_of(tx_.run(queries::kPresent, call_.caller.tenant, revision));
}

Result<std::set<PieceName>> PgRevisions::hold(RevisionId revision) {
  return names_of(tx_.run(queries::kHold, call_.caller.tenant, revision));
}

Result<void> PgRevisions::begin(RevisionId id) {
  CH_TRY(tx_.run(queries::kBegin, call_.caller.tenant, id));
  return {};
}

Result<void> PgRevisions::add_task(const Revision& revision, const Run& run) {
  return add_run(tx_, call_.caller.tenant, revision.id, revision.source.owner, run, clock_, random_);
}

Result<void> PgRevisions::tell(const Revision& revision, const google::protobuf::Message& event) {
  return outbox_.emit(tx_, call_, revision.id.uuid(), revision.version, event);
}

Result<void> PgRevisions::tell_started(const Revision& revision) {
  Revision told = revision;
  told.version = 1;
  pb::RevisionStarted event;
  event.set_revision_id(revision.id.text());
  event.set_episode_id(revision.source.episode.text());
  event.set_owner_id(revision.source.owner.text());
  event.set_duration_ms(revision.duration_ms);
  CH_TRY(tell(told, event));
  return save(told);
}

Result<void> PgRevisions::tell_failed(const Revision& revision) {
  Revision told = revision;
  ++told.version;
  pb::RevisionFailed event;
  event.set_revision_id(revision.id.text());
  event.set_episode_id(revision.source.episode.text());
  event.set_reason(revision.failure_reason);
  event.set_message(revision.failure_message);
  CH_TRY(tell(told, event));
  return save(told);
}

Result<void> PgRevisions::tell_progress(Revision& revision) {
  ++revision.version;
  pb::RevisionProgressed event;
  event.set_revision_id(revision.id.text());
  event.set_episode_id(revision.source.episode.text());
  event.set_provisional(revision.state == State::kProvisional);
  event.set_percent(revision.percent);
  return tell(revision, event);
}

Result<void> PgRevisions::tell_ready(Revision& revision, const std::string& cover_key) {
  ++revision.version;
  pb::RevisionReady event;
  event.set_revision_id(revision.id.text());
  event.set_episode_id(revision.source.episode.text());
  event.set_duration_ms(revision.duration_ms);
  event.set_cover_key(cover_key);
  event.set_cut(revision.is_cut());
  return tell(revision, event);
}

Result<std::string> PgRevisions::lock_trace(RevisionId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockTrace, call_.caller.tenant, id));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Result<void> PgRevisions::fail_revision(RevisionId id, const Error& why) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFail, call_.caller.tenant, id, why.reason, why.message));
  if (rows.empty()) return {};
  CH_TRY(tx_.run(queries::kHalt, call_.caller.tenant, id));
  if (rows[0].flag(3)) CH_TRY(withdraw(id, rows[0].id<UserId>(1)));
  pb::RevisionFailed event;
  event.set_revision_id(id.text());
  event.set_episode_id(rows[0].id<EpisodeId>(0).text());
  event.set_reason(why.reason);
  event.set_message(why.message);
  return outbox_.emit(tx_, call_, id.uuid(), rows[0].number(2), event);
}

// A task, since it is about objects: they can't be part of this transaction, and must not be forgotten.
Result<void> PgRevisions::withdraw(RevisionId id, UserId owner) {
  Revision revision;
  revision.id = id;
  revision.source.owner = owner;
  return add_task(revision, withdraw_run());
}

Result<void> PgRevisions::replay(const Uuid& task) {
  CH_ASSIGN(const Uuid subject, sql::replay_dead(tx_, call_.caller.tenant, sql::TaskId(task)));
  CH_ASSIGN(Revision revision, lock(RevisionId(subject)));
  CH_TRY(tx_.run(queries::kResume, call_.caller.tenant, subject));
  if (!may_move(revision.state, State::kProcessing)) return {};
  revision.state = State::kProcessing;
  revision.failure_reason.clear();
  revision.failure_message.clear();
  CH_TRY(tell_progress(revision));
  return save(revision);
}

Result<Revision> PgRevisions::get(RevisionId id, const OwnerFilter& owner) {
  CH_ASSIGN(Revision found, find(id));
  if (found.state == State::kEarly || (owner && found.source.owner != *owner)) return fail(no_revision());
  return found;
}

Result<Revision> PgRevisions::find(RevisionId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kGet, call_.caller.tenant, id));
  CH_ASSIGN(auto found, counted(rows));
  if (found.empty()) return fail(no_revision());
  return std::move(found.front());
}

Result<Revision> PgRevisions::lock(RevisionId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kLock, call_.caller.tenant, id));
  if (rows.empty()) return fail(no_revision());
  return whole(rows[0]);
}

Result<Revision> PgRevisions::whole(const sql::Rows::Row& row) {
  CH_ASSIGN(Revision out, revision_from(row));
  if (row.flag(23)) {
    CH_ASSIGN(out.stretches, stretches(out.id));
  }
  if (row.flag(26)) {
    CH_ASSIGN(out.taken_down, taken_down_in(out.id));
  }
  return out;
}

Result<std::vector<Revision>> PgRevisions::list(EpisodeId episode, const OwnerFilter& owner,
                                                std::optional<RevisionId> after, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kList, call_.caller.tenant, episode, owner, after, most));
  return counted(rows);
}

Result<std::vector<Revision>> PgRevisions::counted(const sql::Rows& rows) {
  std::vector<Revision> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Revision revision, whole(rows[i]));
    CH_ASSIGN(Revision full, count(std::move(revision)));
    out.push_back(std::move(full));
  }
  return out;
}

Result<Revision> PgRevisions::count(Revision revision) {
  CH_ASSIGN(const auto tracks, tx_.run(queries::kCountDone, call_.caller.tenant, revision.id));
  std::map<std::string, FramesDone> rungs;
  std::int64_t elapsed_ms = 0;
  revision.segments_done = 0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    revision.segments_done += tracks[i].number(1);
    rungs[tracks[i].text(0)] = {tracks[i].number(2), tracks[i].number(3)};
    elapsed_ms = std::max(elapsed_ms, tracks[i].number(4));
  }
  if (is_open(revision.state) && revision.plan) revision.left_ms = left_ms(*revision.plan, rungs, elapsed_ms);
  return revision;
}

Result<Assembly> PgRevisions::pieces(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kPieces, call_.caller.tenant, revision));
  return assembly_from(rows);
}

Result<void> PgRevisions::save(const Revision& revision) {
  CH_TRY(tx_.run(queries::kSave, call_.caller.tenant, revision.id, to_text(revision.state), revision.version,
                 revision.percent, revision.told, revision.published, revision.failure_reason,
                 revision.failure_message, revision.ready));
  return {};
}

Result<void> PgRevisions::add_piece(RevisionId revision, const Piece& piece) {
  CH_TRY(tx_.run(queries::kInsertPiece, call_.caller.tenant, revision, piece.name.track, piece.name.index,
                 piece.object_key, piece.bytes, piece.sha256, piece.start_frame, piece.frames,
                 to_json(piece.gops), piece.codecs));
  CH_TRY(tx_.run(queries::kUnnote, call_.caller.tenant, piece.object_key));
  return {};
}

Result<void> PgRevisions::forget_piece(RevisionId revision, const PieceName& name) {
  CH_TRY(tx_.run(queries::kForgetPiece, call_.caller.tenant, revision, name.track, name.index));
  return {};
}

Result<std::int64_t> PgRevisions::unfinished(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kUnfinished, call_.caller.tenant, revision));
  return rows[0].number(0);
}

Result<void> PgRevisions::progressed(const sql::Task& task) {
  CH_TRY(tx_.run(queries::kProgressed, call_.caller.tenant, task.id, task.epoch));
  return {};
}

Result<void> PgRevisions::move_owner(UserId from, UserId to) {
  CH_TRY(tx_.run(queries::kMoveOwner, call_.caller.tenant, from, to));
  return {};
}

}  // namespace cliffhanger::transcode
