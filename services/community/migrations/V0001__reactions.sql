-- What a viewer said of a thing.
CREATE TABLE reaction (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  reaction text NOT NULL CHECK (reaction IN ('like', 'favourite', 'follow')),
  kind text NOT NULL CHECK (kind IN ('series', 'episode', 'creator')),
  subject_id uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, reaction, kind, subject_id)
);
CREATE INDEX reaction_newest ON reaction (tenant, user_id, reaction, since DESC, kind DESC, subject_id DESC);

-- How many said it: changed in the transaction that changes the reactions, so that both are true or neither is.
CREATE TABLE counter (
  tenant text NOT NULL,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  likes bigint NOT NULL DEFAULT 0 CHECK (likes >= 0),
  favourites bigint NOT NULL DEFAULT 0 CHECK (favourites >= 0),
  follows bigint NOT NULL DEFAULT 0 CHECK (follows >= 0),
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, kind, subject_id)
);

-- Who has published a series, as catalog told: these can be followed.
CREATE TABLE creator (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, user_id)
);
