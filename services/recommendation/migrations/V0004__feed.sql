-- Feeds are made from a picture of the catalogue in memory: it needs more of what catalog tells, and must hear what changed.
ALTER TABLE series
  ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
  ADD COLUMN language text NOT NULL DEFAULT '',
  ADD COLUMN trend double precision NOT NULL DEFAULT 0,  -- as heat, with a short half-life
  ADD COLUMN trend_at timestamptz NOT NULL DEFAULT 'epoch',
  ADD COLUMN first_episode uuid,              -- of those that viewers see
  ADD COLUMN grown bigint NOT NULL DEFAULT 0,  -- counts the episodes that became visible
  ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();  -- the transaction that last touched the row
UPDATE series s SET first_episode = (SELECT e.episode_id FROM episode e
  WHERE e.tenant = s.tenant AND e.series_id = s.series_id AND e.published ORDER BY e.number LIMIT 1);

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON series FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE INDEX series_changed ON series (changed);
-- Orders are made in memory. The columns heat_key and half_life_ms are no longer read; they go with a later migration, since replicas of
-- before still write them.
DROP INDEX series_popular;

-- `grown` of the series when the viewer had completed all of it; null: something is left, or was not looked at.
ALTER TABLE viewing ADD COLUMN finished_at_growth bigint;
UPDATE viewing v SET finished_at_growth = 0 WHERE EXISTS (SELECT FROM watched w
  WHERE w.tenant = v.tenant AND w.user_id = v.user_id AND w.series_id = v.series_id AND w.completed)
  AND NOT EXISTS (SELECT FROM episode e WHERE e.tenant = v.tenant AND e.series_id = v.series_id AND e.published AND NOT EXISTS
  (SELECT FROM watched w WHERE w.tenant = v.tenant AND w.user_id = v.user_id AND w.episode_id = e.episode_id AND w.completed));

-- What a person told of their taste, and what their watching told of it: three arrays side by side, one entry a tag.
CREATE TABLE viewer (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  picked_tags text[] NOT NULL DEFAULT '{}',
  picked_languages text[] NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}',
  hits double precision[] NOT NULL DEFAULT '{}',
  misses double precision[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant, user_id)
);

-- Every page that was shown, with all that it was chosen from and by: domain/decision.h reads `pool`, `shown` and `candidates`.
CREATE TABLE decision (
  day date NOT NULL,
  tenant text NOT NULL,
  decision_id uuid NOT NULL,
  user_id uuid,  -- null: refused profiling
  made_at timestamptz NOT NULL,
  policy text NOT NULL,
  model text NOT NULL,
  seed bigint NOT NULL,
  pool bytea NOT NULL,
  shown bytea NOT NULL,
  candidates bytea,  -- of one page in a hundred: all there were
  PRIMARY KEY (day, tenant, decision_id)
) PARTITION BY RANGE (day);
CREATE INDEX decision_user ON decision (tenant, user_id);
CREATE TABLE decision_other PARTITION OF decision DEFAULT;

-- A partition for a day, with what came of it before. Again: changes nothing.
CREATE FUNCTION make_decision_day(wanted date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'decision_' || to_char(wanted, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('recommendation decision day', 0));
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  LOCK TABLE decision IN SHARE ROW EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE %I (LIKE decision INCLUDING ALL)', name);
  EXECUTE format('WITH moved AS (DELETE FROM decision_other WHERE day = %L RETURNING *) INSERT INTO %I SELECT * FROM moved', wanted, name);
  EXECUTE format('ALTER TABLE decision ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, wanted, wanted + 1);
END $$;

-- Days before `first` are gone.
CREATE FUNCTION drop_decision_days(first date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('recommendation decision day', 0));
  FOR partition IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'decision'::regclass AND c.relname ~ '^decision_\d{8}$'
      AND c.relname < 'decision_' || to_char(first, 'YYYYMMDD') LOOP
    EXECUTE format('DROP TABLE %I', partition);
  END LOOP;
  DELETE FROM decision_other WHERE day < first;
END $$;
