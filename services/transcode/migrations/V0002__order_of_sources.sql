-- When each revision's source was verified: events may come late, and the newest source is the one that counts.
-- NULL for sources whose event did not say.
ALTER TABLE revision ADD COLUMN verified_at timestamptz;
