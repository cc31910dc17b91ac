-- What an upload is for: the episode's video, or a dub with its language and the name that viewers read.
ALTER TABLE upload
  ADD COLUMN purpose text NOT NULL DEFAULT 'video' CHECK (purpose IN ('video', 'dub')),
  ADD COLUMN language text NOT NULL DEFAULT '',
  ADD COLUMN label text NOT NULL DEFAULT '';
