-- What people decided about their data, and when: the latest of each purpose holds.
CREATE TABLE consent (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  purpose smallint NOT NULL CHECK (purpose BETWEEN 1 AND 3),
  version bigint NOT NULL,
  granted boolean NOT NULL,
  policy_version text NOT NULL,
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, purpose, version)
);
