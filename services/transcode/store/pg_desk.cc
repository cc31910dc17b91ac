// What people ask of revisions beside looking at them, and what catalog says of episodes.
#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/store/desk_queries.h"
#include "services/transcode/store/early_queries.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {
namespace {

// A row's figures begin at `column`.
Waiting waiting_from(const sql::Rows::Row& row, int column) {
  Waiting out;
  out.priority = static_cast<int>(row.number(column));
  out.waiting = row.number(column + 1);
  out.leased = row.number(column + 2);
  out.oldest_ms = row.number(column + 3);
  return out;
}

}  // namespace

Result<Revision> PgRevisions::cancel(RevisionId id, const OwnerFilter& owner) {
  CH_ASSIGN(Revision revision, lock(id));
  if (revision.state == State::kEarly || (owner && revision.source.owner != *owner))
    return fail(not_found("REVISION_NOT_FOUND", "There is no revision with this id."));
  if (revision.state == State::kReady)
    return fail(precondition("REVISION_READY", "The revision is ready; there is nothing left to cancel."));
  if (!is_open(revision.state)) return count(std::move(revision));
  revision.state = State::kCancelled;
  CH_TRY(sql::cancel_tasks(tx_, id.uuid()));
  CH_ASSIGN(const auto served, tx_.run(queries::kMayBeServed, call_.caller.tenant, id));
  if (served[0].flag(0)) CH_TRY(withdraw(id, revision.source.owner));
  CH_TRY(tell_cancelled(revision));
  CH_TRY(save(revision));
  return count(std::move(revision));
}

Result<void> PgRevisions::tell_cancelled(Revision& revision) {
  ++revision.version;
  v1::RevisionCancelled event;
  event.set_revision_id(revision.id.text());
  event.set_episode_id(revision.source.episode.text());
  return tell(revision, event);
}

Result<Queue> PgRevisions::queue(int most_lanes) {
  Queue out;
  const Tenant& tenant = call_.caller.tenant;
  CH_ASSIGN(const auto priorities, tx_.run(queries::kQueuePriorities, tenant));
  for (std::size_t i = 0; i < priorities.size(); ++i)
    out.priorities.push_back(waiting_from(priorities[i], 0));
  CH_ASSIGN(const auto lanes, tx_.run(queries::kQueueLanes, tenant, most_lanes));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    out.lanes.push_back(waiting_from(lanes[i], 1));
    out.lanes.back().owner = lanes[i].id<UserId>(0);
    out.lanes_total = lanes[i].number(5);
  }
  CH_ASSIGN(const auto dead, tx_.run(queries::kQueueDead, tenant));
  out.dead = dead[0].number(0);
  CH_ASSIGN(const auto failures, tx_.run(queries::kQueueFailures, tenant));
  for (std::size_t i = 0; i < failures.size(); ++i)
    out.failures.push_back({failures[i].text(0), failures[i].number(1)});
  return out;
}

Result<std::vector<DeadLetter>> PgRevisions::dead_letters(const std::optional<DeadCursor>& after, int most) {
  std::optional<Time> ended;
  std::optional<Uuid> task;
  if (after) ended = after->ended, task = after->task;
  CH_ASSIGN(const auto rows, tx_.run(queries::kDeadLetters, call_.caller.tenant, ended, task, most));
  std::vector<DeadLetter> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back({row.uuid(0), row.id<RevisionId>(1), row.id<EpisodeId>(2), row.id<UserId>(3), row.text(4),
                   static_cast<int>(row.number(5)), row.text(6), row.text(7), row.time(8)});
  }
  return out;
}

Result<void> PgRevisions::episode_changed(EpisodeId episode, std::int64_t version,
                                          std::optional<RevisionId> published) {
  CH_ASSIGN(const auto noted,
            tx_.run(queries::kNoteEpisode, call_.caller.tenant, episode, version, published, false));
  if (noted.affected() == 0) return {};
  if (published) CH_TRY(tx_.run(queries::kNeedAgain, call_.caller.tenant, *published));
  return end_replaced(episode);
}

Result<void> PgRevisions::end_replaced(EpisodeId episode) {
  CH_TRY(tx_.run(queries::kEndReplaced, call_.caller.tenant, episode));
  return {};
}

Result<void> PgRevisions::episode_unclear(EpisodeId episode, std::int64_t version) {
  CH_TRY(tx_.run(queries::kForgetEpisode, call_.caller.tenant, episode, version));
  return {};
}

Result<void> PgRevisions::episode_deleted(EpisodeId episode, std::int64_t version) {
  CH_TRY(lock_episode(episode));  // or a source of it is being planned
  CH_TRY(tx_.run(queries::kNoteEpisode, call_.caller.tenant, episode, version, std::optional<RevisionId>(),
                 true));
  CH_ASSIGN(const auto rows, tx_.run(queries::kLockOfEpisode, call_.caller.tenant, episode));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto id = rows[i].id<RevisionId>(0);
    CH_TRY(tx_.run(queries::kCancelAny, call_.caller.tenant, id));
    CH_TRY(sql::cancel_tasks(tx_, id.uuid()));
    if (rows[i].flag(2)) CH_TRY(withdraw(id, rows[i].id<UserId>(1)));
  }
  CH_ASSIGN(const auto ended, tx_.run(queries::kEndEarlyOfEpisode, call_.caller.tenant, episode));
  return end_early_of(ended);
}

Result<bool> PgRevisions::episode_gone(EpisodeId episode) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kEpisodeGone, call_.caller.tenant, episode));
  return !rows.empty();
}

Result<void> PgRevisions::note_object(const std::string& object_key) {
  CH_TRY(tx_.run(queries::kNote, call_.caller.tenant, object_key));
  return {};
}

}  // namespace cliffhanger::transcode
