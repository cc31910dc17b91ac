-- A session that was prepared is told to the house with its first report.
ALTER TABLE session ADD COLUMN announced boolean NOT NULL DEFAULT true;
