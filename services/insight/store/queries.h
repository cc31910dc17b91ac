#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

inline constexpr sql::Query kRecord{
    "event_record",
    "INSERT INTO event (day, tenant, user_id, event_id, kind, event_time, received_time, episode_id, "
    "series_id, revision_id, session_id, position_ms, amount_ms, "
    "bitrate_bps, place, value, region, network, platform, form) SELECT (e.client_time::timestamptz AT TIME ZONE 'UTC')::date, $1, $2, "
    "e.event_id::uuid, e.kind::smallint, "
    "e.event_time::timestamptz, $3, nullif(e.episode_id, '')::uuid, nullif(e.series_id, '')::uuid, "
    "nullif(e.revision_id, '')::uuid, "
    "nullif(e.session_id, '')::uuid, e.position_ms::bigint, e.amount_ms::bigint, e.bitrate_bps::bigint, "
    "e.place::int, e.value, $17, $18::smallint, $19::smallint, $20::smallint "
    "FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
    "$11::text[], $12::text[], $13::text[], $14::text[], "
    "$15::text[], $16::text[]) AS e (client_time, event_id, kind, event_time, episode_id, series_id, "
    "revision_id, session_id, position_ms, amount_ms, "
    "bitrate_bps, place, value) ON CONFLICT DO NOTHING RETURNING event_id"};
inline constexpr sql::Query kMakeDay{
    "event_day_make", "SELECT make_event_day(($1::timestamptz AT TIME ZONE 'UTC')::date + $2::int)"};
inline constexpr sql::Query kDropDays{
    "event_days_drop", "SELECT drop_event_days(($1::timestamptz AT TIME ZONE 'UTC')::date - $2::int)"};

inline constexpr sql::Query kHearEpisode{
    "episode_hear",
    "INSERT INTO episode AS e (tenant, episode_id, owner_id, duration_ms, version) VALUES ($1, $2, $3, $4, "
    "$5) ON CONFLICT (tenant, episode_id) DO UPDATE "
    "SET owner_id = excluded.owner_id, duration_ms = excluded.duration_ms, version = excluded.version WHERE "
    "e.version < excluded.version"};
inline constexpr sql::Query kEpisode{
    "episode_find", "SELECT owner_id, duration_ms FROM episode WHERE tenant = $1 AND episode_id = $2"};

// Who a guest is now; the locks keep a merge and the guest's own news apart (as community has it).
inline constexpr sql::Query kHoldPerson{
    "person_hold",
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('insight merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kLockPerson{
    "person_lock", "SELECT pg_advisory_xact_lock(hashtextextended('insight merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kPerson{"person_find",
                                    "SELECT user_id FROM merged WHERE tenant = $1 AND guest_id = $2"};
inline constexpr sql::Query kRemember{
    "merge_remember",
    "INSERT INTO merged (tenant, guest_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kTakeViewings{"viewings_take",
                                          "DELETE FROM viewing WHERE tenant = $1 AND user_id = $2 RETURNING "
                                          "episode_id, plays, watched_ms, completed, skips, seen"};

inline constexpr sql::Query kBegin{"viewing_begin",
                                   "INSERT INTO viewing (tenant, episode_id, user_id, plays, watched_ms, "
                                   "completed, skips, seen) VALUES ($1, $2, $3, 0, 0, false, 0, '') "
                                   "ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kSeen{
    "viewing_seen",
    "SELECT seen FROM viewing WHERE tenant = $1 AND episode_id = $2 AND user_id = $3 FOR UPDATE"};
inline constexpr sql::Query kAdd{"viewing_add",
                                 "UPDATE viewing SET plays = plays + $4, watched_ms = watched_ms + $5, "
                                 "completed = completed OR $6, skips = skips + $7, seen = $8 "
                                 "WHERE tenant = $1 AND episode_id = $2 AND user_id = $3"};
inline constexpr sql::Query kTotals{
    "viewing_totals",
    "SELECT coalesce(sum(plays), 0)::bigint, count(*), coalesce(sum(watched_ms), 0)::bigint, count(*) FILTER "
    "(WHERE completed), coalesce(sum(skips), 0)::bigint "
    "FROM viewing WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kAllSeen{
    "viewing_all_seen", "SELECT seen FROM viewing WHERE tenant = $1 AND episode_id = $2 AND seen <> ''"};

}  // namespace cliffhanger::insight::queries
