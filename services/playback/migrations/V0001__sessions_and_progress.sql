-- One time of watching one revision of one episode.
CREATE TABLE session (
  tenant text NOT NULL,
  session_id uuid NOT NULL,
  user_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  episode_number int NOT NULL,
  revision_id uuid NOT NULL,
  provisional boolean NOT NULL,
  duration_ms bigint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  sequence bigint NOT NULL DEFAULT 0,
  position_ms bigint NOT NULL DEFAULT 0,
  completed boolean NOT NULL DEFAULT false,
  reported_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, session_id)
);
CREATE INDEX session_of_user ON session (tenant, user_id);
CREATE INDEX session_created ON session (created_at);

-- How far a viewer is in an episode.
CREATE TABLE episode_progress (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  episode_number int NOT NULL,
  position_ms bigint NOT NULL,
  duration_ms bigint NOT NULL,
  completed boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, episode_id)
);

-- The episode of a series that a viewer watched last.
CREATE TABLE series_progress (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  series_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  episode_number int NOT NULL,
  position_ms bigint NOT NULL,
  duration_ms bigint NOT NULL,
  completed boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, series_id)
);
CREATE INDEX series_progress_newest ON series_progress (tenant, user_id, updated_at DESC, series_id DESC);

-- What catalog told: which episodes there are to go on with.
CREATE TABLE known_episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  number int NOT NULL,
  published boolean NOT NULL,
  PRIMARY KEY (tenant, episode_id)
);
CREATE INDEX known_episode_series ON known_episode (tenant, series_id, number) WHERE published;

CREATE TABLE known_series (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  published boolean NOT NULL,
  PRIMARY KEY (tenant, series_id)
);
