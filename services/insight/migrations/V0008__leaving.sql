-- Who came to the end of an experiment's episode, as sums: a report reads cells, however many people there are. A person is in the cell of their
-- mark: seconds from the end until the next episode was begun (whole minutes from an hour on), or, below 0, −1 − the minute since 1970 of the end
-- of who has not gone on yet.
CREATE TABLE leaving_cell (
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  variation smallint NOT NULL,
  mark bigint NOT NULL,
  people bigint NOT NULL,
  PRIMARY KEY (tenant, experiment_id, variation, mark)
);

ALTER TABLE exposure ADD COLUMN leaving_mark bigint;  -- in which cell the person is; null: in none
ALTER TABLE departed ADD COLUMN leaving_mark bigint;
CREATE OR REPLACE FUNCTION exposure_departs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO departed (tenant, experiment_id, variation, weights, numbers, leaving_mark)
    VALUES (OLD.tenant, OLD.experiment_id, OLD.variation, OLD.weights, OLD.numbers, OLD.leaving_mark);
  RETURN NULL;
END $$;
