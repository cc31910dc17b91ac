-- Heads of sources whose upload still goes on are revisions in the state `early`: nobody sees them but the workers, and their pieces have keys
-- of their own. early_of: what the source will be called. whole_bytes: how long it will be.
ALTER TABLE revision DROP CONSTRAINT revision_state_check;
ALTER TABLE revision
  ADD CONSTRAINT revision_state_check
    CHECK (state IN ('processing', 'provisional', 'ready', 'failed', 'cancelled', 'early')),
  ADD COLUMN early_of uuid,
  ADD COLUMN whole_bytes bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX revision_early ON revision (tenant, early_of) WHERE early_of IS NOT NULL;
