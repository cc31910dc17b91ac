-- What every edge refuses from now on, of all tenants: tokens of a session or of a revision that expire at `until` or before. `tx` and `seq` let
-- each edge ask for what is new without missing what commits out of order.
CREATE TABLE takedown (
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigserial NOT NULL,
  tenant text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('session', 'revision')),
  subject uuid NOT NULL,
  until timestamptz NOT NULL,
  own boolean NOT NULL,
  PRIMARY KEY (tx, seq)
);
CREATE INDEX takedown_subject ON takedown (tenant, subject);
CREATE INDEX takedown_until ON takedown (until);

ALTER TABLE session ADD COLUMN revoked_at timestamptz;
-- Which revisions of an episode are watched.
CREATE INDEX session_of_episode ON session (tenant, episode_id, revision_id);

-- Whether an episode was taken away from viewers, for good, and which revision they got last.
ALTER TABLE known_episode
  ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,
  ADD COLUMN revision_id uuid;
