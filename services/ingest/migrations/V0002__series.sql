-- The series that the upload's episode belongs to, as catalog said when it was created. NULL for uploads of before it was kept.
ALTER TABLE upload ADD COLUMN series_id uuid;
