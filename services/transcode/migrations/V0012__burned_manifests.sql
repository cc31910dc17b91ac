-- Whether the text in the pictures has a DASH manifest: films of before have none, nor have those that are encrypted with AES-128.
ALTER TABLE burned ADD COLUMN manifest boolean NOT NULL DEFAULT false;
