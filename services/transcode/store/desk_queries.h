#pragma once
#include "libs/sql/sql.h"
#include "services/transcode/store/queries.h"

namespace cliffhanger::transcode::queries {

#define CH_WAITS "(state = 'ready' OR lease_until < now())"
#define CH_QUEUE_FIGURES                                                                     \
  "count(*) FILTER (WHERE " CH_WAITS "), count(*) FILTER (WHERE NOT " CH_WAITS               \
  "), "                                                                                      \
  "coalesce(max(extract(epoch FROM clock_timestamp() - created_at)) FILTER (WHERE " CH_WAITS \
  ") * 1000, 0)::bigint"

inline constexpr sql::Query kMayBeServed{"revision_may_be_served",
                                         "SELECT " CH_MAY_BE_SERVED
                                         " FROM revision WHERE tenant = $1 AND revision_id = $2"};
inline constexpr sql::Query kQueuePriorities{"queue_priorities",
                                             "SELECT priority, " CH_QUEUE_FIGURES
                                             " FROM work WHERE tenant = $1 AND state IN ('ready', 'leased') "
                                             "GROUP BY priority ORDER BY priority"};
// A lane is "<tenant>/<owner>".
inline constexpr sql::Query kQueueLanes{
    "queue_lanes", "SELECT split_part(lane, '/', 2)::uuid, priority, " CH_QUEUE_FIGURES
                   ", count(*) OVER () FROM work WHERE tenant = $1 AND state IN ('ready', 'leased') "
                   "GROUP BY lane, priority ORDER BY 5 DESC, lane, priority LIMIT $2"};
// Of all tenants, for the process's metrics.
inline constexpr sql::Query kQueueFigures{"queue_figures",
                                          "SELECT priority, " CH_QUEUE_FIGURES
                                          " FROM work WHERE state IN ('ready', 'leased') GROUP BY priority"};
inline constexpr sql::Query kQueueDead{"queue_dead",
                                       "SELECT count(*) FROM work WHERE tenant = $1 AND state = 'dead'"};
inline constexpr sql::Query kQueueDeadOfAll{"queue_dead_of_all",
                                            "SELECT count(*) FROM work WHERE state = 'dead'"};
inline constexpr sql::Query kQueueFailures{
    "queue_failures",
    "SELECT failure_reason, count(*) FROM revision WHERE tenant = $1 AND state = 'failed' "
    "AND ended_at > now() - interval '24 hours' GROUP BY failure_reason ORDER BY 2 DESC, 1 LIMIT 20"};

// $2, $3: the last one of the page before, or NULL.
inline constexpr sql::Query kDeadLetters{
    "dead_letters",
    "SELECT w.task_id, w.subject, r.episode_id, r.owner_id, w.kind, w.attempts, w.reason, w.message, "
    "w.ended_at "
    "FROM work w JOIN revision r ON r.tenant = w.tenant AND r.revision_id = w.subject "
    "WHERE w.tenant = $1 AND w.state = 'dead' "
    "AND ($2::timestamptz IS NULL OR (w.ended_at, w.task_id) < ($2::timestamptz, $3::uuid)) "
    "ORDER BY w.ended_at DESC, w.task_id DESC LIMIT $4"};

// News may come late and twice; deleted is for ever.
inline constexpr sql::Query kNoteEpisode{
    "episode_note",
    "INSERT INTO episode (tenant, episode_id, version, published_revision, deleted) VALUES ($1, $2, $3, $4, "
    "$5) "
    "ON CONFLICT (tenant, episode_id) DO UPDATE SET version = excluded.version, "
    "published_revision = excluded.published_revision, deleted = excluded.deleted "
    "WHERE episode.version < excluded.version AND NOT episode.deleted"};
// Published, but not said which.
inline constexpr sql::Query kForgetEpisode{"episode_forget",
                                           "DELETE FROM episode WHERE tenant = $1 AND episode_id = $2 AND "
                                           "version < $3 AND NOT deleted"};
// What viewers got once and get again is needed again.
inline constexpr sql::Query kNeedAgain{"revision_need_again",
                                       "UPDATE revision SET ended_at = NULL WHERE tenant = $1 AND "
                                       "revision_id = $2 AND state = 'ready' AND swept_at IS NULL"};
// A film is replaced by films, not by what is cut out of it: more may be.
inline constexpr sql::Query kEndReplaced{
    "revision_end_replaced",
    "UPDATE revision r SET ended_at = now() FROM episode e WHERE r.tenant = $1 AND r.episode_id = $2 "
    "AND e.tenant = r.tenant AND e.episode_id = r.episode_id AND r.state = 'ready' AND r.ended_at IS NULL "
    "AND e.published_revision IS DISTINCT FROM r.revision_id AND EXISTS (SELECT FROM revision n "
    "WHERE n.tenant = r.tenant AND n.episode_id = r.episode_id AND n.state = 'ready' "
    "AND n.revision_id > r.revision_id AND (r.cut OR NOT n.cut))"};
inline constexpr sql::Query kEpisodeGone{
    "episode_gone", "SELECT FROM episode WHERE tenant = $1 AND episode_id = $2 AND deleted"};
inline constexpr sql::Query kLockOfEpisode{"revision_lock_of_episode",
                                           "SELECT revision_id, owner_id, " CH_MAY_BE_SERVED
                                           " FROM revision WHERE tenant = $1 AND episode_id = $2 "
                                           "AND state NOT IN ('cancelled', 'early') ORDER BY revision_id FOR UPDATE"};
inline constexpr sql::Query kCancelAny{
    "revision_cancel_any",
    "UPDATE revision SET state = 'cancelled', ended_at = now() WHERE tenant = $1 AND revision_id = $2"};

inline constexpr sql::Query kNote{"object_note",
                                  "INSERT INTO garbage (tenant, object_key) VALUES ($1, $2) "
                                  "ON CONFLICT (tenant, object_key) DO UPDATE SET noted_at = greatest(garbage.noted_at, now())"};

#undef CH_QUEUE_FIGURES
#undef CH_WAITS

}  // namespace cliffhanger::transcode::queries
