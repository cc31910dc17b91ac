-- Length and picture of the revision that viewers get: a newer one that is ready may wait for review.
ALTER TABLE episode
  ADD COLUMN published_duration_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN published_cover_key text NOT NULL DEFAULT '';
UPDATE episode SET published_duration_ms = ready_duration_ms, published_cover_key = cover_key WHERE state = 'published';
