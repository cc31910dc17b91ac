-- Captions of episodes, one for each language and state: a draft that a machine wrote stands beside what viewers see until it is approved.
-- Whoever owns the episode's revisions owns them.
CREATE TABLE captions (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  language text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'public')),
  kind text NOT NULL CHECK (kind IN ('subtitles', 'captions')),
  label text NOT NULL,
  cues bigint NOT NULL,
  webvtt text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, episode_id, language, state)
);
