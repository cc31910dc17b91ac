-- What a viewer shared is read for each of their pages, and by training.
CREATE INDEX engagement_shared ON engagement (tenant, user_id, series_id, shared_at) WHERE shared_at IS NOT NULL;
