#include "services/playback/store/pg_shelf.h"

#include "cliffhanger/playback/v1/events.pb.h"
#include "services/playback/domain/limits.h"
#include "services/playback/store/queries.h"

namespace cliffhanger::playback {
namespace {

Result<void> done(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  return {};
}

Progress progress_from(const sql::Rows::Row& row) {
  return {row.id<SeriesId>(0), row.id<EpisodeId>(1), static_cast<std::int32_t>(row.number(2)),
          row.number(3),       row.number(4),        row.flag(5),
          row.time(6)};
}

v1::WatchEvent to_proto(WatchEvent event) {
  switch (event) {
    case WatchEvent::kComplete:
      return v1::WATCH_EVENT_COMPLETE;
    case WatchEvent::kSkip:
      return v1::WATCH_EVENT_SKIP;
    case WatchEvent::kProgress:
      break;
  }
  return v1::WATCH_EVENT_PROGRESS;
}

template <class Event>
Event about(const Session& session) {
  Event event;
  event.set_session_id(session.id.text());
  event.set_user_id(session.user.text());
  event.set_episode_id(session.what.episode.text());
  event.set_series_id(session.what.series.text());
  event.set_episode_number(session.what.number);
  event.set_revision_id(session.what.revision.text());
  set_time(event.mutable_time(), session.reported);
  return event;
}

}  // namespace

Result<UserId> PgShelf::person(const UserId& guest) {
  CH_TRY(tx_.run(queries::kHoldPerson, tenant_, guest));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, guest));
  return rows.empty() ? guest : rows[0].id<UserId>(0);
}

Result<void> PgShelf::add(const Session& s) {
  return done(tx_.run(queries::kAddSession, tenant_, s.id, s.user, s.what.episode, s.what.series,
                      s.what.number, s.what.revision, s.what.provisional, s.what.duration_ms, s.created,
                      s.expires, s.reported, s.version, s.announced));
}

Result<std::optional<Session>> PgShelf::find(const SessionId& id) {
  return session(queries::kFindSession, id);
}

Result<std::optional<Session>> PgShelf::lock(const SessionId& id) {
  return session(queries::kLockSession, id);
}

Result<std::optional<Session>> PgShelf::session(const sql::Query& query, const SessionId& id) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(query, tenant_, id));
  if (rows.empty()) return std::optional<Session>();
  const auto row = rows[0];
  Session s;
  s.id = row.id<SessionId>(0);
  s.user = row.id<UserId>(1);
  s.what = {row.id<EpisodeId>(2),  row.id<SeriesId>(3), static_cast<std::int32_t>(row.number(4)),
            row.id<RevisionId>(5), row.number(6),       row.flag(7)};
  s.created = row.time(8);
  s.expires = row.time(9);
  s.sequence = row.number(10);
  s.position_ms = row.number(11);
  s.completed = row.flag(12);
  s.reported = row.time(13);
  s.version = row.number(14);
  s.revoked = row.flag(15);
  s.announced = row.flag(16);
  return std::optional(s);
}

Result<void> PgShelf::save_report(const Session& s) {
  return done(tx_.run(queries::kSaveReport, tenant_, s.id, s.sequence, s.position_ms, s.completed, s.reported,
                      s.version));
}

Result<std::optional<Progress>> PgShelf::progress(const UserId& user, const EpisodeId& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kFindProgress, tenant_, user, episode));
  if (rows.empty()) return std::optional<Progress>();
  return std::optional(progress_from(rows[0]));
}

Result<void> PgShelf::save_progress(const UserId& user, const Progress& p) {
  for (const auto& query : {queries::kSaveEpisodeProgress, queries::kSaveSeriesProgress}) {
    CH_TRY(tx_.run(query, tenant_, user, p.series, p.episode, p.number, p.position_ms, p.duration_ms,
                   p.completed, p.updated));
  }
  return {};
}

Result<std::vector<Progress>> PgShelf::unfinished(const UserId& user, const std::optional<Place>& after,
                                                  int limit) {
  const auto updated = after ? std::optional(after->updated) : std::nullopt;
  const auto series = after ? std::optional(after->series) : std::nullopt;
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kUnfinished, tenant_, user, updated, series, limit));
  std::vector<Progress> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(progress_from(rows[i]));
  return out;
}

Result<void> PgShelf::merge(const UserId& guest, const UserId& user) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, guest));
  for (const auto& query :
       {queries::kMerge, queries::kMoveSessions, queries::kMoveEpisodes, queries::kMoveSeries}) {
    CH_TRY(tx_.run(query, tenant_, guest, user));
  }
  return {};
}

Result<void> PgShelf::hear_episode(const EpisodeId& episode, const SeriesId& series, std::int32_t number,
                                   bool published, std::int64_t version,
                                   const std::optional<RevisionId>& revision) {
  return done(tx_.run(queries::kHearEpisode, tenant_, episode, series, number, published, version, revision));
}

Result<void> PgShelf::hear_series(const SeriesId& series, bool published, std::int64_t version) {
  return done(tx_.run(queries::kHearSeries, tenant_, series, published, version));
}

Result<void> OutboxNews::started(const Session& session) {
  auto event = about<v1::PlaybackStarted>(session);
  event.set_viewer_region(session.what.region);
  return outbox_.emit(tx_, call_, session.id.uuid(), session.version, event);
}

Result<void> OutboxNews::reported(const Session& session, const Report& report) {
  auto event = about<v1::PlaybackReported>(session);
  event.set_event(to_proto(report.event));
  event.set_position_ms(report.position_ms);
  event.set_duration_ms(session.what.duration_ms);
  event.set_watched_ms(report.watched_ms);
  auto* context = event.mutable_context();
  context->set_source(static_cast<v1::WatchSource>(report.context.source));
  context->set_device(static_cast<v1::DeviceClass>(report.context.device));
  context->set_region(report.context.region);
  return outbox_.emit(tx_, call_, session.id.uuid(), session.version, event);
}

Result<bool> sweep(sql::Tx& tx, Time now) {
  CH_ASSIGN(const sql::Rows rows, tx.run(queries::kSweep, Time(now - kSessionKept), kSweepRows));
  CH_ASSIGN(const sql::Rows old, tx.run(queries::kSweepTakedowns, now, kSweepRows));
  CH_ASSIGN(const sql::Rows purged, tx.run(queries::kSweepPurges, Time(now - kPurgeKept), kSweepRows));
  return rows.affected() == kSweepRows || old.affected() == kSweepRows || purged.affected() == kSweepRows;
}

}  // namespace cliffhanger::playback
