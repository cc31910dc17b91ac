-- What catalog told besides; NULL until it tells again, or playback does.
ALTER TABLE episode ADD COLUMN series_id uuid, ADD COLUMN number int, ADD COLUMN published boolean NOT NULL DEFAULT false;
CREATE INDEX episode_series ON episode (tenant, series_id);

-- What one person's watching of one film of an episode comes to (domain/viewership.h); of films that are not known, as one of the id 0.
CREATE TABLE watching (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  user_id uuid NOT NULL,
  revision_id uuid NOT NULL,
  plays bigint NOT NULL DEFAULT 0,
  watched_ms bigint NOT NULL DEFAULT 0,
  skips bigint NOT NULL DEFAULT 0,
  completed_time timestamptz,          -- when the end was first reached
  first_time timestamptz NOT NULL,
  last_time timestamptz NOT NULL,
  reached_ms bigint NOT NULL DEFAULT 0,
  reached_time timestamptz NOT NULL,
  left_there boolean NOT NULL DEFAULT false,
  origin_time timestamptz NOT NULL,
  source smallint NOT NULL DEFAULT 0,
  device smallint NOT NULL DEFAULT 0,
  region text NOT NULL DEFAULT '',
  times bytea NOT NULL DEFAULT '',     -- how often each second was seen, a byte a second
  PRIMARY KEY (tenant, episode_id, user_id, revision_id)
) WITH (fillfactor = 80);
CREATE INDEX watching_user ON watching (tenant, user_id);

-- The weeks (their Mondays, UTC) in which a person watched a series.
CREATE TABLE watched_week (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  user_id uuid NOT NULL,
  week date NOT NULL,
  PRIMARY KEY (tenant, series_id, user_id, week)
);
CREATE INDEX watched_week_user ON watched_week (tenant, user_id);

-- Plays and ends of a day (UTC).
CREATE TABLE episode_day (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  day date NOT NULL,
  plays bigint NOT NULL,
  completes bigint NOT NULL,
  PRIMARY KEY (tenant, episode_id, day)
) WITH (fillfactor = 80);

-- The retention of episodes in hundredths of their length, for comparison with others; `stale` since something was watched.
CREATE TABLE profile (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  stale boolean NOT NULL,
  made_time timestamptz NOT NULL DEFAULT '-infinity',
  viewers bigint NOT NULL DEFAULT 0,
  retention real[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant, episode_id)
) WITH (fillfactor = 80);
CREATE INDEX profile_stale ON profile (made_time) WHERE stale;

-- Stalls and errors of an episode.
CREATE INDEX event_trouble ON event (tenant, episode_id, event_time) WHERE kind IN (7, 11);
