-- Experiments as they were defined. `definition` is the message as protobuf's JSON; the rest is what is asked for by SQL. A start fixes the definition.
CREATE TABLE experiment (
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  key text NOT NULL,
  owner_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'running', 'stopped')),
  definition text NOT NULL,
  layer text NOT NULL,                -- empty: none
  layer_first double precision NOT NULL,
  layer_last double precision NOT NULL,
  weights text[] NOT NULL,            -- present ones, of a bandit they move
  create_time timestamptz NOT NULL,
  start_time timestamptz,
  stop_time timestamptz,
  stop_code text NOT NULL DEFAULT '',
  stop_reason text NOT NULL DEFAULT '',
  winner_key text NOT NULL DEFAULT '',
  watched_time timestamptz,           -- when somebody last looked after it
  PRIMARY KEY (tenant, experiment_id),
  UNIQUE (tenant, key)
);
CREATE INDEX experiment_running ON experiment (state, tenant) WHERE state <> 'draft';
CREATE INDEX experiment_owner ON experiment (tenant, owner_id, experiment_id);

-- What sticks to whom, by an attribute's value: never changed, whatever becomes of the weights.
CREATE TABLE sticky_bucket (
  tenant text NOT NULL,
  attribute text NOT NULL,
  value text NOT NULL,
  assignment text NOT NULL,           -- experiment key and bucket version
  variation_key text NOT NULL,
  PRIMARY KEY (tenant, attribute, value, assignment)
);

-- When somebody first got a variation, and how likely each variation was for them then. What they had done that day before, so that what came
-- after can be told from it.
CREATE TABLE exposure (
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  user_id uuid NOT NULL,
  variation smallint NOT NULL,
  weights double precision[] NOT NULL,
  expose_time timestamptz NOT NULL,
  day date NOT NULL,
  plays bigint NOT NULL,
  watched_ms bigint NOT NULL,
  completions bigint NOT NULL,
  skips bigint NOT NULL,
  PRIMARY KEY (tenant, experiment_id, user_id)
);
CREATE INDEX exposure_user ON exposure (tenant, user_id);

-- What a person did on a day (UTC), whatever they watched.
CREATE TABLE activity (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  day date NOT NULL,
  plays bigint NOT NULL,
  watched_ms bigint NOT NULL,
  completions bigint NOT NULL,
  skips bigint NOT NULL,
  PRIMARY KEY (tenant, user_id, day)
);

-- When a person first played an episode, and first came to its end.
CREATE TABLE passage (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  series_id uuid NOT NULL,
  number int NOT NULL,
  episode_id uuid NOT NULL,
  play_time timestamptz,
  complete_time timestamptz,
  PRIMARY KEY (tenant, user_id, series_id, number, episode_id)
);
CREATE INDEX passage_episode ON passage (tenant, episode_id);
