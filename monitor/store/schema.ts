/**
 * The monitor's tables, with the promises that must hold whatever the program does.
 *
 * Everything in them is bounded by the policy file or by a cap, but for resolved alerts, whose
 * oldest are removed beyond 10,000.
 */
import { EVIDENCE_TABLE, SIGHTINGS_TABLE } from '#service/evidence/evidence-table.ts';
import { CANARY_TABLE } from '../canary/result-table.ts';

/** "TMON" in ASCII: marks a SQLite file as a monitor's. */
export const MONITOR_APPLICATION_ID = 0x544d4f4e;

export const MONITOR_MIGRATIONS: readonly string[] = [
  `
  -- The tree of each log as re-derived from its entries. 'confirmed' is one whose root the log
  -- signed (note); 'provisional' is how far a walk has got that has not reached a signed root yet.
  CREATE TABLE trees (
    origin TEXT NOT NULL,
    slot TEXT NOT NULL CHECK (slot IN ('confirmed', 'provisional')),
    size INTEGER NOT NULL CHECK (size >= 0),
    -- The partial tiles at the right edge, lowest level first.
    edge BLOB NOT NULL,
    note TEXT,
    invalid_count INTEGER NOT NULL,
    invalid_examples TEXT NOT NULL,
    PRIMARY KEY (origin, slot),
    CHECK ((slot = 'confirmed') = (note IS NOT NULL))
  ) STRICT;

  CREATE TRIGGER confirmed_trees_only_grow BEFORE UPDATE ON trees
  WHEN old.slot = 'confirmed' AND new.size < old.size
  BEGIN SELECT RAISE(ABORT, 'a confirmed tree never shrinks'); END;

  -- Signed checkpoints that have not been compared with the confirmed tree yet.
  CREATE TABLE statements (
    origin TEXT NOT NULL,
    text TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (origin, text)
  ) STRICT;

  -- The largest tree that each key is known to have cosigned, and the earliest time it did.
  CREATE TABLE cosigned (
    origin TEXT NOT NULL,
    vkey TEXT NOT NULL,
    size INTEGER NOT NULL,
    time_seconds INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (origin, vkey)
  ) STRICT;

  ${EVIDENCE_TABLE}

  CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    evidence TEXT NOT NULL,
    raised_at_ms INTEGER NOT NULL,
    last_seen_at_ms INTEGER NOT NULL,
    resolved_at_ms INTEGER
  ) STRICT;

  -- Raised once: at most one open alert about one thing.
  CREATE UNIQUE INDEX open_alerts ON alerts (kind, origin, subject) WHERE resolved_at_ms IS NULL;

  -- What the webhook has still to deliver, oldest first.
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- When it was first shown: a comparison is owed from then on, over restarts.
  ALTER TABLE statements ADD COLUMN first_seen_ms INTEGER NOT NULL DEFAULT 0;

  -- The latest time at which the key is known to have cosigned any tree.
  ALTER TABLE cosigned ADD COLUMN latest_seconds INTEGER NOT NULL DEFAULT 0;
  UPDATE cosigned SET latest_seconds = time_seconds;

  -- The largest checkpoint that each witness has shown at its own address.
  CREATE TABLE shown (
    origin TEXT NOT NULL,
    url TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (origin, url)
  ) STRICT;

  -- One message for each alert, with the number of changes that it tells of. A changed message is a
  -- new row, as its id is what tells a receiver that it has not seen it: first_id keeps its place.
  ALTER TABLE outbox ADD COLUMN alert_key TEXT NOT NULL DEFAULT '';
  ALTER TABLE outbox ADD COLUMN is_critical INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox ADD COLUMN changes INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE outbox ADD COLUMN first_id INTEGER;
  UPDATE outbox SET
    alert_key = json_array(body ->> '$.alert.kind', coalesce(body ->> '$.alert.origin', ''),
      coalesce(body ->> '$.alert.subject', '')),
    is_critical = (body ->> '$.alert.severity') = 'critical';
  UPDATE outbox SET changes = counted.changes, first_id = counted.first_id
  FROM (SELECT alert_key, count(*) AS changes, min(id) AS first_id FROM outbox GROUP BY alert_key)
    AS counted WHERE counted.alert_key = outbox.alert_key;
  DELETE FROM outbox WHERE id NOT IN (SELECT max(id) FROM outbox GROUP BY alert_key);
  CREATE UNIQUE INDEX outbox_folds ON outbox (alert_key);
  `,
  `
  -- One queue for each sink, by its name; there has been one sink so far.
  ALTER TABLE outbox ADD COLUMN sink TEXT NOT NULL DEFAULT 'webhook';
  DROP INDEX outbox_folds;
  CREATE UNIQUE INDEX outbox_folds ON outbox (sink, alert_key);
  `,
  `
  -- What operators do about alerts (JSON: by, note, atMs), and what sinks were told of each. An alert
  -- without announced_at_ms was raised under a silence, and no sink knows of it.
  ALTER TABLE alerts ADD COLUMN acknowledged TEXT;
  ALTER TABLE alerts ADD COLUMN resolved_by TEXT;
  ALTER TABLE alerts ADD COLUMN announced_at_ms INTEGER;
  ALTER TABLE alerts ADD COLUMN told_at_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE alerts ADD COLUMN escalated INTEGER NOT NULL DEFAULT 0;
  UPDATE alerts SET announced_at_ms = raised_at_ms, told_at_ms = raised_at_ms;
  -- Finds the last alert about a thing.
  CREATE INDEX alerts_of_a_thing ON alerts (kind, origin, subject, id);

  -- Patterns of alerts that are kept quiet for a time. Rows stay as history, to a number.
  CREATE TABLE silences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    subject TEXT NOT NULL,
    made TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    ended TEXT
  ) STRICT;

  -- The gravest first: 1 for critical alerts, 0 for others, -1 for what is not about an alert.
  ALTER TABLE outbox RENAME COLUMN is_critical TO rank;
  `,
  SIGHTINGS_TABLE,
  `
  -- Entries that are noteworthy beside those that are invalid, as JSON.
  ALTER TABLE trees ADD COLUMN noted TEXT NOT NULL DEFAULT '{}';

  -- How far the chain of each issuer has been followed in the tree of that slot, as JSON; of the
  -- provisional tree only those that differ.
  CREATE TABLE chains (
    origin TEXT NOT NULL,
    slot TEXT NOT NULL CHECK (slot IN ('confirmed', 'provisional')),
    issuer TEXT NOT NULL,
    chain TEXT NOT NULL,
    PRIMARY KEY (origin, slot, issuer)
  ) STRICT, WITHOUT ROWID;
  `,
  CANARY_TABLE,
  `
  -- When it was last told that the monitor is alive.
  CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- How many entries came to a log in each ten minutes of the last two weeks, as JSON.
  CREATE TABLE growth (
    origin TEXT NOT NULL PRIMARY KEY,
    growth TEXT NOT NULL
  ) STRICT;
  `,
];
