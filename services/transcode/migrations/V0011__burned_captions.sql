-- Which languages of an episode are to be had with the captions in the pictures.
CREATE TABLE burn (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  language text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, episode_id, language)
);

-- What became of that for a revision that is ready: a row for each text, by the first 16 digits of its WebVTT's SHA-256. Its pieces are in
-- revision_piece, with tracks "burned/<language>/<version>/<rung>". A ready one is served until another text's is ready, or nobody wants it
-- any more; then it is "replaced", and its pieces are kept as long as addresses work.
CREATE TABLE burned (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  language text NOT NULL,
  version text NOT NULL,
  state text NOT NULL CHECK (state IN ('processing', 'ready', 'failed', 'replaced')),
  failure_reason text NOT NULL DEFAULT '',
  failure_message text NOT NULL DEFAULT '',
  replaced_at timestamptz,
  PRIMARY KEY (tenant, revision_id, language, version),
  FOREIGN KEY (tenant, revision_id) REFERENCES revision (tenant, revision_id) ON DELETE CASCADE
);
CREATE INDEX burned_replaced ON burned (replaced_at) WHERE state = 'replaced';
