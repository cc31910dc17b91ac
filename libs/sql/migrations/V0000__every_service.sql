-- What every service's schema has: facts to tell, answers already given, events already heard, work to do.

-- Facts that left with the change they tell of. `tx` lets the relay leave out rows that may still be overtaken: serial ids commit out of
-- order, so only rows older than every running transaction are published.
CREATE TABLE outbox (
  seq bigserial PRIMARY KEY,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  event_id uuid NOT NULL UNIQUE,
  event bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX outbox_created ON outbox (created_at);

-- What tells that Redis lost events: a mark that the relay also keeps there, and the id of the last entry it wrote to the stream.
CREATE TABLE outbox_epoch (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch uuid NOT NULL,
  last_entry text NOT NULL DEFAULT '0-0'
);

-- Answers to requests with an Idempotency-Key, written in the transaction of the change.
CREATE TABLE idempotency (
  tenant text NOT NULL,
  caller text NOT NULL,
  key text NOT NULL,
  method text NOT NULL,
  request_hash text NOT NULL,
  response bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, caller, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Events that took effect here.
CREATE TABLE consumed (
  event_id uuid NOT NULL,
  consumer text NOT NULL,
  consumed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, consumer)
);
CREATE INDEX consumed_at ON consumed (consumed_at);

-- Work to be done once, by whoever leases it; see libs/sql/work_queue.h.
CREATE TABLE work (
  task_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  kind text NOT NULL,
  lane text NOT NULL,
  priority int NOT NULL DEFAULT 100,
  subject uuid NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'done', 'dead', 'cancelled')),
  epoch bigint NOT NULL DEFAULT 0,
  attempts int NOT NULL DEFAULT 0,
  most_attempts int NOT NULL DEFAULT 5,
  run_after timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz,
  worker text,
  reason text,
  message text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE INDEX work_ready ON work (priority, created_at) WHERE state IN ('ready', 'leased');
CREATE INDEX work_subject ON work (subject);
CREATE INDEX work_dead ON work (ended_at) WHERE state = 'dead';

-- Events that could not take effect however often they were tried; an operator looks at them.
CREATE TABLE dead_event (
  event_id uuid NOT NULL,
  consumer text NOT NULL,
  stream text NOT NULL,
  event bytea NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  died_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, consumer)
);
