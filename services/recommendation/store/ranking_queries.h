#pragma once
// Statements about what a ranking learns from and what it learnt. $1 is the tenant in each.
#include "libs/sql/sql.h"

namespace cliffhanger::recommendation::queries {

// Whether `who` allows profiling; `unasked`: the parameter that says so of who decided nothing.
#define RECOMMENDATION_ALLOWS(who, unasked) \
  "coalesce((SELECT profiling FROM consent c WHERE c.tenant = $1 AND c.user_id = " who "), " unasked ")"

inline constexpr sql::Query kNotePlay{
    "recommendation_note_play",
    "INSERT INTO play AS p (tenant, user_id, session_id, series_id, episode_id, started_at, watched_ms, duration_ms, "
    "completed, skipped) SELECT $1, w.id, $3, $4, $5, $6, $7, $8, $9, $10 FROM (SELECT coalesce((SELECT user_id FROM "
    "merged WHERE tenant = $1 AND guest_id = $2), $2::uuid) AS id) w WHERE " RECOMMENDATION_ALLOWS("w.id", "$11")
    " ON CONFLICT (tenant, user_id, session_id) DO UPDATE SET started_at = least(p.started_at, excluded.started_at), "
    "watched_ms = p.watched_ms + excluded.watched_ms, duration_ms = greatest(p.duration_ms, excluded.duration_ms), "
    "completed = p.completed OR excluded.completed, skipped = p.skipped OR excluded.skipped"};
// $2: the guest, $3: the account.
inline constexpr sql::Query kMergePlays{
    "recommendation_merge_plays",
    "WITH moved AS (DELETE FROM play WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO play AS p (tenant, user_id, session_id, series_id, episode_id, started_at, watched_ms, duration_ms, "
    "completed, skipped) SELECT tenant, $3::uuid, session_id, series_id, episode_id, started_at, watched_ms, duration_ms, "
    "completed, skipped FROM moved WHERE " RECOMMENDATION_ALLOWS("$3::uuid", "$4")
    " ON CONFLICT (tenant, user_id, session_id) DO UPDATE SET started_at = least(p.started_at, excluded.started_at), "
    "watched_ms = p.watched_ms + excluded.watched_ms, duration_ms = greatest(p.duration_ms, excluded.duration_ms), "
    "completed = p.completed OR excluded.completed, skipped = p.skipped OR excluded.skipped"};
inline constexpr sql::Query kForgetPlays{"recommendation_forget_plays",
                                         "DELETE FROM play WHERE tenant = $1 AND user_id = $2"};

// Logged pages of who allows profiling, of one day ($2), with who they are now. $5: how many; $6: the house's
// default.
#define RECOMMENDATION_PAGES                                                                              \
  "SELECT d.decision_id, coalesce(m.user_id, d.user_id), d.made_at, d.policy, d.model, d.pool, d.shown, " \
  "d.inputs "                                                                                             \
  "FROM decision d LEFT JOIN merged m ON m.tenant = $1 AND m.guest_id = d.user_id WHERE d.tenant = $1 "   \
  "AND d.day = ($2::timestamptz AT TIME ZONE 'UTC')::date AND d.user_id IS NOT NULL AND d.inputs IS NOT " \
  "NULL "                                                                                                 \
  "AND d.made_at <= $4 AND " RECOMMENDATION_ALLOWS("coalesce(m.user_id, d.user_id)", "$6")
// Those before $3, the newest first.
inline constexpr sql::Query kPagesBefore{"recommendation_pages_before", RECOMMENDATION_PAGES
                                         " AND d.decision_id < $3 ORDER BY d.decision_id DESC LIMIT $5"};
// Those after $3, in order.
inline constexpr sql::Query kPagesAfter{"recommendation_pages_after", RECOMMENDATION_PAGES
                                        " AND d.decision_id > $3 ORDER BY d.decision_id LIMIT $5"};
#undef RECOMMENDATION_PAGES
#undef RECOMMENDATION_ALLOWS

// $2: people; $3, $4: from when until before when.
inline constexpr sql::Query kPlaysOf{
    "recommendation_plays_of",
    "SELECT user_id, series_id, episode_id, started_at, watched_ms, duration_ms, completed, skipped FROM "
    "play "
    "WHERE tenant = $1 AND user_id = ANY ($2::uuid[]) AND started_at >= $3 AND started_at < $4"};
inline constexpr sql::Query kPraisesOf{
    "recommendation_praises_of",
    "SELECT user_id, series_id, reaction, created_at FROM reaction WHERE tenant = $1 AND user_id = ANY "
    "($2::uuid[]) "
    "AND is_set AND series_id IS NOT NULL AND created_at >= $3 AND created_at < $4 "
    "UNION ALL SELECT user_id, series_id, 'share', shared_at FROM engagement WHERE tenant = $1 AND user_id = ANY "
    "($2::uuid[]) AND shared_at >= $3 AND shared_at < $4"};
inline constexpr sql::Query kTraitsOf{"recommendation_traits_of",
                                      "SELECT series_id, owner_id, tags, language FROM series WHERE tenant = "
                                      "$1 AND series_id = ANY ($2::uuid[])"};

// Who learns: one transaction of a tenant at a time.
inline constexpr sql::Query kTryToLearn{
    "recommendation_try_to_learn",
    "SELECT pg_try_advisory_xact_lock(hashtextextended('recommendation ranking ' || $1, 0))"};
inline constexpr sql::Query kProgressAt{
    "recommendation_ranking_progress_at",
    "SELECT object_id, step, upto FROM ranking_progress WHERE tenant = $1"};
// $2, $3: nothing if it is not there any more.
inline constexpr sql::Query kProgressLearner{
    "recommendation_ranking_progress_learner",
    "SELECT learner FROM ranking_progress WHERE tenant = $1 AND object_id = $2 AND step = $3"};
inline constexpr sql::Query kSaveProgress{
    "recommendation_save_ranking_progress",
    "INSERT INTO ranking_progress (tenant, object_id, step, upto, learner) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (tenant) DO UPDATE SET object_id = excluded.object_id, step = excluded.step, upto = "
    "excluded.upto, "
    "learner = excluded.learner"};

// Of every tenant; $1: before when. Up to $2 rows.
inline constexpr sql::Query kDropPlays{"recommendation_drop_plays",
                                       "DELETE FROM play WHERE ctid = ANY (ARRAY(SELECT ctid FROM play WHERE "
                                       "started_at < $1 ORDER BY started_at LIMIT $2))"};

}  // namespace cliffhanger::recommendation::queries
