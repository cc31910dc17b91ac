-- When work on a revision began, since when nobody needs it, and when its files were given up.
ALTER TABLE revision
  ADD COLUMN started_at timestamptz,
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN swept_at timestamptz;
UPDATE revision SET ended_at = now() WHERE state IN ('failed', 'cancelled');
CREATE INDEX revision_ended ON revision (ended_at) WHERE ended_at IS NOT NULL AND swept_at IS NULL;
CREATE INDEX revision_failed ON revision (tenant, ended_at) WHERE state = 'failed';
CREATE INDEX revision_piece_users ON revision_piece (tenant, piece_key);
CREATE INDEX piece_object ON piece (tenant, object_key);

-- What catalog said of an episode last: which revision viewers get (NULL: none), and whether it is gone for good.
CREATE TABLE episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  version bigint NOT NULL,
  published_revision uuid,
  deleted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, episode_id)
);

-- Object keys that nothing may name any more, and folders (ending in /). A writer notes a key before it writes the object, and takes the note
-- back in the transaction that names it: what is here and old is nobody's.
CREATE TABLE garbage (
  tenant text NOT NULL,
  object_key text NOT NULL,
  revision_id uuid,  -- of a folder
  noted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, object_key)
);
CREATE INDEX garbage_noted ON garbage (noted_at);
