-- What operators took down, and what is away because a film in it is; see decision 0062.
ALTER TABLE episode
  DROP CONSTRAINT episode_state_check,
  DROP CONSTRAINT episode_check,
  ADD COLUMN taken_down text NOT NULL DEFAULT '' CHECK (taken_down IN ('', 'episode', 'series')),
  -- Why the published revision must not be seen.
  ADD COLUMN withheld text NOT NULL DEFAULT '',
  ADD CONSTRAINT episode_state_check CHECK (state IN ('draft', 'in_review', 'published', 'withdrawn', 'taken_down')),
  -- Replicas from before this don't know of it: what they would publish again fails here.
  ADD CONSTRAINT episode_down_check CHECK (taken_down = '' OR state IN ('taken_down', 'withdrawn')),
  -- What is taken down keeps what it gets back, if viewers had it.
  ADD CONSTRAINT episode_published_check CHECK (CASE state WHEN 'taken_down' THEN taken_down <> '' OR withheld <> ''
    WHEN 'published' THEN published_revision IS NOT NULL ELSE published_revision IS NULL END);
ALTER TABLE series
  DROP CONSTRAINT series_state_check,
  ADD CONSTRAINT series_state_check CHECK (state IN ('draft', 'published', 'withdrawn', 'taken_down'));

-- What transcode said of revisions, so that late news is known as such. `why` is empty for one that may be seen again.
CREATE TABLE withheld_revision (
  tenant text NOT NULL,
  revision_id uuid NOT NULL,
  version bigint NOT NULL,
  why text NOT NULL,
  PRIMARY KEY (tenant, revision_id)
);
