-- Whether an episode is away from viewers until it is restored, as catalog says.
ALTER TABLE known_episode ADD COLUMN suspended boolean NOT NULL DEFAULT false;
-- Revisions that must not be seen, or may be seen again, as transcode says.
CREATE TABLE withheld_revision (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  version bigint NOT NULL,
  withheld boolean NOT NULL,
  PRIMARY KEY (tenant, revision_id)
);
