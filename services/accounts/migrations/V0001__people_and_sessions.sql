-- Guests and accounts. A guest that signed in to an account stays as a row that points there.
CREATE TABLE account (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  email text NOT NULL DEFAULT '',
  password_hash text NOT NULL DEFAULT '',
  display_name text NOT NULL DEFAULT '',
  language text NOT NULL DEFAULT '',
  role text NOT NULL CHECK (role IN ('viewer', 'creator', 'operator')),
  guest boolean NOT NULL,
  merged_into uuid,
  created_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id),
  CHECK (guest = (email = ''))
);
CREATE INDEX account_operators ON account (tenant) WHERE role = 'operator';

-- Who has which address; apart from account, so that a taken address is an answer and not a failed transaction.
CREATE TABLE email (
  tenant text NOT NULL,
  email text NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, email)
);

-- One sign-in on one device.
CREATE TABLE session (
  tenant text NOT NULL,
  session_id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant, session_id)
);
CREATE INDEX session_live ON session (tenant, user_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX session_expires ON session (expires_at);

-- Every refresh token of a session until it expires, used ones too: that is how a second use is noticed. Only digests are here. The salt
-- of a used one gives its successor to whoever holds the token itself; it is of use for seconds only.
CREATE TABLE refresh_token (
  tenant text NOT NULL,
  digest bytea NOT NULL,
  session_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  salt bytea,
  successor bytea,
  PRIMARY KEY (tenant, digest)
);
CREATE INDEX refresh_token_expires ON refresh_token (expires_at);
