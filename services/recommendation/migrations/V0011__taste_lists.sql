-- What operators put into their viewers' feeds: domain/rules.h.
CREATE TABLE rule (
  tenant text NOT NULL,
  rule_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('pin', 'boost')),
  series_id uuid,                   -- that it is about; null: `tag`
  tag text NOT NULL DEFAULT '',
  place int NOT NULL DEFAULT 0,     -- of a pin
  factor double precision NOT NULL DEFAULT 1,  -- of a boost
  region text NOT NULL DEFAULT '',  -- '': everywhere
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  deleted boolean NOT NULL DEFAULT false,
  changed xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- the transaction that last touched the row
  PRIMARY KEY (tenant, rule_id)
);
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON rule FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE INDEX rule_changed ON rule (changed);
CREATE INDEX rule_live ON rule (tenant, ends_at) WHERE NOT deleted;

-- Who did what to a rule, and when; never changed, but that an erased account's name is taken off.
CREATE TABLE rule_act (
  tenant text NOT NULL,
  rule_id uuid NOT NULL,
  act text NOT NULL CHECK (act IN ('created', 'deleted')),
  owner_id uuid,  -- whose act it is
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant, rule_id, act)
);

-- How many viewers began a series in a region in an hour; each counts once for a series, whatever they do. No people in it.
CREATE TABLE regional (
  tenant text NOT NULL,
  region text NOT NULL,  -- as ISO 3166-1 has it
  hour timestamptz NOT NULL,
  series_id uuid NOT NULL,
  viewers int NOT NULL,
  PRIMARY KEY (tenant, region, hour, series_id)
);
CREATE INDEX regional_hour ON regional (hour);

-- What people decided about marketing, as accounts told; who isn't in it has not allowed it, as far as is known here.
CREATE TABLE marketing (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  granted boolean NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id)
);

-- Episodes that were picked to notify a viewer of.
CREATE TABLE notice (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  episode_id uuid NOT NULL,
  series_id uuid NOT NULL,
  picked_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, user_id, episode_id)
);
