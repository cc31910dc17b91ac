-- Of how much of its beginning the house was told while the rest was still arriving.
ALTER TABLE upload ADD COLUMN head_bytes bigint NOT NULL DEFAULT 0;

-- Episodes that catalog deleted: no upload for them any more.
CREATE TABLE gone_episode (
  tenant text NOT NULL,
  episode_id uuid NOT NULL,
  PRIMARY KEY (tenant, episode_id)
);
