-- What catalog told of series and episodes, how popular each series is, and what viewers did and said.

CREATE TABLE series (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  owner_id uuid,
  published boolean NOT NULL DEFAULT false,
  published_at timestamptz NOT NULL DEFAULT 'epoch',
  version bigint NOT NULL DEFAULT 0,  -- of catalog's fact; 0: only heard of by others yet
  heat double precision NOT NULL DEFAULT 0,
  heat_at timestamptz NOT NULL DEFAULT 'epoch',
  -- Orders series as their heat does, at any time, for one half-life; made anew at the start when that was changed.
  heat_key double precision NOT NULL DEFAULT '-infinity',
  half_life_ms bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, series_id)
);
CREATE INDEX series_popular ON series (tenant, heat_key DESC, series_id DESC) WHERE published;
CREATE INDEX series_new ON series (tenant, published_at DESC, series_id DESC) WHERE published;
CREATE INDEX series_owner ON series (tenant, owner_id, published_at DESC) WHERE published;

CREATE TABLE episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  number int NOT NULL,
  published boolean NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, episode_id)
);
CREATE INDEX episode_series ON episode (tenant, series_id, number);

CREATE TABLE viewing (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  series_id uuid NOT NULL,
  seen_at timestamptz NOT NULL,
  last_completed uuid,
  skips double precision NOT NULL DEFAULT 0,
  skips_at timestamptz NOT NULL DEFAULT 'epoch',
  PRIMARY KEY (tenant, user_id, series_id)
);
CREATE INDEX viewing_recent ON viewing (tenant, user_id, seen_at DESC);

CREATE TABLE watched (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  completed boolean NOT NULL,
  skipped boolean NOT NULL,
  PRIMARY KEY (tenant, user_id, episode_id)
);

CREATE TABLE reaction (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  subject text NOT NULL CHECK (subject IN ('series', 'episode', 'creator')),
  subject_id uuid NOT NULL,
  reaction text NOT NULL CHECK (reaction IN ('like', 'favourite', 'follow')),
  series_id uuid,  -- of a series or an episode, where known
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, user_id, subject, subject_id, reaction)
);
CREATE INDEX reaction_series ON reaction (tenant, user_id, series_id);

-- Guests who signed in, for events that still name the guest.
CREATE TABLE merged (
  tenant text NOT NULL,
  guest_id uuid NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, guest_id)
);
