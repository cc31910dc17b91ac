-- From which age on a series is meant to be seen. Not rated counts as 18 for who is in minors' mode, and for them alone.
ALTER TABLE series ADD COLUMN age_rating smallint CHECK (age_rating BETWEEN 0 AND 18);

-- Who is in minors' mode, as accounts told. Who was keeps a row without a rating, so that late news is known as such.
CREATE TABLE minor (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  greatest_rating smallint,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id)
);
