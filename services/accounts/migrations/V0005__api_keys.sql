-- What programs of creators call with. Who ended one keeps it for a while, so that its owner sees what became of it.
CREATE TABLE api_key (
  tenant text NOT NULL,
  api_key_id uuid NOT NULL,
  user_id uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  password_hash bytea NOT NULL UNIQUE,  -- SHA-256 of the key, which has 256 random bits; under this name exports leave it out (decision 0039)
  scopes int NOT NULL CHECK (scopes BETWEEN 1 AND 7),
  requests_per_second int NOT NULL CHECK (requests_per_second >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by_operator boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, api_key_id)
);
CREATE INDEX api_key_owner ON api_key(tenant, user_id, created_at);
CREATE INDEX api_key_ended ON api_key(least(expires_at, revoked_at));
