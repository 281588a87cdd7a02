/**
 * Schema of the store. `SQLITE_MIGRATIONS[v]` leads from version v to v + 1; a migration that
 * has been released is never edited.
 *
 * The database itself refuses to change or remove what a log must never change: entries, leaf
 * hashes, signed checkpoints and anchors; its index refuses a leaf hash that it has already; and a log that
 * was ended stays so.
 */
import type { Migration } from '#service/sqlite.ts';
import { moveIntoStrips } from './move-into-strips.ts';

/** Marks the file as a log of this program ("TLOG"). */
export const SQLITE_APPLICATION_ID = 0x544c4f47;

function appendOnly(...tables: string[]): string {
  return tables
    .flatMap((table) =>
      ['UPDATE', 'DELETE'].map(
        (verb) => `
        CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
        BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`,
      ),
    )
    .join('');
}

function endedKeeps(table: string, verb: 'INSERT' | 'UPDATE'): string {
  return `
  CREATE TRIGGER ${table}_ended_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
  WHEN (SELECT frozen = 1 OR moved_to IS NOT NULL FROM log)
  BEGIN SELECT RAISE(ABORT, 'the log was ended'); END;`;
}

function movedKeeps(table: string, verb: 'INSERT' | 'UPDATE'): string {
  return `
  CREATE TRIGGER ${table}_moved_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
  WHEN (SELECT moved_to FROM log) IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the log has moved'); END;`;
}

/** INSERT OR REPLACE removes rows, of which triggers of DELETE are not told. */
function neverReplaced(table: string, key: string): string {
  return `
  CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table}
  WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${key} = NEW.${key})
  BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
}

/**
 * Of a new database. Four times the usual size of an entry wastes a third of a page on average; larger
 * ones are written whole for the few leaves that enter the index together.
 */
export const SQLITE_PAGE_BYTES = 8192;

export const SQLITE_MIGRATIONS: readonly Migration[] = [
  `
  -- One row: whose log this is, its newest tree, and the fencing number of the writer's lease.
  CREATE TABLE log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL,
    verifier_key TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    fencing INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE entries (
    idx INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;

  -- The one identifier of an entry; what makes a retry find its first index.
  CREATE TABLE leaves (
    leaf_hash BLOB PRIMARY KEY,
    idx INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Each tile in its greatest width so far; narrower ones are its beginnings.
  CREATE TABLE tiles (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, idx)
  ) STRICT;

  CREATE TABLE signed_checkpoints (
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    note TEXT NOT NULL
  ) STRICT;

  -- One row once there is something to publish.
  CREATE TABLE published (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    note TEXT NOT NULL
  ) STRICT;
  ${appendOnly('entries', 'leaves', 'signed_checkpoints')}
  `,
  `
  -- Published checkpoints that are kept for ever, with their cosignatures.
  CREATE TABLE anchors (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
  ) STRICT;
  ${appendOnly('anchors')}
  `,
  moveIntoStrips,
  `
  -- The index of leaves follows behind the tree, as generations.ts says.
  ALTER TABLE log ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0 CHECK (indexed BETWEEN 0 AND size);
  ALTER TABLE log ADD COLUMN moved INTEGER NOT NULL DEFAULT 0 CHECK (moved BETWEEN 0 AND size - indexed);
  UPDATE log SET indexed = size;

  CREATE TRIGGER log_index_advances BEFORE UPDATE OF indexed, moved ON log
  WHEN NEW.indexed < OLD.indexed OR (NEW.indexed = OLD.indexed AND NEW.moved < OLD.moved)
  BEGIN SELECT RAISE(ABORT, 'the index only advances'); END;
  `,
  `
  -- A frozen log's tree never grows. Of a log that has moved nothing new is signed here, either: its key
  -- signs elsewhere. A store that is arriving is not the log's yet.
  ALTER TABLE log ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0 CHECK (frozen IN (0, 1));
  ALTER TABLE log ADD COLUMN moved_to TEXT;
  ALTER TABLE log ADD COLUMN arriving_from TEXT;

  CREATE TRIGGER log_stays_one BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log)
  BEGIN SELECT RAISE(ABORT, 'there is a log already'); END;

  CREATE TRIGGER log_no_delete BEFORE DELETE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is not removed'); END;

  CREATE TRIGGER log_stays_ended BEFORE UPDATE OF frozen, moved_to ON log
  WHEN NEW.frozen < OLD.frozen OR OLD.moved_to IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'what was ended stays so'); END;

  CREATE TRIGGER log_ended_keeps_its_tree BEFORE UPDATE OF size, root ON log
  WHEN OLD.frozen = 1 OR OLD.moved_to IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the log was ended'); END;
  ${endedKeeps('entries', 'INSERT')}
  ${endedKeeps('strips', 'INSERT')}
  ${endedKeeps('strips', 'UPDATE')}

  CREATE TRIGGER signed_checkpoints_not_moved BEFORE INSERT ON signed_checkpoints
  WHEN (SELECT moved_to FROM log) IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the log has moved'); END;
  `,
  `
  -- What statements that replace rows would pass by, and what only the program saw to.
  ${neverReplaced('entries', 'idx')}
  ${neverReplaced('signed_checkpoints', 'size')}
  ${neverReplaced('anchors', 'size')}

  CREATE TRIGGER strips_no_replace BEFORE INSERT ON strips
  WHEN EXISTS (
    SELECT 1 FROM strips WHERE level = NEW.level AND idx = NEW.idx
    AND substr(NEW.hashes, 1, length(hashes)) <> hashes
  )
  BEGIN SELECT RAISE(ABORT, 'strips only grow'); END;

  CREATE TRIGGER log_grows BEFORE UPDATE OF id, origin, verifier_key, size, root, fencing ON log
  WHEN NEW.id <> OLD.id OR NEW.origin <> OLD.origin OR NEW.verifier_key <> OLD.verifier_key
    OR NEW.fencing < OLD.fencing OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

  CREATE TRIGGER published_grows_by_insert BEFORE INSERT ON published
  WHEN EXISTS (SELECT 1 FROM published WHERE size > NEW.size)
  BEGIN SELECT RAISE(ABORT, 'published is replaced by a larger one only'); END;

  CREATE TRIGGER published_grows BEFORE UPDATE ON published WHEN NEW.size < OLD.size
  BEGIN SELECT RAISE(ABORT, 'published is replaced by a larger one only'); END;

  CREATE TRIGGER published_no_delete BEFORE DELETE ON published
  BEGIN SELECT RAISE(ABORT, 'published is never removed'); END;
  ${movedKeeps('anchors', 'INSERT')}
  ${movedKeeps('published', 'INSERT')}
  ${movedKeeps('published', 'UPDATE')}
  `,
];
