-- What a revision's media is encrypted with, made when it is first asked for. Never changed: the media is.
CREATE TABLE content_key (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  key_id bytea NOT NULL CHECK (length(key_id) = 16),
  key bytea NOT NULL CHECK (length(key) = 16),
  iv bytea NOT NULL CHECK (length(iv) = 16),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, revision_id)
);
