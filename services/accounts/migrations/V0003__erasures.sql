-- People who had themselves erased. `person` is a digest (libs/bus/people.h); their ids are here until all services have confirmed both rounds.
CREATE TABLE erasure (
  erasure_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  person text NOT NULL,
  person_ids uuid[] NOT NULL,
  round int NOT NULL DEFAULT 1,
  asked_at timestamptz NOT NULL,
  told_at timestamptz NOT NULL,
  done_at timestamptz,
  UNIQUE (tenant, person)
);
CREATE INDEX erasure_open ON erasure (told_at) WHERE done_at IS NULL;

CREATE TABLE erasure_confirmed (
  erasure_id uuid NOT NULL REFERENCES erasure,
  round int NOT NULL,
  service text NOT NULL,
  PRIMARY KEY (erasure_id, round, service)
);

-- Guests of an account.
CREATE INDEX account_merged ON account (tenant, merged_into) WHERE merged_into IS NOT NULL;
