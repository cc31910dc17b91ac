-- What people decided about analytics, as accounts told; the house's default holds for others.
CREATE TABLE consent (
  tenant text NOT NULL,
  user_id uuid NOT NULL,
  analytics boolean NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, user_id)
);

-- Whether what comes of a person may be kept; `unasked`: of who decided nothing. A guest who signed in has the account's consent. Until the
-- transaction ends no change of the consent takes effect, so nothing is kept behind a refusal.
CREATE FUNCTION may_analyse(whose text, person uuid, unasked boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  account uuid := coalesce((SELECT user_id FROM merged WHERE tenant = whose AND guest_id = person), person);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('insight consent/' || whose || '/' || account, 0));
  RETURN coalesce((SELECT analytics FROM consent WHERE tenant = whose AND user_id = account), unasked);
END $$;
