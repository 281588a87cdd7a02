/**
 * The witness's tables, with the promises that must hold whatever the program does.
 *
 * The triggers refuse what a witness must never do: forget a size, go back in time, take up a
 * frozen log again, or change evidence. They are the last line of defence, not the first.
 */
import { EVIDENCE_TABLE, SIGHTINGS_TABLE } from '#service/evidence/evidence-table.ts';
import { type OpenedDatabase, openDatabase } from '#service/sqlite.ts';

/** "TWIT" in ASCII: marks a SQLite file as a witness's. */
export const WITNESS_APPLICATION_ID = 0x54574954;

export const WITNESS_MIGRATIONS: readonly string[] = [
  `
  -- The cosignature keys that this database speaks for, by type byte.
  CREATE TABLE keys (
    type INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    vkey TEXT NOT NULL
  ) STRICT;

  ${EVIDENCE_TABLE}

  -- What was last cosigned for each log; note is null before the first time.
  CREATE TABLE logs (
    origin TEXT PRIMARY KEY,
    vkey TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT,
    time_seconds INTEGER NOT NULL,
    frozen_by TEXT REFERENCES evidence (id)
  ) STRICT;

  CREATE TRIGGER logs_never_go_back BEFORE UPDATE ON logs
  WHEN new.size < old.size OR new.time_seconds < old.time_seconds
    OR (new.size = old.size AND new.root <> old.root)
  BEGIN SELECT RAISE(ABORT, 'a cosigned tree cannot be taken back'); END;

  CREATE TRIGGER logs_stay_frozen BEFORE UPDATE ON logs WHEN old.frozen_by IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the log is frozen'); END;

  CREATE TRIGGER logs_are_kept BEFORE DELETE ON logs
  BEGIN SELECT RAISE(ABORT, 'the state of a log is never forgotten'); END;
  `,
  `
  -- Trees that are known to be beginnings of the one last cosigned, each with the log's signature:
  -- what was cosigned here before, and what was shown to fit. The newest of them; a record of work
  -- done, which may be forgotten.
  CREATE TABLE beginnings (
    origin TEXT NOT NULL REFERENCES logs (origin),
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL,
    PRIMARY KEY (origin, size)
  ) STRICT;

  CREATE TRIGGER beginnings_are_fixed BEFORE UPDATE ON beginnings
  BEGIN SELECT RAISE(ABORT, 'a tree of one size has one root'); END;

  -- Checkpoints that the log has signed and that are not known to be such beginnings: what the log
  -- has to show. Kept by who told of them, so that nobody can push out what another told.
  CREATE TABLE comparisons (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL REFERENCES logs (origin),
    source TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL,
    -- Unix milliseconds since when it is owed.
    since_ms INTEGER NOT NULL,
    -- For how long the log has been asked in vain while this process ran; null before the first
    -- count. Not derived from the wall clock, which may jump.
    waited_ms INTEGER CHECK (waited_ms >= 0),
    -- Size of the tree last cosigned that was shown to be a beginning of this larger one; the
    -- comparison is owed again as soon as another tree has been cosigned.
    fits_size INTEGER,
    -- Why the last attempt did not show it.
    reason TEXT,
    UNIQUE (origin, source, size, root)
  ) STRICT;
  `,
  `
  -- Which logs are followed. What was cosigned for each is in logs, whether it is followed or not.
  CREATE TABLE followed (
    origin TEXT PRIMARY KEY REFERENCES logs (origin),
    url TEXT,
    feed TEXT,
    queries_per_day INTEGER CHECK (queries_per_day > 0),
    contact TEXT,
    -- Who named it: 'configuration', 'operator' or 'list <url>'.
    source TEXT NOT NULL,
    -- Unix milliseconds; 0 for one that is older than this table.
    added_at_ms INTEGER NOT NULL,
    -- Set by the operator, and cleared by the operator only.
    disabled_at_ms INTEGER
  ) STRICT;

  -- The keys that speak for a log, and those that did.
  CREATE TABLE log_keys (
    origin TEXT NOT NULL REFERENCES logs (origin),
    vkey TEXT NOT NULL,
    source TEXT NOT NULL,
    added_at_ms INTEGER NOT NULL,
    removed_at_ms INTEGER,
    PRIMARY KEY (origin, vkey)
  ) STRICT;

  INSERT INTO followed (origin, source, added_at_ms) SELECT origin, 'configuration', 0 FROM logs;
  INSERT INTO log_keys (origin, vkey, source, added_at_ms)
    SELECT origin, vkey, 'configuration', 0 FROM logs;
  ALTER TABLE logs DROP COLUMN vkey;

  CREATE TRIGGER followed_are_kept BEFORE DELETE ON followed
  BEGIN SELECT RAISE(ABORT, 'a log that was followed stays on record'); END;

  CREATE TRIGGER log_keys_are_kept BEFORE DELETE ON log_keys
  BEGIN SELECT RAISE(ABORT, 'a key that was trusted stays on record'); END;
  `,
  `
  -- The keys of the witness: those that sign, several of a kind, and those that did once.
  CREATE TABLE witness_keys (
    vkey TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Where its secret half is, as JSON, if a command added it; null for one of the configuration.
    source TEXT,
    -- Unix milliseconds: when a command added it, and since when it never signs again.
    added_at_ms INTEGER,
    retired_at_ms INTEGER
  ) STRICT;
  INSERT INTO witness_keys (vkey, name) SELECT vkey, name FROM keys ORDER BY type;
  DROP TABLE keys;
  ALTER TABLE witness_keys RENAME TO keys;

  CREATE TRIGGER keys_are_of_one_witness BEFORE INSERT ON keys
  WHEN EXISTS (SELECT 1 FROM keys WHERE name <> new.name)
  BEGIN SELECT RAISE(ABORT, 'the keys of a witness share one name'); END;

  CREATE TRIGGER keys_stay_retired BEFORE UPDATE ON keys
  WHEN old.retired_at_ms IS NOT NULL OR new.vkey <> old.vkey OR new.name <> old.name
  BEGIN SELECT RAISE(ABORT, 'a key that was retired stays so'); END;

  CREATE TRIGGER keys_are_kept BEFORE DELETE ON keys
  BEGIN SELECT RAISE(ABORT, 'a key that has signed is never forgotten'); END;
  `,
  SIGHTINGS_TABLE,
  `
  -- Checkpoints that other witnesses were seen to have cosigned: what accuses them if they contradict
  -- themselves, and what tells them what they signed if they have forgotten it. A few for each.
  CREATE TABLE shown (
    id INTEGER PRIMARY KEY,
    witness TEXT NOT NULL,
    origin TEXT NOT NULL REFERENCES logs (origin),
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    -- POSIX seconds of its latest cosignature.
    time_seconds INTEGER NOT NULL,
    -- With the verified signatures of the log and of that witness, and no other line.
    note TEXT NOT NULL,
    UNIQUE (witness, origin, size, root)
  ) STRICT;

  -- What this witness has cosigned and does not remember, found elsewhere: the most of it for each log.
  -- While it is here, nothing is cosigned for the log.
  CREATE TABLE forgotten (
    origin TEXT PRIMARY KEY REFERENCES logs (origin),
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    time_seconds INTEGER NOT NULL,
    note TEXT NOT NULL,
    source TEXT NOT NULL,
    found_at_ms INTEGER NOT NULL
  ) STRICT;

  -- Written by a backup into the copy that it makes: whoever runs on it, runs on a copy.
  CREATE TABLE backups (made_at_ms INTEGER NOT NULL) STRICT;

  -- On a copy: the logs for which somebody has told what was cosigned before.
  CREATE TABLE asked (origin TEXT PRIMARY KEY REFERENCES logs (origin)) STRICT;

  CREATE INDEX evidence_by_accused ON evidence (accused);

  -- A key that signs whatever it likes makes as much evidence against itself as it likes. That of a
  -- log against itself has room always: one of a kind.
  CREATE TRIGGER evidence_is_bounded BEFORE INSERT ON evidence
  WHEN (SELECT count(*) FROM evidence WHERE accused = new.accused) >= 64
    AND NOT EXISTS (SELECT 1 FROM log_keys WHERE origin = new.origin AND vkey = new.accused)
  BEGIN SELECT RAISE(IGNORE); END;
  `,
];

/** Opens the database of a witness, which is one process's. Throws `ConfigError`. */
export function openWitnessDatabase(path: string, { create }: { create: boolean }): OpenedDatabase {
  return openDatabase(path, {
    kind: 'witness',
    applicationId: WITNESS_APPLICATION_ID,
    migrations: WITNESS_MIGRATIONS,
    exclusive: true,
    create,
  });
}
