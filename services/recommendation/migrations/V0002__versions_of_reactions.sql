-- What was taken back keeps its row and its version (of community's fact), so that late news does not bring it back.
ALTER TABLE reaction
  ADD COLUMN is_set boolean NOT NULL DEFAULT true,
  ADD COLUMN version bigint NOT NULL DEFAULT 0;
