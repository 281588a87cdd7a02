/**
 * The tables of an index. No trigger guards them; what keeps them right is that each append is one transaction.
 * Evidence, and which checkpoints were seen and when, no log tells again: a migration keeps the tables of both.
 *
 * A place is the number of an entry over all logs, in the order of appending: ids and pages of what is written
 * together lie together.
 */
import type { Migration } from '#service/sqlite.ts';

/** "TIDX" in ASCII: marks a SQLite file as an explorer's index. */
export const INDEX_APPLICATION_ID = 0x54494458;

/** Of the rules by which an index is made, terms and numbers too. One that was made by others is made anew. */
export const INDEX_VERSION = 4;

/** Holds ten entries of the usual size, or two chunks of postings. */
export const INDEX_PAGE_BYTES = 8192;

export const INDEX_MIGRATIONS: readonly Migration[] = [
  `
  -- By what the index was made: one row.
  CREATE TABLE made (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    terms_version INTEGER NOT NULL,
    -- Names, as JSON.
    types TEXT NOT NULL,
    -- Keys of the hash that makes terms short.
    term_keys BLOB NOT NULL
  ) STRICT;

  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE,
    -- Entries that are here.
    size INTEGER NOT NULL,
    -- Of the checkpoint that is shown.
    confirmed_size INTEGER,
    -- The checkpoint that is being read, as JSON.
    begun TEXT,
    -- What all entries that are here come to, and what those of the confirmed tree do, as JSON.
    totals TEXT NOT NULL,
    confirmed_totals TEXT NOT NULL
  ) STRICT;

  CREATE TABLE entries (
    place INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    fault TEXT,
    bytes BLOB NOT NULL,
    UNIQUE (log, idx)
  ) STRICT;

  -- Chunks of postings, by the start of their segment and the number of the chunk (postings.ts).
  CREATE TABLE postings (
    id INTEGER PRIMARY KEY,
    chunk BLOB NOT NULL
  ) STRICT;

  -- The times that each 4,096 entries state, and the least and the greatest of them.
  CREATE TABLE times (
    block INTEGER PRIMARY KEY,
    least INTEGER,
    greatest INTEGER,
    times BLOB NOT NULL
  ) STRICT;

  -- How many entries of a log have each value of what may have any number of values.
  CREATE TABLE counts (
    log INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (log, kind, value)
  ) STRICT, WITHOUT ROWID;

  -- Each in its greatest width so far; narrower ones are its beginnings.
  CREATE TABLE tiles (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    UNIQUE (log, level, idx)
  ) STRICT;

  CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    -- As JSON.
    cosigned TEXT NOT NULL,
    UNIQUE (log, size)
  ) STRICT;

  CREATE TABLE evidence (
    id TEXT NOT NULL,
    log INTEGER NOT NULL,
    document BLOB NOT NULL,
    found_ms INTEGER NOT NULL,
    UNIQUE (id, log)
  ) STRICT;
  CREATE INDEX evidence_of_a_log ON evidence (log);
  `,
  `
  -- When each size of a log was confirmed first, of all that ever were: at most as many as there are entries.
  CREATE TABLE sightings (
    log INTEGER NOT NULL,
    size INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (log, size)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sightings SELECT log, size, seen_ms FROM checkpoints;
  `,
  `
  ALTER TABLE made RENAME COLUMN terms_version TO version;
  -- Whether entries were judged before they came here.
  ALTER TABLE made ADD COLUMN judged INTEGER NOT NULL DEFAULT 1;
  `,
  `
  CREATE TABLE hours (
    log INTEGER NOT NULL,
    hour_ms INTEGER NOT NULL,
    -- Of the confirmed tree, and what was added since.
    entries INTEGER NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (log, hour_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hours_added_to ON hours (log) WHERE added > 0;
  `,
];
