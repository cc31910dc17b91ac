#pragma once
// Every statement about exports.
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

// One replica at a time; the others have nothing to wait for.
inline constexpr sql::Query kExportLead{
    "export_lead", "SELECT pg_try_advisory_xact_lock(hashtextextended('insight export', 0))"};

inline constexpr sql::Query kExportLast{"export_last",
                                        "SELECT end_time FROM export_window ORDER BY start DESC LIMIT 1"};
// Where exports begin: complete, and of no attempt.
inline constexpr sql::Query kExportOrigin{
    "export_origin",
    "INSERT INTO export_window (start, end_time, horizon, complete) VALUES ($1, $2, "
    "pg_snapshot_xmin(pg_current_snapshot()), true) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kExportClose{
    "export_close",
    "INSERT INTO export_window (start, end_time, horizon) VALUES ($1, $2, "
    "pg_snapshot_xmin(pg_current_snapshot())) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kExportNext{
    "export_next",
    "SELECT w.start, w.end_time, w.horizon::text, (SELECT p.horizon::text FROM export_window p "
    "WHERE p.start < w.start ORDER BY p.start DESC LIMIT 1) "
    "FROM export_window w WHERE NOT w.complete ORDER BY w.start LIMIT 1"};
inline constexpr sql::Query kExportDropAttempts{
    "export_drop_attempts",
    "UPDATE export_part SET state = 'dropped' WHERE window_start = $1 AND state <> 'dropped'"};
inline constexpr sql::Query kExportBegin{
    "export_begin", "UPDATE export_window SET attempt = $2 WHERE start = $1 AND NOT complete"};
inline constexpr sql::Query kExportComplete{
    "export_complete",
    "UPDATE export_window SET complete = true WHERE start = $1 AND attempt = $2 AND NOT complete"};
inline constexpr sql::Query kExportReady{
    "export_ready",
    "UPDATE export_part SET state = 'ready' WHERE window_start = $1 AND attempt = $2 AND state = 'written'"};
inline constexpr sql::Query kExportDays{
    "export_days",
    "INSERT INTO export_day (tenant, day) SELECT DISTINCT tenant, window_start::date FROM export_part "
    "WHERE window_start = $1 AND state = 'ready' ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kExportDayDue{
    "export_day_due", "UPDATE export_day SET version = version + 1 WHERE day = $1::timestamptz::date"};
inline constexpr sql::Query kExportGiveUp{
    "export_give_up",
    "UPDATE export_part SET state = 'dropped' WHERE state <> 'dropped' AND window_start IN (SELECT start FROM "
    "export_window WHERE NOT complete)"};

inline constexpr sql::Query kExportNote{
    "export_note",
    "INSERT INTO export_part (part_id, tenant, window_start, number, attempt, state, rewritten) VALUES ($1, "
    "$2, $3, $4, $5, 'writing', $6)"};
inline constexpr sql::Query kExportName{
    "export_name",
    "INSERT INTO export_viewer (part_id, tenant, user_id) SELECT $1, $2, unnest($3::text[]::uuid[]) "
    "ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kExportErased{
    "export_erased",
    "SELECT u FROM unnest($2::text[]) u WHERE EXISTS (SELECT FROM erased e WHERE e.tenant = $1 AND "
    "e.person = encode(sha256(convert_to($1 || '/' || u, 'UTF8')), 'hex'))"};
#define INSIGHT_ACCOUNT_OF(who) \
  "coalesce((SELECT m.user_id FROM merged m WHERE m.tenant = $1 AND m.guest_id = " who "), " who ")"
inline constexpr sql::Query kExportRefused{
    "export_refused",
    "SELECT u, to_char(c.refused AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
    "FROM unnest($2::text[]) u JOIN consent c ON c.tenant = $1 AND c.user_id = " INSIGHT_ACCOUNT_OF("u::uuid")
    " WHERE NOT c.analytics AND c.refused IS NOT NULL"};
#undef INSIGHT_ACCOUNT_OF
// The lock of refusals: they mark what they find written, and what is written later finds them.
inline constexpr sql::Query kExportPeople{
    "export_people", "SELECT pg_advisory_xact_lock(hashtextextended('insight export people', 0))"};
// Refusals that came since the object was noted; what came before was seen by whoever read for it. A database that was restored elsewhere may have some of transactions
// to come.
inline constexpr sql::Query kExportWritten{
    "export_written",
    "UPDATE export_part p SET state = 'written', lines = $2, bytes = $3, stale = p.stale OR $4 OR EXISTS ("
    "SELECT FROM consent c WHERE c.tenant = p.tenant AND NOT c.analytics AND c.heard >= p.horizon "
    "AND c.heard < pg_snapshot_xmax(pg_current_snapshot()) AND EXISTS (SELECT FROM export_viewer v WHERE v.part_id = p.part_id AND "
    "(v.user_id = c.user_id OR v.user_id IN (SELECT m.guest_id FROM merged m WHERE m.tenant = p.tenant AND "
    "m.user_id = c.user_id)))) WHERE p.part_id = $1 AND p.state = 'writing'"};

#define INSIGHT_PART                                                                                      \
  "p.part_id, p.tenant, p.window_start, p.number, p.attempt, p.rewritten, p.lines, p.bytes "
inline constexpr sql::Query kExportStale{
    "export_stale",
    "SELECT " INSIGHT_PART "FROM export_part p WHERE p.stale AND p.state = 'ready' LIMIT 1"};
inline constexpr sql::Query kExportBeginAgain{
    "export_begin_again",
    "UPDATE export_part SET state = 'dropped' WHERE window_start = $1 AND tenant = $2 AND number = $3 AND "
    "state IN ('writing', 'written')"};
inline constexpr sql::Query kExportRetire{
    "export_retire",
    "UPDATE export_part SET state = 'dropped', stale = false WHERE part_id = $1 AND state = 'ready'"};
inline constexpr sql::Query kExportPromote{
    "export_promote", "UPDATE export_part SET state = 'ready' WHERE part_id = $1 AND state = 'written'"};

// The newest stays: the next one begins where it ends.
inline constexpr sql::Query kExportExpired{
    "export_expired",
    "DELETE FROM export_window WHERE start IN (SELECT start FROM export_window WHERE complete AND end_time < "
    "$1 AND start < (SELECT max(start) FROM export_window) ORDER BY start LIMIT 100) RETURNING start"};

inline constexpr sql::Query kExportNextDay{
    "export_next_day",
    "SELECT tenant, day::text, version FROM export_day WHERE told < version LIMIT 1 FOR UPDATE SKIP LOCKED"};
#define INSIGHT_WINDOWS(which)                                                                              \
  "SELECT w.start, w.end_time, p.part_id, p.number, p.rewritten, p.lines, p.bytes FROM (SELECT * FROM "     \
  "export_window WHERE complete AND attempt IS NOT NULL AND " which                                         \
  ") w LEFT JOIN export_part p ON p.tenant = $1 AND p.window_start = w.start AND p.state = 'ready' "
inline constexpr sql::Query kExportOfDay{
    "export_of_day",
    INSIGHT_WINDOWS("start >= $2::date AND start < $2::date + 1") "ORDER BY w.start, p.number"};
inline constexpr sql::Query kExportList{
    "export_list",
    INSIGHT_WINDOWS("start < $2::timestamptz ORDER BY start DESC LIMIT $3") "ORDER BY w.start DESC, p.number"};
#undef INSIGHT_WINDOWS
inline constexpr sql::Query kExportTold{
    "export_told", "UPDATE export_day SET told = $3 WHERE tenant = $1 AND day = $2::date"};
inline constexpr sql::Query kExportForgetDay{
    "export_forget_day", "DELETE FROM export_day WHERE tenant = $1 AND day = $2::date"};
// Not while a manifest may name it.
inline constexpr sql::Query kExportDropped{
    "export_dropped",
    "SELECT " INSIGHT_PART
    "FROM export_part p WHERE p.state = 'dropped' AND NOT EXISTS (SELECT FROM export_day d WHERE "
    "d.tenant = p.tenant AND d.day = p.window_start::date AND d.told < d.version) LIMIT $1"};
#undef INSIGHT_PART
inline constexpr sql::Query kExportForget{"export_forget",
                                          "DELETE FROM export_part WHERE part_id = $1 AND state = 'dropped'"};

inline constexpr sql::Query kExportOfPeople{
    "export_of_people",
    "UPDATE export_part SET stale = true WHERE part_id IN (SELECT part_id FROM export_viewer WHERE tenant = "
    "$1 AND user_id = ANY ($2::text[]::uuid[])) AND state <> 'dropped'"};
inline constexpr sql::Query kExportUnclean{
    "export_unclean",
    "SELECT EXISTS (SELECT FROM export_part WHERE tenant = $1 AND (stale OR state = 'dropped'))"};
inline constexpr sql::Query kExportClaim{
    "export_claim",
    "SELECT k.key FROM unnest($1::text[], $2::text[], $3::text[]) AS k (key, tenant, part) "
    "WHERE EXISTS (SELECT FROM export_part p WHERE p.part_id = k.part::uuid AND p.tenant = k.tenant)"};
inline constexpr sql::Query kExportClaimDays{
    "export_claim_days",
    "SELECT k.key FROM unnest($1::text[], $2::text[], $3::text[]) AS k (key, tenant, day) "
    "WHERE EXISTS (SELECT FROM export_day d WHERE d.tenant = k.tenant AND d.day::text = k.day)"};

}  // namespace cliffhanger::insight::queries
