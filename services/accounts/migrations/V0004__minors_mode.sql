-- What a guardian set for who is under age. Who switched it off keeps a row with its version.
CREATE TABLE minors_mode (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  enabled boolean NOT NULL,
  greatest_rating smallint NOT NULL CHECK (greatest_rating BETWEEN 0 AND 17),
  daily_minutes int NOT NULL CHECK (daily_minutes BETWEEN 0 AND 1440),
  time_zone text NOT NULL,
  password_hash text NOT NULL,  -- of the guardian's PIN; under this name exports leave it out (decision 0039)
  wrong_pins int NOT NULL,
  blocked_until timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id),
  CHECK (enabled = (password_hash <> ''))
);
