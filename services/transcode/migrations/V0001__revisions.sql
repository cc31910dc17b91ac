-- Media revisions, the pieces they consist of, and which piece belongs where.

CREATE TABLE revision (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  source_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  source_key text NOT NULL,
  source_sha256 text NOT NULL,
  state text NOT NULL CHECK (state IN ('processing', 'provisional', 'ready', 'failed', 'cancelled')),
  version bigint NOT NULL DEFAULT 0,
  plan jsonb,
  duration_ms bigint NOT NULL DEFAULT 0,
  segments_total bigint NOT NULL DEFAULT 0,
  percent int NOT NULL DEFAULT 0,
  told_at timestamptz NOT NULL,
  published text NOT NULL DEFAULT '',
  failure_reason text NOT NULL DEFAULT '',
  failure_message text NOT NULL DEFAULT '',
  traceparent text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  ready_at timestamptz,
  PRIMARY KEY (tenant, revision_id),
  UNIQUE (tenant, source_id)
);
CREATE INDEX revision_episode ON revision (tenant, episode_id, revision_id);
CREATE INDEX revision_owner ON revision (tenant, owner_id);

-- A file made by the media program, by the key of its recipe (everything that affects its bytes). Written once its object is durable, and
-- never changed: pieces are shared by all revisions of the same source.
CREATE TABLE piece (
  tenant text NOT NULL,
  piece_key text NOT NULL,
  object_key text NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL,
  start_frame bigint NOT NULL,
  frames bigint NOT NULL,
  gops jsonb NOT NULL,
  codecs text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, piece_key)
);

-- Which pieces a revision needs; it is complete when each of them is in `piece`. ordinal −1 is the initialisation segment.
CREATE TABLE revision_piece (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  track text NOT NULL,
  ordinal bigint NOT NULL,
  piece_key text NOT NULL,
  PRIMARY KEY (tenant, revision_id, track, ordinal),
  FOREIGN KEY (tenant, revision_id) REFERENCES revision (tenant, revision_id) ON DELETE CASCADE
);
