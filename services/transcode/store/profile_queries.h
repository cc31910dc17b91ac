#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

// Also where there is no profile yet: of two first episodes one makes it.
inline constexpr sql::Query kLockSeries{
    "series_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/series/' || $2, 0))"};
// $3: the version, or NULL for the newest.
inline constexpr sql::Query kProfile{"series_profile",
                                     "SELECT version, rows, audio_kbps, loudness, gain_db, created_at, "
                                     "settled_at IS NOT NULL FROM series_profile "
                                     "WHERE tenant = $1 AND series_id = $2 AND ($3::bigint IS NULL OR "
                                     "version = $3) ORDER BY version DESC LIMIT 1"};
inline constexpr sql::Query kProfileUsed{
    "series_profile_used",
    "SELECT 1 FROM revision WHERE tenant = $1 AND series_id = $2 AND profile_version = $3 "
    "AND state <> 'cancelled' AND plan IS NOT NULL LIMIT 1"};
inline constexpr sql::Query kSaveProfile{
    "series_profile_save",
    "INSERT INTO series_profile AS is_now (tenant, series_id, version, rows, audio_kbps, loudness, gain_db, "
    "created_at, settled_at) "
    "VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, CASE WHEN $9::bool THEN now() END) "
    "ON CONFLICT (tenant, series_id, version) DO UPDATE SET rows = excluded.rows, audio_kbps = "
    "excluded.audio_kbps, "
    "loudness = excluded.loudness, gain_db = excluded.gain_db, settled_at = excluded.settled_at WHERE "
    "is_now.settled_at IS NULL"};
inline constexpr sql::Query kSaveGain{
    "series_profile_gain",
    "UPDATE series_profile SET gain_db = $4 WHERE tenant = $1 AND series_id = $2 "
    "AND version = $3 AND gain_db IS NULL"};
inline constexpr sql::Query kPlansOfSeries{
    "series_plans",
    "SELECT plan FROM revision WHERE tenant = $1 AND series_id = $2 AND plan IS NOT NULL "
    "AND state IN ('processing', 'provisional', 'ready') AND plan->'tailCrfs' IS DISTINCT FROM '[]'::jsonb "
    "ORDER BY revision_id DESC LIMIT $3"};

}  // namespace cliffhanger::transcode::queries
