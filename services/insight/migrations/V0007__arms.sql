-- By which weights an assignment came about: the exposure may be much later, when a bandit has moved on.
ALTER TABLE sticky_bucket ADD COLUMN weights double precision[];

-- More of what people do.
ALTER TABLE activity
  ADD COLUMN likes bigint NOT NULL DEFAULT 0,
  ADD COLUMN follows bigint NOT NULL DEFAULT 0,
  ADD COLUMN comments bigint NOT NULL DEFAULT 0;
ALTER TABLE exposure
  ADD COLUMN likes bigint NOT NULL DEFAULT 0,
  ADD COLUMN follows bigint NOT NULL DEFAULT 0,
  ADD COLUMN comments bigint NOT NULL DEFAULT 0,
  ADD COLUMN numbers double precision[],   -- what the person did, as it is in the tally (domain/tally.h); null: not yet
  ADD COLUMN reach_time timestamptz,       -- when they came to the end of the experiment's episode after being exposed
  ADD COLUMN next_time timestamptz;        -- and began the next
CREATE INDEX exposure_reached ON exposure (tenant, experiment_id, variation, reach_time, next_time) WHERE reach_time IS NOT NULL;

-- Of an experiment's variation everything that a report needs of what its people did: sums and sums of products, kept up by a loop. So a report
-- reads as many rows as there are variations, however many people there are.
CREATE TABLE tally (
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  variation smallint NOT NULL,
  people bigint NOT NULL,
  weights double precision[] NOT NULL,   -- summed over its people: how many of them each variation should have got
  sums double precision[] NOT NULL,
  products double precision[] NOT NULL,
  PRIMARY KEY (tenant, experiment_id, variation)
);

-- Who did something since the tally was made. Whoever changes what a person did takes the row, so that what is counted meanwhile is seen.
CREATE TABLE restless (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, user_id)
);
INSERT INTO restless SELECT DISTINCT tenant, user_id FROM exposure;

-- Numbers that are still in the tally of somebody who is no longer: erased, or a guest who signed in.
CREATE TABLE departed (
  departed_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  variation smallint NOT NULL,
  weights double precision[] NOT NULL,
  numbers double precision[] NOT NULL
);
CREATE FUNCTION exposure_departs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO departed (tenant, experiment_id, variation, weights, numbers)
    VALUES (OLD.tenant, OLD.experiment_id, OLD.variation, OLD.weights, OLD.numbers);
  RETURN NULL;
END $$;
CREATE TRIGGER exposure_departs AFTER DELETE ON exposure FOR EACH ROW WHEN (OLD.numbers IS NOT NULL) EXECUTE FUNCTION exposure_departs();
