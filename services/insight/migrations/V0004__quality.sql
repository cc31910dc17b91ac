-- Quality of experience. Events are folded into cells of a minute and of an hour, in the order in which their transactions ended: `tx` is the transaction that
-- an event came with, and what every running transaction is younger than is complete. Events from before this have none and stay out.
ALTER TABLE event
  ADD COLUMN tx xid8,
  ADD COLUMN region text NOT NULL DEFAULT '',
  ADD COLUMN network smallint NOT NULL DEFAULT 0,
  ADD COLUMN platform smallint NOT NULL DEFAULT 0,
  ADD COLUMN form smallint NOT NULL DEFAULT 0;
ALTER TABLE event ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
CREATE INDEX event_tx ON event (tx) WHERE kind IN (2, 3, 4, 7, 8, 10, 11);

-- How far it is: the first transaction that is not folded.
CREATE TABLE quality_cursor (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  tx xid8 NOT NULL
);
INSERT INTO quality_cursor (tx) VALUES (pg_current_xact_id());

-- What happened in a minute (`minutes` = 1) or an hour (60), by the values of one dimension at a time, as the contract numbers them; 0 is all. Marginals, not their product:
-- a few hundred rows a minute at the most, whatever devices say of themselves. Scores are sums of thousandths.
CREATE TABLE quality_cell (
  tenant text NOT NULL,
  minutes smallint NOT NULL,
  start timestamptz NOT NULL,
  dimension smallint NOT NULL,
  value text NOT NULL,
  plays bigint NOT NULL,
  starts bigint NOT NULL,
  start_up_score bigint NOT NULL,
  played_ms bigint NOT NULL,
  rated_ms bigint NOT NULL,           -- of it, in a rendition that is known
  bits bigint NOT NULL,               -- shown in that time
  stalls bigint NOT NULL,
  stalled_ms bigint NOT NULL,
  errors bigint NOT NULL,
  exits bigint NOT NULL,
  switches bigint NOT NULL,
  views bigint NOT NULL,              -- with an outcome, in the minute that they began in
  success bigint NOT NULL,
  smooth_views bigint NOT NULL,
  smoothness bigint NOT NULL,
  experience bigint NOT NULL,
  PRIMARY KEY (tenant, minutes, start, dimension, value)
) WITH (fillfactor = 70);

-- Distributions of the same cells, by buckets of quality_bucket. Measure 1: start-up, milliseconds. 2: throughput, kilobits a second, of delivery_cell.
CREATE TABLE quality_histogram (
  tenant text NOT NULL,
  minutes smallint NOT NULL,
  start timestamptz NOT NULL,
  measure smallint NOT NULL,
  dimension smallint NOT NULL,
  value text NOT NULL,
  bucket smallint NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (tenant, minutes, measure, dimension, start, value, bucket)
) WITH (fillfactor = 70);

-- A playback session, for as long as events of it may still come.
CREATE TABLE quality_view (
  tenant text NOT NULL,
  session_id uuid NOT NULL,
  began timestamptz NOT NULL,
  region text NOT NULL,
  network smallint NOT NULL,
  platform smallint NOT NULL,
  form smallint NOT NULL,
  start_up_ms bigint,                 -- null: not started
  stalls bigint NOT NULL,
  stalled_ms bigint NOT NULL,
  played_ms bigint NOT NULL,
  moved_at timestamptz,               -- pictures, last
  error_at timestamptz,               -- an error, last
  exit_ms bigint,                     -- that the viewer waited and left
  touched timestamptz NOT NULL,
  PRIMARY KEY (tenant, session_id)
);

-- What players said with their requests (CMCD). Dimension 1: the edge, 2: the rung of video.
CREATE TABLE delivery_cell (
  tenant text NOT NULL,
  minutes smallint NOT NULL,
  start timestamptz NOT NULL,
  dimension smallint NOT NULL,
  value text NOT NULL,
  requests bigint NOT NULL,
  media bigint NOT NULL,
  starved bigint NOT NULL,
  urgent bigint NOT NULL,
  late bigint NOT NULL,
  bitrates bigint NOT NULL,           -- requests that said one
  bitrate_kbps bigint NOT NULL,       -- their sum
  buffers bigint NOT NULL,
  buffer_ms bigint NOT NULL,
  PRIMARY KEY (tenant, minutes, start, dimension, value)
) WITH (fillfactor = 70);

-- Batches of edges that took effect.
CREATE TABLE delivery_batch (
  batch_id uuid PRIMARY KEY,
  received timestamptz NOT NULL
);

-- The bucket i of a value in (1.02^(i-1), 1.02^i]: whatever stands for it in the middle is within 1 % (DDSketch: Masson, Rim, Lee, VLDB 2019).
CREATE FUNCTION quality_bucket(amount bigint) RETURNS smallint LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN amount <= 1 THEN 0 ELSE ceil(ln(amount::float8) / ln(1.02::float8)) END::smallint $$;

-- The rung that a name such as 716p is nearest to, of those that are told apart; '' for anything else that a device may say.
CREATE FUNCTION quality_rung(name text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN name ~ '^[1-9][0-9]{2,3}p$' THEN
    (ARRAY['144p', '180p', '240p', '270p', '360p', '432p', '480p', '540p', '576p', '640p', '720p', '900p', '1080p', '1440p', '2160p'])
    [1 + width_bucket(left(name, -1)::int, ARRAY[162, 210, 255, 315, 396, 456, 510, 558, 608, 680, 810, 990, 1260, 1800])] ELSE '' END $$;

-- Mux Data's start-up time score and smoothness score of a view, in thousandths.
CREATE FUNCTION quality_start_up_score(ms bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT round(800000000.0 / (8000 + ms))::bigint $$;
CREATE FUNCTION quality_smoothness(stalls bigint, stalled_ms bigint, played_ms bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT round(50000 / sqrt(1 + power(stalls / 2.0::float8, 2)) + 50000 * exp(-10::float8 * stalled_ms / greatest(1, stalled_ms + played_ms)))::bigint $$;

-- Folds about `most` events that are complete and says how many. One at a time: the caller holds the lock of the cursor. An event counts in the minute in which it happened, if that is
-- not before `oldest`. A view's outcome counts in the minute in which it began, and what changes it later takes back what was counted before.
CREATE FUNCTION fold_quality(most int, oldest timestamptz, at_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  first xid8;
  upto xid8;
  horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
  folded bigint;
BEGIN
  -- A database that was restored elsewhere may be behind its cursor.
  SELECT least(tx, horizon) INTO first FROM quality_cursor FOR UPDATE;
  SELECT tx INTO upto FROM event WHERE kind IN (2, 3, 4, 7, 8, 10, 11) AND tx >= first AND tx < horizon ORDER BY tx LIMIT 1 OFFSET most;
  upto := coalesce(upto, horizon);
  WITH fresh AS MATERIALIZED (
    SELECT tenant, session_id, kind, event_time AS at, region, network, platform, form, value,
        CASE WHEN kind = 11 THEN '' ELSE quality_rung(value) END AS rung,
        -- Whatever a device claims, one event is bounded.
        least(greatest(amount_ms, 0), CASE WHEN kind = 4 THEN 60000 ELSE 3600000 END) AS ms, least(bitrate_bps, 200000000) AS bps
      FROM event WHERE kind IN (2, 3, 4, 7, 8, 10, 11) AND tx >= first AND tx < upto AND event_time >= oldest
  ), fresh_views AS (
    SELECT tenant, session_id, min(at) AS began, (array_agg(region ORDER BY at))[1] AS region, (array_agg(network ORDER BY at))[1] AS network,
        (array_agg(platform ORDER BY at))[1] AS platform, (array_agg(form ORDER BY at))[1] AS form, min(ms) FILTER (WHERE kind = 3) AS start_up_ms,
        count(*) FILTER (WHERE kind = 7) AS stalls, coalesce(sum(ms) FILTER (WHERE kind = 7), 0)::bigint AS stalled_ms,
        coalesce(sum(ms) FILTER (WHERE kind = 4), 0)::bigint AS played_ms, max(at) FILTER (WHERE kind IN (3, 4)) AS moved_at,
        max(at) FILTER (WHERE kind = 11) AS error_at, max(ms) FILTER (WHERE kind = 10 AND value = 'unstarted') AS exit_ms
      FROM fresh WHERE session_id IS NOT NULL GROUP BY tenant, session_id
  ), before AS MATERIALIZED (
    SELECT v.* FROM quality_view v JOIN fresh_views f ON v.tenant = f.tenant AND v.session_id = f.session_id
  ), after AS MATERIALIZED (
    SELECT f.tenant, f.session_id, least(f.began, b.began) AS began, coalesce(b.region, f.region) AS region, coalesce(b.network, f.network) AS network,
        coalesce(b.platform, f.platform) AS platform, coalesce(b.form, f.form) AS form, least(f.start_up_ms, b.start_up_ms) AS start_up_ms,
        f.stalls + coalesce(b.stalls, 0) AS stalls, f.stalled_ms + coalesce(b.stalled_ms, 0) AS stalled_ms, f.played_ms + coalesce(b.played_ms, 0) AS played_ms,
        greatest(f.moved_at, b.moved_at) AS moved_at, greatest(f.error_at, b.error_at) AS error_at, greatest(f.exit_ms, b.exit_ms) AS exit_ms, at_now AS touched
      FROM fresh_views f LEFT JOIN before b ON b.tenant = f.tenant AND b.session_id = f.session_id
  ), kept AS (
    INSERT INTO quality_view SELECT * FROM after ON CONFLICT (tenant, session_id) DO UPDATE SET began = excluded.began, start_up_ms = excluded.start_up_ms,
      stalls = excluded.stalls, stalled_ms = excluded.stalled_ms, played_ms = excluded.played_ms, moved_at = excluded.moved_at, error_at = excluded.error_at,
      exit_ms = excluded.exit_ms, touched = excluded.touched
  ), outcomes AS (
    SELECT v.*, quality_start_up_score(start_up_ms) AS start_up_score, quality_smoothness(stalls, stalled_ms, played_ms) AS smoothness,
        CASE WHEN error_at >= coalesce(moved_at, '-infinity') THEN 'failed' WHEN start_up_ms IS NOT NULL THEN 'played' WHEN exit_ms >= 1000 THEN 'left' END AS outcome
      FROM (SELECT 1 AS sign, * FROM after UNION ALL SELECT -1, * FROM before) v
  ), counts AS (
    SELECT tenant, at, region, network, platform, form, rung, (kind = 2)::int AS plays, (kind = 3)::int AS starts,
        CASE WHEN kind = 3 THEN quality_start_up_score(ms) ELSE 0 END AS start_up_score, CASE WHEN kind = 4 THEN ms ELSE 0 END AS played_ms,
        CASE WHEN kind = 4 AND bps > 0 THEN ms ELSE 0 END AS rated_ms, CASE WHEN kind = 4 THEN ms * bps / 1000 ELSE 0 END AS bits, (kind = 7)::int AS stalls,
        CASE WHEN kind = 7 THEN ms ELSE 0 END AS stalled_ms, (kind = 11)::int AS errors, (kind = 10 AND value = 'unstarted')::int AS exits, (kind = 8)::int AS switches,
        -- What failed or was left before there was a session is a view too.
        (session_id IS NULL AND (kind = 11 OR kind = 10 AND value = 'unstarted' AND ms >= 1000))::int AS views,
        CASE WHEN session_id IS NULL AND kind = 10 AND value = 'unstarted' AND ms >= 1000 THEN 50000 ELSE 0 END AS success, 0 AS smooth_views, 0::bigint AS smoothness,
        CASE WHEN session_id IS NULL AND kind = 10 AND value = 'unstarted' AND ms >= 1000 THEN 50000 ELSE 0 END AS experience
      FROM fresh
    UNION ALL
    SELECT tenant, began, region, network, platform, form, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sign,
        sign * CASE outcome WHEN 'played' THEN 100000 WHEN 'left' THEN 50000 ELSE 0 END,
        CASE WHEN start_up_ms IS NOT NULL THEN sign ELSE 0 END, CASE WHEN start_up_ms IS NOT NULL THEN sign * smoothness ELSE 0 END,
        sign * CASE outcome WHEN 'played' THEN (start_up_score + smoothness) / 2 WHEN 'left' THEN 50000 ELSE 0 END
      FROM outcomes WHERE outcome IS NOT NULL
  ), minutes AS MATERIALIZED (
    SELECT tenant, date_trunc('minute', at, 'UTC') AS start, region, network, platform, form, rung, sum(plays) AS plays, sum(starts) AS starts, sum(start_up_score) AS start_up_score,
        sum(played_ms) AS played_ms, sum(rated_ms) AS rated_ms, sum(bits) AS bits, sum(stalls) AS stalls, sum(stalled_ms) AS stalled_ms, sum(errors) AS errors, sum(exits) AS exits,
        sum(switches) AS switches, sum(views) AS views, sum(success) AS success, sum(smooth_views) AS smooth_views, sum(smoothness) AS smoothness, sum(experience) AS experience
      FROM counts GROUP BY tenant, date_trunc('minute', at, 'UTC'), region, network, platform, form, rung
  ), cells AS (
    INSERT INTO quality_cell AS c SELECT tenant, w.minutes, w.start, d.dimension, d.value, sum(plays), sum(starts), sum(start_up_score), sum(played_ms), sum(rated_ms), sum(bits), sum(stalls),
        sum(stalled_ms), sum(errors), sum(exits), sum(switches), sum(views), sum(success), sum(smooth_views), sum(smoothness), sum(experience)
      FROM minutes m CROSS JOIN LATERAL (VALUES (1::smallint, m.start), (60::smallint, date_trunc('hour', m.start, 'UTC'))) AS w (minutes, start)
        CROSS JOIN LATERAL (VALUES (0::smallint, ''), (1::smallint, m.rung), (2::smallint, m.region), (3::smallint, m.network::text), (4::smallint, m.platform::text), (5::smallint, m.form::text)) AS d (dimension, value)
      GROUP BY tenant, w.minutes, w.start, d.dimension, d.value
    ON CONFLICT (tenant, minutes, start, dimension, value) DO UPDATE SET plays = c.plays + excluded.plays, starts = c.starts + excluded.starts,
      start_up_score = c.start_up_score + excluded.start_up_score, played_ms = c.played_ms + excluded.played_ms, rated_ms = c.rated_ms + excluded.rated_ms, bits = c.bits + excluded.bits,
      stalls = c.stalls + excluded.stalls, stalled_ms = c.stalled_ms + excluded.stalled_ms, errors = c.errors + excluded.errors, exits = c.exits + excluded.exits,
      switches = c.switches + excluded.switches, views = c.views + excluded.views, success = c.success + excluded.success, smooth_views = c.smooth_views + excluded.smooth_views,
      smoothness = c.smoothness + excluded.smoothness, experience = c.experience + excluded.experience
  ), distributions AS (
    INSERT INTO quality_histogram AS h SELECT tenant, w.minutes, w.start, 1, d.dimension, d.value, quality_bucket(ms), count(*)
      FROM fresh f CROSS JOIN LATERAL (VALUES (1::smallint, date_trunc('minute', f.at, 'UTC')), (60::smallint, date_trunc('hour', f.at, 'UTC'))) AS w (minutes, start)
        CROSS JOIN LATERAL (VALUES (0::smallint, ''), (1::smallint, f.rung), (2::smallint, f.region), (3::smallint, f.network::text), (4::smallint, f.platform::text), (5::smallint, f.form::text)) AS d (dimension, value)
      WHERE kind = 3 GROUP BY tenant, w.minutes, w.start, d.dimension, d.value, quality_bucket(ms)
    ON CONFLICT (tenant, minutes, measure, dimension, start, value, bucket) DO UPDATE SET n = h.n + excluded.n
  )
  SELECT count(*) INTO folded FROM fresh;
  UPDATE quality_cursor SET tx = upto;
  RETURN CASE WHEN upto < horizon THEN greatest(folded, 1) ELSE folded END;
END $$;
