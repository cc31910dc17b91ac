-- Uploads whose bytes the house fetches from a URL.
ALTER TABLE upload ADD COLUMN imported boolean NOT NULL DEFAULT false;

-- One row for each of them. The URL may hold a signature, so it is emptied once no more bytes come; what people are shown has no query.
CREATE TABLE import (
  upload_id uuid PRIMARY KEY REFERENCES upload,
  tenant text NOT NULL,
  url text NOT NULL,
  shown_url text NOT NULL,
  validator text NOT NULL DEFAULT '',
  furthest bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  trouble_reason text NOT NULL DEFAULT '',
  trouble_message text NOT NULL DEFAULT '',
  deadline timestamptz NOT NULL
);
