/**
 * What other witnesses were seen to have cosigned, in SQLite. A few notes for each witness and log, so
 * that a witness which goes back and cosigns both trees is accused, however long that takes: its
 * newest, its largest, the largest that is of our tree, and the oldest that are not yet shown to be.
 *
 * Whoever is shown to contradict a kept note contradicts a dropped one no less: what is of our tree is
 * a beginning of the one that stays, and the rest stays.
 */
import { equalBytes } from '#protocol/bytes.ts';
import {
  type Evidence,
  proveCosignedBackwards,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';

/** Notes kept for each witness and log that are not shown to be of our tree, beside newest and largest. */
export const MAX_UNSETTLED = 8;

export interface ShownTree {
  readonly size: number;
  readonly root: Hash;
  /** POSIX seconds of its latest cosignature. */
  readonly timeSeconds: number;
  /** Verified signatures of the log and of that witness, and no other line. */
  readonly note: string;
}

/** The largest tree that a witness was seen to have cosigned for a log, without the note. */
export interface SeenLog {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly timeSeconds: number;
}

interface Row {
  size: number;
  root: Uint8Array;
  time_seconds: number;
  note: string;
}

export class ShownTable {
  readonly #statements: Statements;

  constructor(db: SqliteDatabase) {
    this.#statements = prepare(db);
  }

  /** Everything kept of a witness for a log, oldest first. */
  of(witness: string, origin: string): ShownTree[] {
    return this.#statements.of.all(witness, origin).map(toTree);
  }

  /** What was shown last. */
  newest(witness: string, origin: string): ShownTree | undefined {
    const row = this.#statements.newest.get(witness, origin);
    return row === undefined ? undefined : toTree(row);
  }

  /** The largest tree that a witness was seen to have cosigned, at the latest time. */
  largest(witness: string, origin: string): ShownTree | undefined {
    const row = this.#statements.largest.get(witness, origin);
    return row === undefined ? undefined : toTree(row);
  }

  /** The largest trees of a witness, by log. */
  seen(witness: string): SeenLog[] {
    return this.#statements.seen.all(witness);
  }

  /** Evidence that a tree makes with those kept of the same witness, which has these keys. */
  contradictions(keys: readonly VerifierKey[], origin: string, tree: ShownTree): Evidence[] {
    const kept = this.of(keys[0]!.name, origin);
    return kept.flatMap((other) => contradictions(other, tree, keys));
  }

  /** Keeps a note, the later one of two of one tree, and drops what is no longer needed. */
  add(witness: string, origin: string, { size, root, timeSeconds, note }: ShownTree): void {
    this.#statements.add.run({ witness, origin, size, root, timeSeconds, note });
    this.#statements.prune.run({ witness, origin, kept: MAX_UNSETTLED });
  }
}

function toTree({ size, root, time_seconds: timeSeconds, note }: Row): ShownTree {
  return { size, root: asHash(new Uint8Array(root)), timeSeconds, note };
}

/** What one witness cannot have cosigned both. Signatures are looked at where the numbers are wrong. */
function contradictions(a: ShownTree, b: ShownTree, keys: readonly VerifierKey[]): Evidence[] {
  if (a.size === b.size) {
    return equalBytes(a.root, b.root) ? [] : proveSameSizeFork(a.note, b.note, keys);
  }
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  return small.timeSeconds > large.timeSeconds ? proveCosignedBackwards(a.note, b.note, keys) : [];
}

type Statements = ReturnType<typeof prepare>;

const OF_LOG = 'witness = @witness AND origin = @origin';
const IS_OURS = `(
  EXISTS (SELECT 1 FROM beginnings AS b
    WHERE b.origin = shown.origin AND b.size = shown.size AND b.root = shown.root)
  OR EXISTS (SELECT 1 FROM logs AS l
    WHERE l.origin = shown.origin AND l.size = shown.size AND l.root = shown.root))`;

function prepare(db: SqliteDatabase) {
  return {
    of: db.prepare<[string, string], Row>(
      'SELECT size, root, time_seconds, note FROM shown WHERE witness = ? AND origin = ? ORDER BY id',
    ),
    newest: db.prepare<[string, string], Row>(
      `SELECT size, root, time_seconds, note FROM shown WHERE witness = ? AND origin = ?
       ORDER BY time_seconds DESC, id DESC LIMIT 1`,
    ),
    largest: db.prepare<[string, string], Row>(
      `SELECT size, root, time_seconds, note FROM shown WHERE witness = ? AND origin = ?
       ORDER BY size DESC, time_seconds DESC LIMIT 1`,
    ),
    seen: db.prepare<[string], SeenLog>(
      // SQLite takes the other columns from the row that has the maximum.
      `SELECT origin, max(size) AS size, root, time_seconds AS timeSeconds FROM shown
       WHERE witness = ? GROUP BY origin ORDER BY origin`,
    ),
    add: db.prepare<
      [
        {
          witness: string;
          origin: string;
          size: number;
          root: Uint8Array;
          timeSeconds: number;
          note: string;
        },
      ]
    >(
      `INSERT INTO shown (witness, origin, size, root, time_seconds, note)
       VALUES (@witness, @origin, @size, @root, @timeSeconds, @note)
       ON CONFLICT (witness, origin, size, root) DO UPDATE
         SET time_seconds = excluded.time_seconds, note = excluded.note
         WHERE excluded.time_seconds > time_seconds`,
    ),
    prune: db.prepare<[{ witness: string; origin: string; kept: number }]>(
      `DELETE FROM shown WHERE ${OF_LOG} AND id NOT IN (
         SELECT * FROM (SELECT id FROM shown WHERE ${OF_LOG}
           ORDER BY time_seconds DESC, id DESC LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT id FROM shown WHERE ${OF_LOG}
           ORDER BY size DESC, time_seconds DESC LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT id FROM shown WHERE ${OF_LOG} AND ${IS_OURS}
           ORDER BY size DESC, time_seconds DESC LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT id FROM shown WHERE ${OF_LOG} AND NOT ${IS_OURS}
           ORDER BY id LIMIT @kept))`,
    ),
  };
}
