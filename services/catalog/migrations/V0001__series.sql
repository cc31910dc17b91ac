-- Series and their episodes. Editorial state and media are apart: what the creator decides and what transcoding found.

CREATE TABLE series (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  title text NOT NULL,
  synopsis text NOT NULL,
  tags text[] NOT NULL,
  language text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
  published_episodes int NOT NULL CHECK (published_episodes >= 0),
  total_episodes int NOT NULL CHECK (total_episodes BETWEEN published_episodes AND 1000),
  created_at timestamptz NOT NULL,
  published_at timestamptz,
  version bigint NOT NULL,
  search tsvector NOT NULL,  -- title (A), tags (B), synopsis (C), without a language's rules
  PRIMARY KEY (tenant, series_id)
);
CREATE INDEX series_visible ON series (tenant, published_at DESC, series_id DESC)
  WHERE state = 'published' AND published_episodes > 0;
CREATE INDEX series_owner ON series (tenant, owner_id, series_id DESC);
CREATE INDEX series_search ON series USING gin (search) WHERE state = 'published' AND published_episodes > 0;

CREATE TABLE episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  number int NOT NULL CHECK (number BETWEEN 1 AND 1000),
  title text NOT NULL,
  synopsis text NOT NULL,
  locked boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'in_review', 'published', 'withdrawn')),
  -- The newest attempt to give it a film: a media revision, or an upload that was rejected.
  attempt_id uuid,
  media_state text NOT NULL CHECK (media_state IN ('none', 'processing', 'provisional', 'ready', 'failed')),
  media_percent int NOT NULL CHECK (media_percent BETWEEN 0 AND 100),
  media_duration_ms bigint NOT NULL,
  media_failure text NOT NULL,
  media_failure_message text NOT NULL,
  -- The newest revision that passed the gate.
  ready_revision uuid,
  ready_duration_ms bigint NOT NULL,
  cover_key text NOT NULL,
  -- What viewers get.
  published_revision uuid,
  created_at timestamptz NOT NULL,
  published_at timestamptz,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, episode_id),
  UNIQUE (tenant, series_id, number),
  FOREIGN KEY (tenant, series_id) REFERENCES series (tenant, series_id),
  CHECK ((state = 'published') = (published_revision IS NOT NULL))
);

CREATE TABLE tenant_setting (
  tenant text PRIMARY KEY,
  review_required boolean NOT NULL
);
