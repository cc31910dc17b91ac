-- From which age on a series is meant to be seen, as catalog told; null: nobody said, which counts as 18 for who is in minors' mode.
ALTER TABLE series ADD COLUMN age_rating smallint;

-- Where it may be shown, and where not, likewise; at most one of the two holds anything.
ALTER TABLE series
  ADD COLUMN allowed_regions text[] NOT NULL DEFAULT '{}',
  ADD COLUMN blocked_regions text[] NOT NULL DEFAULT '{}';

-- Who is in minors' mode, as accounts told. Who was keeps a row without a rating, so that late news is known as such.
CREATE TABLE minor (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  greatest_rating smallint,
  version bigint NOT NULL,
  changed xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- the transaction that last touched the row
  PRIMARY KEY (tenant, user_id)
);
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON minor FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE INDEX minor_changed ON minor (changed);
