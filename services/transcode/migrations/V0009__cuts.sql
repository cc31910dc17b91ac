-- Cuts: revisions out of parts of finished films. They have no source (source_id is the revision's own) and no plan; their pieces are the
-- films', in tracks that begin with the film's place among them ('0/v540').
ALTER TABLE revision ADD COLUMN cut boolean NOT NULL DEFAULT false;
CREATE TABLE cut_stretch (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  ordinal int NOT NULL,
  film_episode_id uuid NOT NULL,
  film_revision_id uuid NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  PRIMARY KEY (tenant, revision_id, ordinal),
  FOREIGN KEY (tenant, revision_id) REFERENCES revision (tenant, revision_id) ON DELETE CASCADE
);
-- Captions that change are looked for here.
CREATE INDEX cut_stretch_film ON cut_stretch (tenant, film_episode_id);
-- Why viewers don't get captions as they are, if the gate refused them.
ALTER TABLE captions
  ADD COLUMN failure_reason text NOT NULL DEFAULT '',
  ADD COLUMN failure_message text NOT NULL DEFAULT '';
