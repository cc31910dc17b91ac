-- Dubs of episodes: the newest of each language, and the one before it as long as that one is heard. refusal_reason: why it is of no use
-- for any revision.
CREATE TABLE dub (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  source_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  language text NOT NULL,
  label text NOT NULL,
  object_key text NOT NULL,
  source_sha256 text NOT NULL,
  duration_ms bigint NOT NULL,
  verified_at timestamptz NOT NULL,
  refusal_reason text NOT NULL DEFAULT '',
  refusal_message text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, source_id)
);
CREATE INDEX dub_episode ON dub (tenant, episode_id, language);
CREATE INDEX dub_owner ON dub (tenant, owner_id);

-- How it stands with a dub in one revision; no row: the revision was not asked to take it yet.
CREATE TABLE dub_progress (
  tenant text NOT NULL,
  source_id uuid NOT NULL,
  revision_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('processing', 'encoded', 'ready', 'failed')),
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  warning text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, source_id, revision_id),
  FOREIGN KEY (tenant, source_id) REFERENCES dub (tenant, source_id) ON DELETE CASCADE,
  FOREIGN KEY (tenant, revision_id) REFERENCES revision (tenant, revision_id) ON DELETE CASCADE
);
CREATE INDEX dub_progress_revision ON dub_progress (tenant, revision_id);
