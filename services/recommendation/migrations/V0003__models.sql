-- Models of what viewers like, and the trainings that make them. A tenant has one training under way and one model in use at most.
CREATE TABLE model (
  tenant text NOT NULL,
  model_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('training', 'ready', 'refused', 'failed')),
  active boolean NOT NULL DEFAULT false,
  object_id uuid,  -- of its file, models/<tenant>/recommendation/<object_id>; each attempt writes one of its own
  bytes bigint NOT NULL DEFAULT 0,
  viewers bigint NOT NULL DEFAULT 0,
  series bigint NOT NULL DEFAULT 0,
  interactions bigint NOT NULL DEFAULT 0,
  asked bigint NOT NULL DEFAULT 0,  -- viewers that validation asked about
  ndcg double precision NOT NULL DEFAULT 0,
  popularity double precision NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant, model_id),
  CHECK (NOT active OR object_id IS NOT NULL)
);
CREATE UNIQUE INDEX model_under_way ON model (tenant) WHERE state = 'training';
CREATE UNIQUE INDEX model_active ON model (tenant) WHERE active;
CREATE UNIQUE INDEX model_object ON model (object_id) WHERE object_id IS NOT NULL;

-- Who took a series that is newer than the model.
CREATE INDEX viewing_series ON viewing (tenant, series_id);
