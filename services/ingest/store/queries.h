#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::ingest::queries {

#define CH_UPLOAD_COLUMNS                                                                               \
  "upload_id, tenant, owner, episode_id, filename, content_type, length, received, epoch, state, "     \
  "failure_reason, failure_message, source_id, sha256, created_at, expires_at, part_count, series_id, purpose, language, label, " \
  "head_bytes, of_partials, joined, place, metadata, imported"

inline constexpr sql::Query kFind{"upload_find", "SELECT " CH_UPLOAD_COLUMNS
                                                 " FROM upload WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kHold{"upload_hold", "SELECT " CH_UPLOAD_COLUMNS
                                                 " FROM upload WHERE tenant = $1 AND upload_id = $2 FOR UPDATE"};
inline constexpr sql::Query kAdd{"upload_add",
                                 "INSERT INTO upload (" CH_UPLOAD_COLUMNS
                                 ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27)"};
inline constexpr sql::Query kSave{
    "upload_save",
    "UPDATE upload SET received = $3, epoch = $4, state = $5, failure_reason = $6, failure_message = $7, "
    "source_id = $8, sha256 = $9, expires_at = $10, part_count = $11, head_bytes = $12, length = $13, joined = $14, "
    "place = $15 WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kAddPart{
    "part_add",
    "INSERT INTO part (tenant, upload_id, start, epoch, length, sha256, object_key) VALUES ($1,$2,$3,$4,$5,$6,$7)"};
inline constexpr sql::Query kParts{
    "part_list",
    "SELECT epoch, start, length, sha256, object_key FROM part WHERE tenant = $1 AND upload_id = $2 ORDER BY start"};
inline constexpr sql::Query kPartAt{
    "part_at",
    "SELECT epoch, start, length, sha256, object_key FROM part WHERE tenant = $1 AND upload_id = $2 AND start = $3"};
inline constexpr sql::Query kMoveParts{
    "part_move", "UPDATE part SET upload_id = $3, start = start + $4 WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kPartialsOf{
    "upload_partials_of", "SELECT upload_id FROM upload WHERE tenant = $1 AND joined = $2 ORDER BY place"};
inline constexpr sql::Query kForgetParts{"part_forget", "DELETE FROM part WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kReceiving{
    "upload_receiving", "SELECT count(*) FROM upload WHERE tenant = $1 AND owner = $2 AND state = 'receiving'"};
inline constexpr sql::Query kOfEpisode{
    "upload_of_episode", "SELECT " CH_UPLOAD_COLUMNS
                         " FROM upload WHERE tenant = $1 AND owner = $2 AND episode_id = $3 "
                         "AND ($4::uuid IS NULL OR upload_id < $4) ORDER BY upload_id DESC LIMIT $5"};
inline constexpr sql::Query kLockEpisode{
    "episode_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/episode/' || $2, 0))"};
inline constexpr sql::Query kEpisodeGone{"episode_gone",
                                         "SELECT FROM gone_episode WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kForgetEpisode{
    "episode_forget", "INSERT INTO gone_episode (tenant, episode_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kHoldOfEpisode{
    "upload_hold_of_episode", "SELECT " CH_UPLOAD_COLUMNS
                              " FROM upload WHERE tenant = $1 AND episode_id = $2 AND state <> 'terminated' "
                              "ORDER BY upload_id FOR UPDATE"};
inline constexpr sql::Query kExpired{
    "upload_expired", "SELECT " CH_UPLOAD_COLUMNS
                      " FROM upload WHERE state = 'receiving' AND expires_at < $1 ORDER BY expires_at LIMIT $2 "
                      "FOR UPDATE SKIP LOCKED"};

inline constexpr sql::Query kLockOwner{
    "import_lock_owner", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/imports/' || $2, 0))"};
inline constexpr sql::Query kImporting{
    "import_count", "SELECT count(*) FROM upload WHERE tenant = $1 AND owner = $2 AND state = 'receiving' AND imported"};
// The index upload_stored has all that is summed up.
inline constexpr sql::Query kLockStorage{
    "storage_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/storage/' || $2, 0))"};
inline constexpr sql::Query kStored{
    "storage_stored",
    "SELECT (SELECT coalesce(sum(greatest(length, received)), 0)::bigint FROM upload WHERE tenant = $1 AND owner = $2 "
    "AND state IN ('receiving', 'verifying', 'ready')), "
    "(SELECT limit_bytes FROM storage_limit WHERE tenant = $1 AND owner = $2)"};
inline constexpr sql::Query kStoredByAll{
    "storage_stored_by_all",
    "SELECT (SELECT coalesce(sum(greatest(length, received)), 0)::bigint FROM upload WHERE tenant = $1 "
    "AND state IN ('receiving', 'verifying', 'ready')), (SELECT limit_bytes FROM tenant_storage_limit WHERE "
    "tenant = $1)"};
inline constexpr sql::Query kTenantLimit{"storage_tenant_limit",
                                         "SELECT limit_bytes FROM tenant_storage_limit WHERE tenant = $1"};
inline constexpr sql::Query kSetTenantLimit{
    "storage_set_tenant_limit",
    "INSERT INTO tenant_storage_limit (tenant, limit_bytes) VALUES ($1, $2) "
    "ON CONFLICT (tenant) DO UPDATE SET limit_bytes = excluded.limit_bytes"};
inline constexpr sql::Query kForgetTenantLimit{"storage_forget_tenant_limit",
                                               "DELETE FROM tenant_storage_limit WHERE tenant = $1"};
inline constexpr sql::Query kSetLimit{
    "storage_set_limit",
    "INSERT INTO storage_limit (tenant, owner, limit_bytes) VALUES ($1, $2, $3) "
    "ON CONFLICT (tenant, owner) DO UPDATE SET limit_bytes = excluded.limit_bytes"};
inline constexpr sql::Query kForgetLimit{"storage_forget_limit",
                                         "DELETE FROM storage_limit WHERE tenant = $1 AND owner = $2"};
inline constexpr sql::Query kAddImport{
    "import_add",
    "INSERT INTO import (tenant, upload_id, url, shown_url, validator, furthest, failures, trouble_reason, trouble_message, "
    "deadline) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"};
inline constexpr sql::Query kFindImport{
    "import_find",
    "SELECT url, shown_url, validator, furthest, failures, trouble_reason, trouble_message, deadline FROM import "
    "WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kSaveImport{
    "import_save",
    "UPDATE import SET validator = $3, furthest = $4, failures = $5, trouble_reason = $6, trouble_message = $7 "
    "WHERE tenant = $1 AND upload_id = $2"};
inline constexpr sql::Query kForgetUrl{
    "import_forget_url",
    "UPDATE import SET url = '', trouble_reason = '', trouble_message = '' WHERE tenant = $1 AND upload_id = $2"};

#define CH_OWNERS "tenant = $1 AND owner = ANY ($2::text[]::uuid[])"
inline constexpr sql::Query kForgetLimits{"owner_forget_limits", "DELETE FROM storage_limit WHERE " CH_OWNERS};
inline constexpr sql::Query kForgetOrigins{
    "owner_forget_origins",
    "UPDATE import SET url = '', shown_url = '' WHERE upload_id IN (SELECT upload_id FROM upload WHERE " CH_OWNERS ")"};
inline constexpr sql::Query kForgetNames{"owner_forget_names",
                                         "UPDATE upload SET filename = '', metadata = '' WHERE " CH_OWNERS};
#undef CH_OWNERS

}  // namespace cliffhanger::ingest::queries
