#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::collector::queries {

#define CH_COLLECTION                                                                                    \
  "collection_id, tenant, state, dry_run, written_before, most_percent, cursor, seen, seen_bytes, claimed, " \
  "young, foreign_keys, condemned, condemned_bytes, named, named_bytes, removed, removed_bytes, spared, "    \
  "unfinished, reason, message, started_at, ended_at"

inline constexpr sql::Query kAdd{
    "collection_add",
    "INSERT INTO collection (collection_id, tenant, state, dry_run, written_before, most_percent, started_at) "
    "VALUES ($1, $2, 'marking', $3, $4, $5, $6) ON CONFLICT ((true)) WHERE ended_at IS NULL DO NOTHING"};
// At most $2, in the order of the index.
inline constexpr sql::Query kForgetOlder{
    "collection_forget_older",
    "DELETE FROM condemned WHERE (collection_id, object_key) IN (SELECT collection_id, object_key FROM condemned "
    "WHERE collection_id <> $1 ORDER BY collection_id, object_key LIMIT $2)"};
inline constexpr sql::Query kUnderWay{"collection_under_way",
                                      "SELECT " CH_COLLECTION " FROM collection WHERE ended_at IS NULL"};
inline constexpr sql::Query kFind{"collection_find",
                                  "SELECT " CH_COLLECTION " FROM collection WHERE collection_id = $1"};
// Newest first; $1: those before this one, or NULL.
inline constexpr sql::Query kList{"collection_list",
                                  "SELECT " CH_COLLECTION
                                  " FROM collection WHERE $1::uuid IS NULL OR collection_id < $1 "
                                  "ORDER BY collection_id DESC LIMIT $2"};
inline constexpr sql::Query kSave{
    "collection_save",
    "UPDATE collection SET state = $2, cursor = $3, seen = $4, seen_bytes = $5, claimed = $6, young = $7, "
    "foreign_keys = $8, condemned = $9, condemned_bytes = $10, named = $11, named_bytes = $12, removed = $13, "
    "removed_bytes = $14, spared = $15, unfinished = $16, reason = $17, message = $18, ended_at = $19 "
    "WHERE collection_id = $1 AND ended_at IS NULL"};
inline constexpr sql::Query kNewest{"collection_newest",
                                    "SELECT started_at FROM collection ORDER BY started_at DESC LIMIT 1"};
inline constexpr sql::Query kTrouble{
    "collection_trouble",
    "UPDATE collection SET reason = $2, message = $3 WHERE collection_id = $1 AND ended_at IS NULL"};
inline constexpr sql::Query kCondemn{
    "condemned_add",
    "INSERT INTO condemned (collection_id, tenant, object_key, bytes) SELECT $1, t.tenant, t.object_key, t.bytes::bigint "
    "FROM unnest($2::text[], $3::text[], $4::text[]) AS t(object_key, tenant, bytes) ON CONFLICT DO NOTHING"};
// Gives how many there were, and their bytes.
inline constexpr sql::Query kNamed{
    "condemned_named",
    "WITH named AS (UPDATE condemned SET outcome = 'named' WHERE collection_id = $1 AND object_key = ANY($2::text[]) "
    "AND outcome = 'waiting' RETURNING bytes) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM named"};
inline constexpr sql::Query kIsCondemned{
    "condemned_is", "SELECT FROM condemned WHERE collection_id = $1 AND object_key = $2"};
inline constexpr sql::Query kNext{
    "condemned_next",
    "SELECT object_key, bytes FROM condemned WHERE collection_id = $1 AND object_key > $2 COLLATE \"C\" "
    "AND outcome = 'waiting' ORDER BY object_key LIMIT $3"};
inline constexpr sql::Query kSettle{
    "condemned_settle",
    "UPDATE condemned SET outcome = $3 WHERE collection_id = $1 AND object_key = ANY($2::text[])"};
// Of a tenant.
inline constexpr sql::Query kOfTenant{
    "condemned_of_tenant",
    "SELECT object_key, bytes, outcome FROM condemned WHERE collection_id = $1 AND tenant = $2 "
    "AND object_key > $3 COLLATE \"C\" ORDER BY object_key LIMIT $4"};

}  // namespace cliffhanger::collector::queries
