#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

inline constexpr sql::Query kWish{"burn_wish",
                                  "INSERT INTO burn (tenant, episode_id, language) VALUES ($1, $2, $3) "
                                  "ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kUnwish{
    "burn_unwish", "DELETE FROM burn WHERE tenant = $1 AND episode_id = $2 AND language = $3 RETURNING 1"};
inline constexpr sql::Query kForgetWishes{"burn_forget",
                                          "DELETE FROM burn WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kWishes{"burn_wishes",
                                    "SELECT language FROM burn WHERE tenant = $1 AND episode_id = $2 ORDER "
                                    "BY language COLLATE \"C\" LIMIT 100"};
// Tried again: what failed is as if it had been replaced by nothing.
inline constexpr sql::Query kForgetFailure{
    "burned_forget_failure",
    "UPDATE burned b SET state = 'replaced', replaced_at = now(), failure_reason = '', failure_message = '' "
    "FROM revision r WHERE r.tenant = $1 AND r.episode_id = $2 AND b.tenant = r.tenant "
    "AND b.revision_id = r.revision_id AND b.language = $3 AND b.state = 'failed'"};

inline constexpr sql::Query kBurned{"burned_of_revision",
                                    "SELECT language, version, state FROM burned WHERE tenant = $1 AND "
                                    "revision_id = $2 AND state <> 'replaced' ORDER BY language, version "
                                    "LIMIT 1000"};
inline constexpr sql::Query kBeginBurned{
    "burned_begin",
    "INSERT INTO burned (tenant, revision_id, language, version, state) VALUES ($1, $2, $3, $4, "
    "'processing') "
    "ON CONFLICT (tenant, revision_id, language, version) DO UPDATE SET state = 'processing', replaced_at = "
    "NULL, "
    "failure_reason = '', failure_message = '' WHERE burned.state = 'replaced' RETURNING 1"};
inline constexpr sql::Query kInsertBurnedPieces{
    "burned_pieces_insert",
    "INSERT INTO revision_piece (tenant, revision_id, track, ordinal, piece_key) "
    "SELECT $1, $2::uuid, t.track, t.ordinal, t.piece_key "
    "FROM unnest($3::text[], $4::bigint[], $5::text[]) AS t(track, ordinal, piece_key) "
    "ON CONFLICT (tenant, revision_id, track, ordinal) DO UPDATE SET piece_key = excluded.piece_key"};
inline constexpr sql::Query kBurnedState{"burned_state",
                                         "SELECT state FROM burned WHERE tenant = $1 AND revision_id = $2 "
                                         "AND language = $3 AND version = $4 FOR UPDATE"};
inline constexpr sql::Query kSetBurned{
    "burned_set",
    "UPDATE burned SET state = $5, manifest = $6, replaced_at = CASE WHEN $5 = 'replaced' THEN now() END, "
    "failure_reason = '', failure_message = '' "
    "WHERE tenant = $1 AND revision_id = $2 AND language = $3 AND version = $4 AND state <> $5"};
inline constexpr sql::Query kFailBurned{
    "burned_fail",
    "UPDATE burned b SET state = 'failed', failure_reason = $3, failure_message = $4 FROM work w "
    "WHERE w.tenant = $1 AND w.task_id = $2 AND w.kind = 'burn' AND b.tenant = w.tenant AND b.revision_id = "
    "w.subject "
    "AND b.language = w.payload->>'language' AND b.version = w.payload->>'version' AND b.state = "
    "'processing'"};
inline constexpr sql::Query kBurnIsAsked{
    "burned_is_asked",
    "SELECT 1 FROM work WHERE tenant = $1 AND subject = $2 AND kind = 'burn' AND state IN ('ready', "
    "'leased') "
    "AND payload->>'language' = $3 AND payload->>'version' = $4 LIMIT 1"};
// What is served of it: also while another text is made.
inline constexpr sql::Query kIsServed{"burned_is_served",
                                      "SELECT manifest FROM burned WHERE tenant = $1 AND revision_id = $2 "
                                      "AND language = $3 AND state = 'ready' LIMIT 1"};

}  // namespace cliffhanger::transcode::queries
