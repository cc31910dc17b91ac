#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::community::queries {

inline constexpr sql::Query kSet{"reaction_set",
                                 "INSERT INTO reaction (tenant, user_id, reaction, kind, subject_id, since) "
                                 "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kClear{"reaction_clear",
                                   "DELETE FROM reaction WHERE tenant = $1 AND user_id = $2 AND reaction = "
                                   "$3 AND kind = $4 AND subject_id = $5"};
inline constexpr sql::Query kCountUp{
    "counter_up",
    "INSERT INTO counter AS c (tenant, kind, subject_id, likes, favourites, follows, version) VALUES "
    "($1, $2, $3, ($4::text = 'like')::int, ($4 = 'favourite')::int, ($4 = 'follow')::int, 1) "
    "ON CONFLICT (tenant, kind, subject_id) DO UPDATE SET likes = c.likes + excluded.likes, "
    "favourites = c.favourites + excluded.favourites, follows = c.follows + excluded.follows, version = "
    "c.version + 1 RETURNING version"};
inline constexpr sql::Query kCountDown{"counter_down",
                                       "UPDATE counter SET likes = likes - ($4::text = 'like')::int, "
                                       "favourites = favourites - ($4 = 'favourite')::int, "
                                       "follows = follows - ($4 = 'follow')::int, version = version + 1 "
                                       "WHERE tenant = $1 AND kind = $2 AND subject_id = $3 "
                                       "RETURNING version"};
inline constexpr sql::Query kStandings{
    "standings",
    "SELECT coalesce(likes, 0), coalesce(favourites, 0), coalesce(follows, 0), "
    "EXISTS (SELECT FROM reaction r WHERE r.tenant = $1 AND r.user_id = $2 AND r.reaction = 'like' AND "
    "r.kind = s.kind AND r.subject_id = s.id), "
    "EXISTS (SELECT FROM reaction r WHERE r.tenant = $1 AND r.user_id = $2 AND r.reaction = 'favourite' AND "
    "r.kind = s.kind "
    "AND r.subject_id = s.id), "
    "EXISTS (SELECT FROM reaction r WHERE r.tenant = $1 AND r.user_id = $2 AND r.reaction = 'follow' AND "
    "r.kind = s.kind "
    "AND r.subject_id = s.id) "
    "FROM unnest($3::text[], $4::text[]::uuid[]) WITH ORDINALITY AS s (kind, id, place) "
    "LEFT JOIN counter c ON c.tenant = $1 AND c.kind = s.kind AND c.subject_id = s.id ORDER BY s.place"};
inline constexpr sql::Query kList{
    "reaction_list",
    "SELECT kind, subject_id, since FROM reaction WHERE tenant = $1 AND user_id = $2 AND reaction = $3 "
    "AND ($4::timestamptz IS NULL OR (since, kind, subject_id) < ($4, $5, $6)) ORDER BY since DESC, kind "
    "DESC, subject_id DESC LIMIT $7"};

// Who a guest is now. The locks keep a merge and the guest's own requests apart, so that none leaves a row
// behind; apart from kPerson, which must see what was committed while it waited.
inline constexpr sql::Query kHoldPerson{
    "person_hold",
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('community merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kLockPerson{
    "person_lock",
    "SELECT pg_advisory_xact_lock(hashtextextended('community merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kPerson{"person_find",
                                    "SELECT user_id FROM merged WHERE tenant = $1 AND guest_id = $2"};
inline constexpr sql::Query kRemember{
    "merge_remember",
    "INSERT INTO merged (tenant, guest_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

// A guest's reactions become the account's; what both had was counted twice and is counted once from now on.
inline constexpr sql::Query kMerge{
    "reaction_merge",
    "WITH gone AS (DELETE FROM reaction WHERE tenant = $1 AND user_id = $2 RETURNING *), "
    "kept AS (INSERT INTO reaction (tenant, user_id, reaction, kind, subject_id, since) "
    "SELECT tenant, $3::uuid, reaction, kind, subject_id, since FROM gone ON CONFLICT DO NOTHING RETURNING "
    "reaction, kind, subject_id), "
    "twice AS (SELECT kind, subject_id, count(*) FILTER (WHERE reaction = 'like') AS likes, "
    "count(*) FILTER (WHERE reaction = 'favourite') AS favourites, count(*) FILTER (WHERE reaction = "
    "'follow') AS follows "
    "FROM (SELECT reaction, kind, subject_id FROM gone EXCEPT SELECT reaction, kind, subject_id FROM kept) "
    "AS both_had "
    "GROUP BY kind, subject_id) "
    "UPDATE counter c SET likes = c.likes - t.likes, favourites = c.favourites - t.favourites, follows = "
    "c.follows - t.follows "
    "FROM twice t WHERE c.tenant = $1 AND c.kind = t.kind AND c.subject_id = t.subject_id"};

// What people who are erased said is counted no more. Counters are taken in one order, so that two erasures don't wait for each other.
inline constexpr sql::Query kForget{
    "reaction_forget",
    "WITH gone AS (DELETE FROM reaction WHERE ctid = ANY (ARRAY(SELECT ctid FROM reaction WHERE tenant = $1 AND "
    "user_id = ANY ($2::text[]::uuid[]) LIMIT $3 FOR UPDATE)) RETURNING reaction, kind, subject_id), "
    "less AS (SELECT kind, subject_id, count(*) FILTER (WHERE reaction = 'like') AS likes, count(*) FILTER (WHERE "
    "reaction = 'favourite') AS favourites, count(*) FILTER (WHERE reaction = 'follow') AS follows FROM gone "
    "GROUP BY kind, subject_id), "
    "held AS (SELECT c.kind, c.subject_id FROM counter c JOIN less USING (kind, subject_id) WHERE c.tenant = $1 "
    "ORDER BY c.kind, c.subject_id FOR UPDATE OF c), "
    "counted AS (UPDATE counter c SET likes = c.likes - l.likes, favourites = c.favourites - l.favourites, follows = "
    "c.follows - l.follows, version = c.version + 1 FROM less l JOIN held USING (kind, subject_id) "
    "WHERE c.tenant = $1 AND c.kind = l.kind AND c.subject_id = l.subject_id) "
    "SELECT count(*) FROM gone"};

inline constexpr sql::Query kIsCreator{
    "creator_find", "SELECT EXISTS (SELECT FROM creator WHERE tenant = $1 AND user_id = $2)"};
inline constexpr sql::Query kHearCreator{
    "creator_save", "INSERT INTO creator (tenant, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

}  // namespace cliffhanger::community::queries
