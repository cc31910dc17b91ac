-- What people decided about profiling, as accounts told; the house's default holds for others.
CREATE TABLE consent (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  profiling boolean NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id)
);
