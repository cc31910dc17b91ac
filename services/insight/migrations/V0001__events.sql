-- What apps told. By the day of the device's own clock, which a repeated event has again, so that the primary key knows every repetition. Days of clocks that are
-- far off are in event_other.
CREATE TABLE event (
  day date NOT NULL,
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  kind smallint NOT NULL,
  event_time timestamptz NOT NULL,    -- corrected
  received_time timestamptz NOT NULL,
  episode_id uuid,
  series_id uuid,
  revision_id uuid,
  session_id uuid,
  position_ms bigint NOT NULL,
  amount_ms bigint NOT NULL,
  bitrate_bps bigint NOT NULL,
  place int NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (day, tenant, user_id, event_id)
) PARTITION BY RANGE (day);
CREATE TABLE event_other PARTITION OF event DEFAULT;

-- A partition for a day, with what came of it before. Again: changes nothing.
CREATE FUNCTION make_event_day(wanted date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'event_' || to_char(wanted, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('insight event day', 0));
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING ALL)', name);
  EXECUTE format('WITH moved AS (DELETE FROM event_other WHERE day = %L RETURNING *) INSERT INTO %I SELECT * FROM moved', wanted, name);
  EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, wanted, wanted + 1);
END $$;

-- Days before `first` are gone.
CREATE FUNCTION drop_event_days(first date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('insight event day', 0));
  FOR partition IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'event'::regclass AND c.relname ~ '^event_\d{8}$' AND c.relname < 'event_' || to_char(first, 'YYYYMMDD') LOOP
    EXECUTE format('DROP TABLE %I', partition);
  END LOOP;
  DELETE FROM event_other WHERE received_time < first;
END $$;

-- As catalog told.
CREATE TABLE episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  duration_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, episode_id)
);

-- What one person saw of one episode, over all sessions. `seen`: a bit for each second, the first second being the lowest bit of the first byte.
CREATE TABLE viewing (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  user_id uuid NOT NULL,
  plays bigint NOT NULL,
  watched_ms bigint NOT NULL,
  completed boolean NOT NULL,
  skips bigint NOT NULL,
  seen bytea NOT NULL,
  PRIMARY KEY (tenant, episode_id, user_id)
);
CREATE INDEX viewing_user ON viewing (tenant, user_id);

-- Guests who signed in.
CREATE TABLE merged (
  tenant text NOT NULL,
  guest_id uuid NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, guest_id)
);
