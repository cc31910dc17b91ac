#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::recommendation::queries {

#define CH_MODEL                                                                                        \
  "model_id, state, active, object_id, bytes, viewers, series, interactions, asked, ndcg, popularity, " \
  "reason, "                                                                                            \
  "message, started_at, ended_at, kind, taken, auc, hand_auc, log_loss, hand_log_loss, "                \
  "calibration_error, worth, logged_worth, effective_sample"

inline constexpr sql::Query kModelAdd{
    "model_add",
    "INSERT INTO model (tenant, model_id, state, started_at, kind) VALUES ($1, $2, 'training', $3, $4) "
    "ON CONFLICT (tenant, kind) WHERE state = 'training' DO NOTHING"};
inline constexpr sql::Query kModelUnderWay{
    "model_under_way", "SELECT model_id FROM model WHERE tenant = $1 AND kind = $2 AND state = 'training'"};
inline constexpr sql::Query kModelFind{"model_find",
                                       "SELECT " CH_MODEL " FROM model WHERE tenant = $1 AND model_id = $2"};
// Newest first; $2: those before this one, or NULL.
inline constexpr sql::Query kModelList{
    "model_list", "SELECT " CH_MODEL
                  " FROM model WHERE tenant = $1 AND ($2::uuid IS NULL OR model_id < $2) "
                  "ORDER BY model_id DESC LIMIT $3"};
// One after the other: whoever activates locks all of the tenant's, in order.
inline constexpr sql::Query kModelLock{
    "model_lock", "SELECT " CH_MODEL " FROM model WHERE tenant = $1 ORDER BY model_id FOR UPDATE"};
inline constexpr sql::Query kModelPutOut{
    "model_put_out",
    "UPDATE model SET active = false WHERE tenant = $1 AND active AND model_id <> $2 AND kind = $3"};
inline constexpr sql::Query kModelActivate{
    "model_activate", "UPDATE model SET active = $3 WHERE tenant = $1 AND model_id = $2"};
inline constexpr sql::Query kModelActive{
    "model_active", "SELECT " CH_MODEL " FROM model WHERE tenant = $1 AND kind = $2 AND active"};
inline constexpr sql::Query kModelsActive{
    "models_active", "SELECT " CH_MODEL ", tenant FROM model WHERE kind = $1 AND active"};
inline constexpr sql::Query kModelEnd{"model_end",
                                      "UPDATE model SET state = $3, object_id = $4, bytes = $5, viewers = "
                                      "$6, series = $7, interactions = $8, asked = $9, ndcg = $10, "
                                      "popularity = $11, reason = $12, message = $13, ended_at = $14 WHERE "
                                      "tenant = $1 AND model_id = $2 AND state = 'training'"};
inline constexpr sql::Query kModelRanking{
    "model_ranking",
    "UPDATE model SET taken = $3, auc = $4, hand_auc = $5, log_loss = $6, hand_log_loss = $7, "
    "calibration_error = $8, "
    "worth = $9, logged_worth = $10, effective_sample = $11 WHERE tenant = $1 AND model_id = $2"};
inline constexpr sql::Query kModelTrouble{
    "model_trouble",
    "UPDATE model SET reason = $3, message = $4 WHERE tenant = $1 AND model_id = $2 AND state = 'training'"};
inline constexpr sql::Query kModelForget{
    "model_forget",
    "DELETE FROM model m WHERE m.tenant = $1 AND m.kind = $3 AND NOT m.active AND m.state <> 'training' AND "
    "m.model_id NOT IN ((SELECT model_id FROM model WHERE tenant = $1 AND kind = $3 AND object_id IS NOT "
    "NULL "
    "ORDER BY model_id DESC LIMIT $2) UNION ALL (SELECT model_id FROM model WHERE tenant = $1 AND kind = $3 "
    "AND "
    "object_id IS NULL ORDER BY model_id DESC LIMIT $2))"};
// One step through the index for each tenant that `from` has.
#define RECOMMENDATION_TENANTS(from, kind)                                                                   \
  "WITH RECURSIVE t AS ((SELECT tenant FROM " from                                                           \
  " ORDER BY tenant LIMIT 1) UNION ALL "                                                                     \
  "SELECT (SELECT v.tenant FROM " from                                                                       \
  " v WHERE v.tenant > t.tenant ORDER BY v.tenant LIMIT 1) FROM t WHERE t.tenant IS NOT NULL) "              \
  "SELECT t.tenant, coalesce((SELECT max(m.started_at) FROM model m WHERE m.tenant = t.tenant AND m.kind = " \
  "'" kind "'), 'epoch') FROM t WHERE t.tenant IS NOT NULL"
inline constexpr sql::Query kModelTenants{"model_tenants", RECOMMENDATION_TENANTS("viewing", "taste")};
inline constexpr sql::Query kRankingTenants{"model_ranking_tenants",
                                            RECOMMENDATION_TENANTS("play", "ranking")};
#undef RECOMMENDATION_TENANTS

// $2, $3: the pair before the first. The pairs come from three indexes, each once (of a series with several
// episodes liked or shared, too), or a page would end before all of its range were in; what belongs to them
// is read once for the range of their viewers. Nothing is learnt of who refuses profiling; the parameter:
// whether who decided nothing allows it.
#define RECOMMENDATION_ALLOWS(of, profiled)                                                                  \
  "coalesce((SELECT profiling FROM consent c WHERE c.tenant = $1 AND c.user_id = " of ".user_id), " profiled \
  ")"
inline constexpr sql::Query kTookPage{
    "took_page",
    "WITH pair AS MATERIALIZED ("
    "(SELECT user_id, series_id FROM viewing WHERE tenant = $1 AND (user_id, series_id) > ($2::uuid, "
    "$3::uuid) AND " RECOMMENDATION_ALLOWS("viewing", "$5")
    " "
    "ORDER BY user_id, series_id LIMIT $4) UNION "
    "(SELECT DISTINCT user_id, series_id FROM reaction WHERE tenant = $1 AND (user_id, series_id) > ($2::uuid, "
    "$3::uuid) AND is_set AND series_id IS NOT NULL AND " RECOMMENDATION_ALLOWS("reaction", "$5")
    " "
    "ORDER BY user_id, series_id LIMIT $4) UNION "
    "(SELECT DISTINCT user_id, series_id FROM engagement WHERE tenant = $1 AND (user_id, series_id) > "
    "($2::uuid, $3::uuid) AND shared_at IS NOT NULL AND " RECOMMENDATION_ALLOWS("engagement", "$5")
    " "
    "ORDER BY user_id, series_id LIMIT $4) ORDER BY user_id, series_id LIMIT $4), "
    "seen AS (SELECT user_id, series_id, count(*) AS started, count(*) FILTER (WHERE completed) AS "
    "completed, "
    "count(*) FILTER (WHERE skipped) AS skipped FROM watched WHERE tenant = $1 "
    "AND user_id >= (SELECT user_id FROM pair ORDER BY user_id LIMIT 1) "
    "AND user_id <= (SELECT user_id FROM pair ORDER BY user_id DESC LIMIT 1) GROUP BY user_id, series_id), "
    "said AS (SELECT user_id, series_id, count(*) FILTER (WHERE reaction = 'like') AS liked, "
    "bool_or(reaction = 'favourite') AS favourite, bool_or(reaction = 'follow') AS follows, max(created_at) "
    "AS at "
    "FROM reaction WHERE tenant = $1 AND is_set AND series_id IS NOT NULL "
    "AND user_id >= (SELECT user_id FROM pair ORDER BY user_id LIMIT 1) "
    "AND user_id <= (SELECT user_id FROM pair ORDER BY user_id DESC LIMIT 1) GROUP BY user_id, series_id), "
    "passed_on AS (SELECT user_id, series_id, count(*) AS shared, max(shared_at) AS at FROM engagement "
    "WHERE tenant = $1 AND shared_at IS NOT NULL "
    "AND user_id >= (SELECT user_id FROM pair ORDER BY user_id LIMIT 1) "
    "AND user_id <= (SELECT user_id FROM pair ORDER BY user_id DESC LIMIT 1) GROUP BY user_id, series_id) "
    "SELECT p.user_id, p.series_id, coalesce(greatest((SELECT v.seen_at FROM viewing v WHERE v.tenant = $1 "
    "AND v.user_id = p.user_id AND v.series_id = p.series_id), said.at, passed_on.at), 'epoch'), coalesce(seen.started, 0), "
    "coalesce(seen.completed, 0), coalesce(seen.skipped, 0), coalesce(said.liked, 0), "
    "coalesce(said.favourite, false), "
    "coalesce(said.follows, false), coalesce(passed_on.shared, 0) FROM pair p "
    "LEFT JOIN passed_on ON passed_on.user_id = p.user_id AND passed_on.series_id = p.series_id "
    "LEFT JOIN seen ON seen.user_id = p.user_id AND seen.series_id = p.series_id "
    "LEFT JOIN said ON said.user_id = p.user_id AND said.series_id = p.series_id ORDER BY p.user_id, "
    "p.series_id"};

// The newest published series; then, of some: viewers (a few each), what those took last, and the creator's
// others.
inline constexpr sql::Query kNewestSeries{"model_newest_series",
                                          "SELECT series_id FROM series WHERE tenant = $1 AND published "
                                          "ORDER BY published_at DESC, series_id DESC LIMIT $2"};
inline constexpr sql::Query kViewersOf{
    "model_viewers_of",
    "SELECT n.series_id, v.user_id, o.series_id FROM unnest($2::uuid[]) AS n(series_id) "
    "CROSS JOIN LATERAL (SELECT user_id FROM viewing WHERE tenant = $1 AND series_id = n.series_id "
    "AND " RECOMMENDATION_ALLOWS("viewing", "$5") " LIMIT $3) "
    "v "
    "CROSS JOIN LATERAL (SELECT series_id FROM viewing WHERE tenant = $1 AND user_id = v.user_id "
    "ORDER BY seen_at DESC LIMIT $4) o WHERE o.series_id <> n.series_id ORDER BY n.series_id, v.user_id"};
#undef RECOMMENDATION_ALLOWS
inline constexpr sql::Query kOthersOfCreator{"model_others_of_creator",
                                             "SELECT n.series_id, o.series_id FROM series n CROSS JOIN "
                                             "LATERAL (SELECT series_id FROM series WHERE tenant = $1 "
                                             "AND owner_id = n.owner_id AND published AND series_id <> "
                                             "n.series_id ORDER BY published_at DESC LIMIT $3) o "
                                             "WHERE n.tenant = $1 AND n.series_id = ANY($2::uuid[])"};

// $1: keys, $2: their tenants, $3: their files.
inline constexpr sql::Query kClaimModels{
    "objects_claim_models",
    "SELECT k.key FROM unnest($1::text[], $2::text[], $3::uuid[]) AS k(key, tenant, id) "
    "JOIN model m ON m.tenant = k.tenant AND m.object_id = k.id"};

}  // namespace cliffhanger::recommendation::queries
