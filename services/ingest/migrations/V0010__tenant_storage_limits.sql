-- How many bytes all creators of a tenant may store together, for tenants that have a limit of their own.
CREATE TABLE tenant_storage_limit (
  tenant text PRIMARY KEY,
  limit_bytes bigint NOT NULL CHECK (limit_bytes >= 0)
);
