-- How many bytes a creator may store, for those who have a limit of their own.
CREATE TABLE storage_limit (
  tenant text NOT NULL,
  owner uuid NOT NULL,
  limit_bytes bigint NOT NULL CHECK (limit_bytes >= 0),
  PRIMARY KEY (tenant, owner)
);
-- What a creator's uploads count with is summed up when another is created.
CREATE INDEX upload_stored ON upload (tenant, owner) INCLUDE (length, received) WHERE state IN ('receiving', 'verifying', 'ready');
