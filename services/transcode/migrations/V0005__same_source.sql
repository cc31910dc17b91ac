-- What was chosen for a source is looked up when it comes again.
CREATE INDEX revision_source_sha256 ON revision (tenant, source_sha256, revision_id);
