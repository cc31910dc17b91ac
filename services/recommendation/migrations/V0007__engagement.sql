-- What viewers' apps said that they did, beside what playback tells: of an episode, or of a series as a whole (no episode: the nil UUID). It changes what is known of the
-- viewer, never how popular a series is or where the viewer goes on.
CREATE TABLE engagement (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  series_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  watched_ms bigint NOT NULL,
  impressions int NOT NULL,
  completes int NOT NULL,
  skips int NOT NULL,
  quick_skips int NOT NULL,  -- of the skips
  shares int NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, series_id, episode_id)
);
CREATE INDEX engagement_last ON engagement (last_at);
