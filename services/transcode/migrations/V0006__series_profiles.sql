-- What the episodes of a series have in common: rows of the ladder, caps and sound. rows is NULL in a version that waits for its first
-- source; settled_at says since when it is decided which rows are kept, and nothing of it changes any more but the gain, once.
CREATE TABLE series_profile (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  version bigint NOT NULL,
  rows jsonb,
  audio_kbps int NOT NULL,
  loudness text NOT NULL CHECK (loudness IN ('episode', 'series')),
  gain_db double precision,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (tenant, series_id, version)
);

-- NULL for episodes that stand alone, and for those of before there were profiles.
ALTER TABLE revision
  ADD COLUMN series_id uuid,
  ADD COLUMN profile_version bigint;
CREATE INDEX revision_series ON revision (tenant, series_id, revision_id) WHERE series_id IS NOT NULL;
