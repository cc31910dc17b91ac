-- What batches said of their viewers' taste, until the recommender is told: one row a batch, serialised (ViewerActs).
CREATE TABLE acts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  body bytea NOT NULL
);
CREATE INDEX acts_user ON acts (tenant, user_id);

-- Who refuses profiling is not told of either. `refused`: when analytics was, if it is; `heard`: the transaction in which the last decision came.
ALTER TABLE consent
  ALTER COLUMN analytics DROP NOT NULL,
  ADD COLUMN profiling boolean,
  ADD COLUMN refused timestamptz,
  ADD COLUMN heard xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX consent_heard ON consent (tenant, heard) WHERE NOT analytics;

-- As may_analyse, with what else the person allows.
CREATE FUNCTION allowed_uses(whose text, person uuid, unasked boolean, OUT analytics boolean, OUT profiling boolean) LANGUAGE plpgsql AS $$
DECLARE
  account uuid := coalesce((SELECT m.user_id FROM merged m WHERE m.tenant = whose AND m.guest_id = person), person);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('insight consent/' || whose || '/' || account, 0));
  SELECT c.analytics, c.profiling INTO analytics, profiling FROM consent c WHERE c.tenant = whose AND c.user_id = account;
  analytics := coalesce(analytics, unasked);
  profiling := coalesce(profiling, unasked);
END $$;

-- Exports read what came in during a window. Rows lie nearly in the order in which they came, so a summary of blocks finds them, and costs a
-- batch nothing.
CREATE INDEX event_received ON event USING brin (received_time) WITH (pages_per_range = 64, autosummarize = on);

-- Windows of time whose events are exported, without gaps: what was received in [start, end_time) by transactions before `horizon`, and what was received before and
-- came too late for its own window. `attempt`: who writes it.
CREATE TABLE export_window (
  start timestamptz PRIMARY KEY,
  end_time timestamptz NOT NULL,
  horizon xid8 NOT NULL,
  attempt uuid,
  complete boolean NOT NULL DEFAULT false
);

-- Objects, noted before they are written. writing: is being written, or was; written: whole, its window not yet; ready: in the manifest; dropped: to be removed. `stale`: holds what may
-- not stay.
CREATE TABLE export_part (
  part_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  window_start timestamptz NOT NULL,
  number int NOT NULL,
  attempt uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('writing', 'written', 'ready', 'dropped')),
  rewritten int NOT NULL DEFAULT 0,  -- how often
  lines bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  stale boolean NOT NULL DEFAULT false,
  horizon xid8 NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot())  -- when it was noted: whoever reads for it sees what came before
);
CREATE INDEX export_part_window ON export_part (window_start, tenant);
CREATE INDEX export_part_due ON export_part (tenant) WHERE stale OR state = 'dropped';

-- Who is in which.
CREATE TABLE export_viewer (
  part_id uuid NOT NULL REFERENCES export_part ON DELETE CASCADE,
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (part_id, user_id)
);
CREATE INDEX export_viewer_user ON export_viewer (tenant, user_id);

-- A tenant's days that have a manifest; `told` < `version`: it is to be written anew.
CREATE TABLE export_day (
  tenant text NOT NULL,
  day date NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  told bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, day)
);
