-- Who is in minors' mode and may watch so long a day, as accounts told. Who may watch any time keeps a row without minutes, so that late
-- news is known as such.
CREATE TABLE minor (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  daily_minutes int,
  time_zone text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id)
);

-- What they watched on a day, as days are where they are.
CREATE TABLE watch_day (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  day date NOT NULL,
  watched_ms bigint NOT NULL,
  PRIMARY KEY (tenant, user_id, day)
);
CREATE INDEX watch_day_old ON watch_day (day);
