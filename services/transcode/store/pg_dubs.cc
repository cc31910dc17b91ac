#include "services/transcode/store/pg_dubs.h"

#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/store/captions_queries.h"
#include "services/transcode/store/desk_queries.h"
#include "services/transcode/store/dubs_queries.h"
#include "services/transcode/store/json.h"
#include "services/transcode/store/pieces.h"
#include "services/transcode/store/queries.h"
#include "services/transcode/store/tasks.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kMostRevisions = 10;   // of an episode that are ready and may be watched
constexpr int kMostAsked = 10 * 16;  // each of them may lack every dub

Dub dub_from(const sql::Rows::Row& row) {
  Dub out;
  out.episode = row.id<EpisodeId>(0);
  out.source = row.id<SourceId>(1);
  out.owner = row.id<UserId>(2);
  out.language = row.text(3);
  out.label = row.text(4);
  out.object_key = row.text(5);
  out.sha256 = row.text(6);
  out.duration_ms = row.number(7);
  out.verified = row.time(8);
  out.refusal_reason = row.text(9);
  out.refusal_message = row.text(10);
  return out;
}

Result<std::vector<DubRecord>> records_from(const sql::Rows& rows) {
  std::vector<DubRecord> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    DubRecord one{dub_from(row), {}};
    if (!one.dub.refusal_reason.empty()) {
      one.progress = {DubState::kFailed, one.dub.refusal_reason, one.dub.refusal_message, ""};
    } else if (!row.is_null(11)) {
      CH_ASSIGN(one.progress.state, parse_dub_state(row.text(11)));
      one.progress.reason = row.text(12);
      one.progress.message = row.text(13);
      one.progress.warning = row.text(14);
    }
    one.pieces_done = row.number(15);
    one.pieces_total = row.number(16);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

// The same as of captions: playlists have both, and whoever writes them reads both.
Result<void> PgDubs::lock(EpisodeId episode) {
  CH_TRY(tx_.run(queries::kLockCaptions, call_.caller.tenant, episode.text()));
  return {};
}

Result<bool> PgDubs::is_gone(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kEpisodeGone, call_.caller.tenant, episode));
  return !rows.empty();
}

Result<void> PgDubs::open(EpisodeId episode, const OwnerFilter& owner) {
  CH_TRY(lock(episode));
  return look(episode, owner);
}

Result<void> PgDubs::look(EpisodeId episode, const OwnerFilter& owner) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubbedEpisode, call_.caller.tenant, episode, owner));
  if (!rows.empty()) return {};
  return fail(not_found("EPISODE_NOT_FOUND",
                        "There is no episode with this id, or nothing was uploaded for it yet."));
}

Result<std::vector<DubRecord>> PgDubs::list(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kListDubs, call_.caller.tenant, episode));
  return records_from(rows);
}

Result<void> PgDubs::add(const Dub& dub) {
  CH_TRY(tx_.run(queries::kAddDub, call_.caller.tenant, dub.episode, dub.source, dub.owner, dub.language,
                 dub.label, dub.object_key, dub.sha256, dub.duration_ms, dub.verified, dub.refusal_reason,
                 dub.refusal_message));
  return tell(RevisionId(), dub);
}

Result<void> PgDubs::drop(const Dub& dub) {
  const std::string track = dub_track(dub.source);
  CH_TRY(tx_.run(queries::kLockDubPieces, call_.caller.tenant, dub.episode, track));
  CH_TRY(tx_.run(queries::kForgetDubPieces, call_.caller.tenant, dub.episode, track));
  CH_TRY(tx_.run(queries::kDropDub, call_.caller.tenant, dub.source));
  return {};
}

Result<bool> PgDubs::is_heard(SourceId source) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubIsHeard, call_.caller.tenant, source));
  return !rows.empty();
}

Result<void> PgDubs::ask(EpisodeId episode) {
  CH_TRY(lock(episode));
  CH_ASSIGN(const auto rows, tx_.run(queries::kUnaskedDubs, call_.caller.tenant, episode, kMostAsked));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto revision = rows[i].id<RevisionId>(0);
    const auto source = rows[i].id<SourceId>(2);
    CH_TRY(set(revision, source, {}));
    CH_TRY(add_run(tx_, call_.caller.tenant, revision, rows[i].id<UserId>(1), dub_run(source), clock_, random_));
  }
  return {};
}

Result<void> PgDubs::refresh(EpisodeId episode) {
  CH_ASSIGN(const auto rows,
            tx_.run(queries::kRevisionsToCaption, call_.caller.tenant, episode, kMostRevisions));
  for (std::size_t i = 0; i < rows.size(); ++i)
    CH_TRY(add_run(tx_, call_.caller.tenant, rows[i].id<RevisionId>(0), rows[i].id<UserId>(1), captions_run(),
                   clock_, random_));
  return {};
}

Result<std::optional<Dub>> PgDubs::find(SourceId source) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFindDub, call_.caller.tenant, source));
  return rows.empty() ? std::optional<Dub>() : dub_from(rows[0]);
}

Result<void> PgDubs::set(RevisionId revision, SourceId source, const DubProgress& progress) {
  CH_ASSIGN(const auto changed,
            tx_.run(queries::kSetDubProgress, call_.caller.tenant, source, revision, to_text(progress.state),
                    progress.reason, progress.message, progress.warning));
  if (changed.empty()) return {};
  CH_ASSIGN(const auto dub, find(source));
  return dub ? tell(revision, *dub) : Result<void>();
}

Result<void> PgDubs::tell(RevisionId revision, const Dub& dub) {
  v1::DubProgressed event;
  if (revision != RevisionId()) event.set_revision_id(revision.text());
  event.set_episode_id(dub.episode.text());
  event.set_source_id(dub.source.text());
  event.set_language(dub.language);
  return outbox_.emit(tx_, call_, dub.source.uuid(), 0, event);
}

Result<std::vector<DubRecord>> PgDubs::of_revision(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubsOfRevision, call_.caller.tenant, revision));
  return records_from(rows);
}

Result<Assembly> PgDubs::pieces(RevisionId revision, const std::string& track) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubPieces, call_.caller.tenant, revision, track));
  return assembly_from(rows);
}

Result<void> PgDubs::drop_replaced(const Dub& dub) {
  CH_ASSIGN(const auto all, list(dub.episode));
  for (const DubRecord& one : all) {
    if (one.dub.language != dub.language || one.dub.source == dub.source || one.dub.verified > dub.verified)
      continue;
    CH_ASSIGN(const auto needed,
              tx_.run(queries::kDubIsNeeded, call_.caller.tenant, one.dub.source, dub.source));
    if (needed.empty()) CH_TRY(drop(one.dub));
  }
  return {};
}

Result<SourceId> PgDubs::source_of(const Uuid& task) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kDubPayload, call_.caller.tenant, task));
  if (rows.empty()) return fail(internal("BAD_TASK", "There is no such task."));
  CH_ASSIGN(const Run run, run_from_json(Kind::kDub, rows[0].text(0)));
  return dub_of(run);
}

Result<void> PgDubs::forget(EpisodeId episode) {
  CH_TRY(lock(episode));
  CH_TRY(tx_.run(queries::kForgetDubs, call_.caller.tenant, episode));
  return {};
}

Result<void> PgDubs::move_owner(UserId from, UserId to) {
  CH_TRY(tx_.run(queries::kMoveDubs, call_.caller.tenant, from, to));
  return {};
}

}  // namespace cliffhanger::transcode
