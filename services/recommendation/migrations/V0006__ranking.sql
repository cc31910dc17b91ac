-- Models that rank: what they learn from, what their trainings found, and what the one in use learnt since.

-- What the ranking was told of each of the pool's series, in the pool's order (domain/rank_input.h); null: before that was kept.
ALTER TABLE decision ADD COLUMN inputs bytea;

-- What a viewer watched of an episode in one playback session, of those who don't refuse profiling. Kept as long as decisions.
CREATE TABLE play (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  series_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  watched_ms bigint NOT NULL DEFAULT 0,
  duration_ms bigint NOT NULL DEFAULT 0,  -- of the episode; 0: not told
  completed boolean NOT NULL DEFAULT false,
  skipped boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, user_id, session_id)
);
CREATE INDEX play_of ON play (tenant, user_id, started_at);
CREATE INDEX play_age ON play (started_at);

-- A tenant has one training under way and one model in use at most of each kind.
ALTER TABLE model
  ADD COLUMN kind text NOT NULL DEFAULT 'taste' CHECK (kind IN ('taste', 'ranking')),
  -- Of a ranking: on pages later than those it learnt from, beside what the weights set by hand do.
  ADD COLUMN taken bigint NOT NULL DEFAULT 0,
  ADD COLUMN auc double precision NOT NULL DEFAULT 0,
  ADD COLUMN hand_auc double precision NOT NULL DEFAULT 0,
  ADD COLUMN log_loss double precision NOT NULL DEFAULT 0,
  ADD COLUMN hand_log_loss double precision NOT NULL DEFAULT 0,
  ADD COLUMN calibration_error double precision NOT NULL DEFAULT 0,
  ADD COLUMN worth double precision NOT NULL DEFAULT 0,
  ADD COLUMN logged_worth double precision NOT NULL DEFAULT 0,
  ADD COLUMN effective_sample double precision NOT NULL DEFAULT 0;
DROP INDEX model_under_way, model_active;
CREATE UNIQUE INDEX model_under_way ON model (tenant, kind) WHERE state = 'training';
CREATE UNIQUE INDEX model_active ON model (tenant, kind) WHERE active;

-- What the ranking in use learnt since its training. One replica learns at a time, in steps; all rank with what it leaves here.
CREATE TABLE ranking_progress (
  tenant text PRIMARY KEY,
  object_id uuid NOT NULL,  -- the file that it began with
  step bigint NOT NULL,
  upto uuid NOT NULL,       -- the last decision that was learnt or passed over
  learner bytea NOT NULL
);
