CREATE TABLE upload (
  upload_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  owner uuid NOT NULL,
  episode_id uuid NOT NULL,
  filename text NOT NULL,
  content_type text NOT NULL,
  length bigint NOT NULL CHECK (length > 0),
  received bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
  epoch bigint NOT NULL DEFAULT 0,
  part_count bigint NOT NULL DEFAULT 0,
  state text NOT NULL,
  failure_reason text NOT NULL DEFAULT '',
  failure_message text NOT NULL DEFAULT '',
  source_id uuid,
  sha256 text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX upload_episode ON upload (tenant, episode_id, upload_id DESC);
CREATE INDEX upload_receiving ON upload (tenant, owner) WHERE state = 'receiving';
CREATE INDEX upload_expiry ON upload (expires_at) WHERE state = 'receiving';

-- A piece that is durable in the object store. Its row is what acknowledges its bytes.
CREATE TABLE part (
  upload_id uuid NOT NULL REFERENCES upload,
  tenant text NOT NULL,
  start bigint NOT NULL,
  epoch bigint NOT NULL,
  length bigint NOT NULL CHECK (length > 0),
  sha256 text NOT NULL,
  object_key text NOT NULL,
  PRIMARY KEY (upload_id, start)
);
