-- How every service forgets a person and shows what it has of one. What is a person's is told by the names of columns: rows with a user_id or
-- guest_id are theirs, rows with an owner_id or owner are things of theirs, rows with a subject_id are what others said of them.

-- People who were erased, by a digest of tenant and id (libs/bus/people.h): nothing of them is taken in any more.
CREATE TABLE erased (
  tenant text NOT NULL,
  person text NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, person)
);

-- Erasures under way: until one is done, the person's ids (a merged guest has one of its own) still stand here.
CREATE TABLE erasing (
  erasure_id uuid NOT NULL,
  round int NOT NULL,
  tenant text NOT NULL,
  person_ids uuid[] NOT NULL,
  tried_at timestamptz NOT NULL DEFAULT 'epoch',
  PRIMARY KEY (erasure_id, round)
);

CREATE FUNCTION columns_of_people(names text[]) RETURNS TABLE (tab name, col name) LANGUAGE sql STABLE AS $$
  SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attname = ANY (names)
    AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
    AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant' AND NOT t.attisdropped)
  ORDER BY 1, 2
$$;

-- Deletes up to `most` rows of each table that are the people's or say something of them, and takes their names off up to as many things:
-- true if there is more. It is looked for anew after each: a row that another transaction changed meanwhile has moved, and its place is
-- not to be seen by the statement that waited for it. Again: changes nothing.
CREATE FUNCTION erase_people(whose text, ids uuid[], most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  at record;
  missed boolean;
  more boolean := false;
BEGIN
  FOR at IN SELECT * FROM columns_of_people('{user_id,guest_id,subject_id}') LOOP
    EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant = $1 AND %2$I = ANY ($2) LIMIT $3 FOR UPDATE))',
                   at.tab, at.col) USING whose, ids, most;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE tenant = $1 AND %I = ANY ($2))', at.tab, at.col) INTO missed USING whose, ids;
    more := more OR missed;
  END LOOP;
  FOR at IN SELECT * FROM columns_of_people('{owner_id,owner}') LOOP
    EXECUTE format('UPDATE %I SET %2$I = ''00000000-0000-0000-0000-000000000000'' WHERE ctid = ANY '
                   '(ARRAY(SELECT ctid FROM %1$I WHERE tenant = $1 AND %2$I = ANY ($2) LIMIT $3 FOR UPDATE))',
                   at.tab, at.col) USING whose, ids, most;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE tenant = $1 AND %I = ANY ($2))', at.tab, at.col) INTO missed USING whose, ids;
    more := more OR missed;
  END LOOP;
  RETURN more;
END $$;

-- The same for what every service has beside its own tables: answers already given, events put aside, lanes and tasks.
CREATE FUNCTION erase_traces(whose text, ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  any_id text := array_to_string(ids, '|');
  nobody text := '00000000-0000-0000-0000-000000000000';
BEGIN
  DELETE FROM idempotency WHERE tenant = whose AND (caller ~ any_id OR encode(response, 'escape') ~ any_id);
  DELETE FROM dead_event WHERE encode(event, 'escape') ~ any_id;
  DELETE FROM lane WHERE tenant = whose AND lane.lane ~ any_id;
  UPDATE work SET lane = regexp_replace(lane, any_id, nobody, 'g'), payload = regexp_replace(payload::text, any_id, nobody, 'g')::jsonb
    WHERE tenant = whose AND (lane ~ any_id OR payload::text ~ any_id);
END $$;

-- Up to `most` rows of a table that are the people's or things of theirs, after the place of the last one seen. Never a password's digest.
CREATE FUNCTION export_people(whose text, ids uuid[], tab name, after tid, most bigint)
RETURNS TABLE (place tid, data text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  mine text := (SELECT string_agg(format('%I = ANY ($2)', c.col), ' OR ') FROM columns_of_people('{user_id,guest_id,owner_id,owner}') c
                WHERE c.tab = export_people.tab);
BEGIN
  RETURN QUERY EXECUTE format('SELECT ctid, (to_jsonb(t) - ''password_hash'')::text FROM %I t WHERE tenant = $1 AND (%s) AND ctid > $3 '
                              'ORDER BY ctid LIMIT $4', tab, mine) USING whose, ids, after, most;
END $$;
