-- Where a series may be shown, and where not, as ISO 3166-1 names countries. At most one of the two holds anything.
ALTER TABLE series
  ADD COLUMN allowed_regions text[] NOT NULL DEFAULT '{}',
  ADD COLUMN blocked_regions text[] NOT NULL DEFAULT '{}',
  ADD CHECK (allowed_regions = '{}' OR blocked_regions = '{}');
