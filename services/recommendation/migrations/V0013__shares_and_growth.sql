-- When the viewer shared it last, by our clock: what rankings learn from. Null: not, or before that was kept.
ALTER TABLE engagement ADD COLUMN shared_at timestamptz;

-- What grows in a region, as one replica counted it from `regional` for all of them.
CREATE TABLE regional_growth (
  tenant text NOT NULL,
  region text NOT NULL,
  series_id uuid NOT NULL,
  growth double precision NOT NULL,
  PRIMARY KEY (tenant, region, series_id)
);
-- Which count that is. Replicas that know the step have nothing to read.
CREATE TABLE regional_step (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  step bigint NOT NULL,
  counted_at timestamptz NOT NULL
);
INSERT INTO regional_step (step, counted_at) VALUES (0, '-infinity');
