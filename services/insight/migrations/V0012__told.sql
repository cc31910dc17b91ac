-- What a series' owner was told of the parts of its audience (domain/disclosure.h, told_anew): comparing answers of different days tells of nobody.
-- By dimension (AudienceDimension): names of the parts, and people of each.
CREATE TABLE told_audience (
  tenant text NOT NULL,
  series_id uuid NOT NULL,
  dimension smallint NOT NULL,
  parts text[] NOT NULL DEFAULT '{}',
  people bigint[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant, series_id, dimension)
);

-- The last report of an experiment that its creator was told, and the people of each variation in it: a later one differs by nobody or by 20 at least.
CREATE TABLE told_report (
  tenant text NOT NULL,
  experiment_id uuid NOT NULL,
  people bigint[] NOT NULL,
  report bytea NOT NULL,
  PRIMARY KEY (tenant, experiment_id)
);

-- Whose assignment it is, whatever attribute it is by (a device's is its person's, too): the name by which export and erasure find rows.
ALTER TABLE sticky_bucket ADD COLUMN user_id uuid;
UPDATE sticky_bucket SET user_id = value::uuid WHERE attribute = 'id' AND value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
CREATE INDEX sticky_bucket_user ON sticky_bucket (tenant, user_id);
