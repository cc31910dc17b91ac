-- Runs of the collector, of which one is under way at a time. The store is the house's, not a tenant's: `tenant` is whose operator began it,
-- the first tenant's for those that began by themselves.
CREATE TABLE collection (
  collection_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  state text NOT NULL CHECK (state IN ('marking', 'reading', 'removing', 'done', 'stopped')),
  dry_run boolean NOT NULL,
  written_before timestamptz NOT NULL,
  most_percent int NOT NULL,
  cursor text NOT NULL DEFAULT '',  -- the last key that this state is done with
  seen bigint NOT NULL DEFAULT 0,
  seen_bytes bigint NOT NULL DEFAULT 0,
  claimed bigint NOT NULL DEFAULT 0,
  young bigint NOT NULL DEFAULT 0,
  foreign_keys bigint NOT NULL DEFAULT 0,
  condemned bigint NOT NULL DEFAULT 0,
  condemned_bytes bigint NOT NULL DEFAULT 0,
  named bigint NOT NULL DEFAULT 0,
  named_bytes bigint NOT NULL DEFAULT 0,
  removed bigint NOT NULL DEFAULT 0,
  removed_bytes bigint NOT NULL DEFAULT 0,
  spared bigint NOT NULL DEFAULT 0,
  unfinished bigint NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  started_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE UNIQUE INDEX collection_under_way ON collection ((true)) WHERE ended_at IS NULL;
CREATE INDEX collection_started ON collection (started_at);

-- What a run found that nobody claims, and what became of it. Kept until the next run begins.
CREATE TABLE condemned (
  collection_id uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
  tenant text NOT NULL,  -- whose object it is
  object_key text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  outcome text NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'named', 'removed', 'spared')),
  PRIMARY KEY (collection_id, object_key)
);
