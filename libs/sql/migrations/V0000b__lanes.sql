-- When each lane of `work` had its last turn, so that lanes, and tenants, take turns also where there is one worker.
CREATE TABLE lane (
  tenant text NOT NULL,
  lane text NOT NULL,
  served_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, lane)
);
