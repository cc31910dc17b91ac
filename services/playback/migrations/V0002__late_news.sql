-- The version of what catalog told last, so that late news is known as such.
ALTER TABLE known_episode ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE known_series ADD COLUMN version bigint NOT NULL DEFAULT 0;
