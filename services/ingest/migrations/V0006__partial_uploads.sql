-- A length of 0 is left open: the creator's program tells it later.
ALTER TABLE upload
  DROP CONSTRAINT upload_length_check,
  DROP CONSTRAINT upload_check,
  ADD CONSTRAINT upload_length_check CHECK (length >= 0),
  ADD CONSTRAINT upload_received_check CHECK (received >= 0 AND (length = 0 OR received <= length));

-- Files that are sent in several uploads at once: a partial one has no episode (the nil UUID), and once it is joined, its parts are those of
-- the upload that it is the `place`-th piece of, while their objects stay where they are. What the client said of an upload is given back as
-- it was sent.
ALTER TABLE upload
  DROP CONSTRAINT upload_purpose_check,
  ADD CONSTRAINT upload_purpose_check CHECK (purpose IN ('video', 'dub', 'partial')),
  ADD COLUMN of_partials boolean NOT NULL DEFAULT false,
  ADD COLUMN joined uuid,
  ADD COLUMN place integer NOT NULL DEFAULT 0,
  ADD COLUMN metadata text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX upload_joined ON upload (tenant, joined, place) WHERE joined IS NOT NULL;
