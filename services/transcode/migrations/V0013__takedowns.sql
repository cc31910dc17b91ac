-- Films that operators took down, and the cuts that are withheld for their sake; see decision 0062.
ALTER TABLE episode ADD COLUMN taken_down boolean NOT NULL DEFAULT false;
-- Of a cut that is ready: what the house was told.
ALTER TABLE revision ADD COLUMN withheld boolean NOT NULL DEFAULT false;
