#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

// One replica at a time; the others have nothing to wait for.
inline constexpr sql::Query kLockFold{
    "quality_lock", "SELECT pg_try_advisory_xact_lock(hashtextextended('insight quality', 0))"};
inline constexpr sql::Query kFold{"quality_fold",
                                  "SELECT fold_quality($1::int, $2::timestamptz, $3::timestamptz)"};

#define CLIFFHANGER_QUALITY_SUMS                                                                   \
  "sum(plays)::bigint, sum(starts)::bigint, sum(start_up_score)::bigint, sum(played_ms)::bigint, " \
  "sum(rated_ms)::bigint, sum(bits)::bigint, sum(stalls)::bigint, sum(stalled_ms)::bigint, "       \
  "sum(errors)::bigint, sum(exits)::bigint, sum(switches)::bigint, sum(views)::bigint, "           \
  "sum(success)::bigint, "                                                                         \
  "sum(smooth_views)::bigint, sum(smoothness)::bigint, sum(experience)::bigint "
inline constexpr sql::Query kByValue{
    "quality_by_value",
    "SELECT value, " CLIFFHANGER_QUALITY_SUMS
    "FROM quality_cell WHERE tenant = $1 AND minutes = $2 AND start >= $3 AND dimension = $4 GROUP BY value "
    "ORDER BY sum(plays) DESC, sum(played_ms) DESC, value LIMIT $5"};
inline constexpr sql::Query kByTime{
    "quality_by_time",
    "SELECT start, " CLIFFHANGER_QUALITY_SUMS
    "FROM quality_cell WHERE tenant = $1 AND minutes = $2 AND start >= $3 AND dimension = 0 GROUP BY start "
    "ORDER BY start"};
#undef CLIFFHANGER_QUALITY_SUMS
inline constexpr sql::Query kDistributionByValue{
    "quality_distribution_by_value",
    "SELECT value, bucket, sum(n)::bigint FROM quality_histogram WHERE tenant = $1 AND minutes = $2 AND "
    "measure = $3 AND dimension = $4 AND start >= $5 GROUP BY value, bucket"};
inline constexpr sql::Query kDistributionByTime{
    "quality_distribution_by_time",
    "SELECT start, bucket, n FROM quality_histogram WHERE tenant = $1 AND minutes = $2 AND measure = 1 AND "
    "dimension = 0 AND start >= $3"};
inline constexpr sql::Query kDeliveries{
    "quality_deliveries",
    "SELECT value, sum(requests)::bigint, sum(media)::bigint, sum(starved)::bigint, sum(urgent)::bigint, "
    "sum(late)::bigint, sum(bitrates)::bigint, sum(bitrate_kbps)::bigint, sum(buffers)::bigint, "
    "sum(buffer_ms)::bigint FROM delivery_cell WHERE tenant = $1 AND minutes = $2 AND start >= $3 AND "
    "dimension = $4 GROUP BY value ORDER BY sum(requests) DESC, value LIMIT $5"};
inline constexpr sql::Query kQualityTenants{
    "quality_tenants",
    "SELECT DISTINCT tenant FROM quality_cell WHERE minutes = 1 AND start >= $1 AND dimension = 0"};

inline constexpr sql::Query kTakeBatch{
    "delivery_take",
    "INSERT INTO delivery_batch (batch_id, received) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
// The two dimensions and two lengths of cells that a request counts in.
#define CLIFFHANGER_DELIVERY_CELLS                                                                        \
  "CROSS JOIN LATERAL (VALUES (1::smallint, date_trunc('minute', e.at::timestamptz, 'UTC')), "            \
  "(60::smallint, "                                                                                       \
  "date_trunc('hour', e.at::timestamptz, 'UTC'))) AS w (minutes, start) "                                 \
  "CROSS JOIN LATERAL (SELECT 1::smallint AS dimension, $1::text AS value UNION ALL SELECT 2::smallint, " \
  "quality_rung(substring(e.name FROM '(?:^|/)[vh]([0-9]{3,4})/') || 'p') WHERE e.video::boolean) AS d "
inline constexpr sql::Query kAddDeliveries{
    "delivery_add",
    "INSERT INTO delivery_cell AS c SELECT e.tenant, w.minutes, w.start, d.dimension, d.value, count(*), "
    "count(*) FILTER (WHERE e.media::boolean), count(*) FILTER (WHERE e.media::boolean AND "
    "e.starved::boolean), "
    "count(*) FILTER (WHERE e.media::boolean AND e.urgent::boolean), count(*) FILTER (WHERE "
    "e.late::boolean), "
    "count(nullif(e.br, '')), coalesce(sum(nullif(e.br, '')::bigint), 0), count(nullif(e.bl, '')), "
    "coalesce(sum(nullif(e.bl, '')::bigint), 0) FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], "
    "$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) AS e (tenant, at, name, "
    "media, video, "
    "starved, urgent, late, br, bl) " CLIFFHANGER_DELIVERY_CELLS
    "GROUP BY e.tenant, w.minutes, w.start, d.dimension, d.value ORDER BY 1, 2, 3, 4, 5 "
    "ON CONFLICT (tenant, minutes, start, dimension, value) DO UPDATE SET requests = c.requests + "
    "excluded.requests, media = c.media + excluded.media, starved = c.starved + excluded.starved, urgent = "
    "c.urgent + excluded.urgent, late = c.late + excluded.late, bitrates = c.bitrates + excluded.bitrates, "
    "bitrate_kbps = c.bitrate_kbps + excluded.bitrate_kbps, buffers = c.buffers + excluded.buffers, "
    "buffer_ms = "
    "c.buffer_ms + excluded.buffer_ms"};
inline constexpr sql::Query kAddThroughput{
    "delivery_add_throughput",
    "INSERT INTO quality_histogram AS h SELECT e.tenant, w.minutes, w.start, 2, d.dimension, d.value, "
    "quality_bucket(e.mtp::bigint), count(*) FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], "
    "$6::text[]) AS e (tenant, at, name, video, mtp) " CLIFFHANGER_DELIVERY_CELLS
    "WHERE e.mtp <> '' GROUP BY e.tenant, w.minutes, w.start, d.dimension, d.value, "
    "quality_bucket(e.mtp::bigint) "
    "ORDER BY 1, 2, 3, 5, 6, 7 ON CONFLICT (tenant, minutes, measure, dimension, start, value, bucket) DO "
    "UPDATE SET "
    "n = h.n + excluded.n"};
#undef CLIFFHANGER_DELIVERY_CELLS

// Each takes a time and a number of rows, so that no turn takes long however much there is.
inline constexpr sql::Query kSweepMinutes{"quality_sweep_minutes",
                                          "DELETE FROM quality_cell WHERE ctid IN (SELECT ctid FROM "
                                          "quality_cell WHERE minutes = 1 AND start < $1 LIMIT $2)"};
inline constexpr sql::Query kSweepHours{"quality_sweep_hours",
                                        "DELETE FROM quality_cell WHERE ctid IN (SELECT ctid FROM "
                                        "quality_cell WHERE minutes = 60 AND start < $1 LIMIT $2)"};
inline constexpr sql::Query kSweepMinuteDistributions{
    "quality_sweep_minute_distributions",
    "DELETE FROM quality_histogram WHERE ctid IN (SELECT ctid FROM quality_histogram WHERE minutes = 1 AND "
    "start < $1 "
    "LIMIT $2)"};
inline constexpr sql::Query kSweepHourDistributions{
    "quality_sweep_hour_distributions",
    "DELETE FROM quality_histogram WHERE ctid IN (SELECT ctid FROM quality_histogram WHERE minutes = 60 AND "
    "start < $1 "
    "LIMIT $2)"};
inline constexpr sql::Query kSweepDeliveryMinutes{"delivery_sweep_minutes",
                                                  "DELETE FROM delivery_cell WHERE ctid IN (SELECT ctid FROM "
                                                  "delivery_cell WHERE minutes = 1 AND start < $1 LIMIT $2)"};
inline constexpr sql::Query kSweepDeliveryHours{"delivery_sweep_hours",
                                                "DELETE FROM delivery_cell WHERE ctid IN (SELECT ctid FROM "
                                                "delivery_cell WHERE minutes = 60 AND start < $1 LIMIT $2)"};
inline constexpr sql::Query kSweepViews{
    "quality_sweep_views",
    "DELETE FROM quality_view WHERE ctid IN (SELECT ctid FROM quality_view WHERE touched < $1 LIMIT $2)"};
inline constexpr sql::Query kSweepBatches{"delivery_sweep_batches",
                                          "DELETE FROM delivery_batch WHERE ctid IN (SELECT ctid FROM "
                                          "delivery_batch WHERE received < $1 LIMIT $2)"};

}  // namespace cliffhanger::insight::queries
