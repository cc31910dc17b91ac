-- What of a page was so because of experiments: experiment=variation.
ALTER TABLE decision ADD COLUMN arms text[] NOT NULL DEFAULT '{}';
