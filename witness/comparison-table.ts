/**
 * What a log has to show, in SQLite: checkpoints with its signature that are not known to be of the
 * tree last cosigned, and the trees that are (docs/spec/log.md, "What a log owes").
 *
 * Statements and their bounds only. Each method is one step of a transaction of `WitnessState`.
 */
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';

/** A tree, and a note by which the log has signed it: its verified signature and no other line. */
export interface SignedTree {
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
}

/** A checkpoint that the log has to show to be of the tree last cosigned. */
export interface Owed extends SignedTree {
  /** Who told of it. */
  readonly source: string;
  /** Since when it is owed, in Unix milliseconds. */
  readonly sinceMs: number;
  /** For how long the log has been asked in vain, while this process ran. */
  readonly waitedMs: number;
  /** Why the last attempt did not show it; undefined before the first one. */
  readonly reason: string | undefined;
}

/** Comparisons remembered for each log and source. */
export const MAX_COMPARISONS = 16;
/** Beginnings remembered for each log, once those above have been counted; that is done for many at a time. */
const MAX_BEGINNINGS = 128;
const MAX_UNCOUNTED = 32;

interface TreeRow {
  size: number;
  root: Uint8Array;
  note: string;
}

interface OwedRow extends TreeRow {
  id: number;
  source: string;
  since_ms: number;
  waited_ms: number | null;
  reason: string | null;
}

export class ComparisonTable {
  readonly #statements: Statements;

  constructor(db: SqliteDatabase) {
    this.#statements = prepare(db);
  }

  /** The beginning of this size, if it is remembered. */
  beginning(origin: string, size: number): SignedTree | undefined {
    const row = this.#statements.beginning.get(origin, size);
    return row === undefined ? undefined : toTree(row);
  }

  /** Every tree of this size that the log is known to have signed, but for the one last cosigned. */
  treesAt(origin: string, size: number): SignedTree[] {
    return this.#statements.treesAt.all({ origin, size }).map(toTree);
  }

  /**
   * What is owed while `ownSize` is the size last cosigned, oldest first. Sorted here: SQLite would set up
   * its sorter before it looks whether there is anything, and this is asked twice for each cosignature.
   */
  owed(origin: string, ownSize: number): Owed[] {
    const rows = this.#statements.owed.all(origin, ownSize).sort((a, b) => a.id - b.id);
    return rows.map((row) => ({
      ...toTree(row),
      source: row.source,
      sinceMs: row.since_ms,
      waitedMs: row.waited_ms ?? 0,
      reason: row.reason ?? undefined,
    }));
  }

  /** The logs that owe something and are not frozen: how much, and for how long they were asked. */
  owedByLog(): { origin: string; count: number; waitedMs: number }[] {
    return this.#statements.owedByLog.all();
  }

  /**
   * Remembers a checkpoint as one to be compared. Where a source has told of too many, the newest
   * gives way to this one, with the time that it has waited, as the log may sign a newer one each time:
   * the oldest, which wait for longest, stay.
   */
  add(origin: string, source: string, tree: SignedTree, nowMs: number): void {
    const { size, root } = tree;
    if (this.#statements.isKnown.get({ origin, source, size, root }) !== undefined) return;
    const room = MAX_COMPARISONS - 1;
    const replaced = this.#statements.makeRoom.get({ origin, source, room });
    const sinceMs = replaced?.since_ms ?? nowMs;
    const waitedMs = replaced?.waited_ms ?? null;
    this.#statements.add.run({ origin, source, ...tree, sinceMs, waitedMs });
  }

  /** The tree is a beginning of the one last cosigned, now and for ever. */
  addBeginning(origin: string, tree: SignedTree): void {
    const { size, root } = tree;
    this.#statements.settle.run({ origin, size, root });
    this.#statements.addBeginning.run({ origin, ...tree });
    if (this.#statements.isFull.get(origin, MAX_BEGINNINGS + MAX_UNCOUNTED - 1) === undefined)
      return;
    this.#statements.forgetBeginnings.run({ origin, kept: MAX_BEGINNINGS });
  }

  /** The tree last cosigned, of `ownSize`, is a beginning of this larger one. */
  fits(origin: string, { size, root }: SignedTree, ownSize: number): void {
    this.#statements.fits.run({ origin, size, root, ownSize });
  }

  /** The log did not show it. */
  failed(origin: string, { size, root }: SignedTree, reason: string): void {
    this.#statements.failed.run({ origin, size, root, reason });
  }

  /** Forgets comparisons that are no longer the log's to show. */
  forget(origin: string, isVoid: (tree: SignedTree) => boolean): void {
    for (const tree of this.#statements.compared.all(origin).map(toTree)) {
      if (isVoid(tree)) this.#statements.settle.run({ origin, size: tree.size, root: tree.root });
    }
  }

  /** Counts time in which the log showed nothing, from the first count of each on. */
  count(origin: string, ownSize: number, elapsedMs: number, nowMs: number): void {
    this.#statements.count.run({ origin, ownSize, elapsedMs: Math.round(elapsedMs), nowMs });
  }
}

function toTree({ size, root, note }: TreeRow): SignedTree {
  return { size, root: asHash(new Uint8Array(root)), note };
}

type Statements = ReturnType<typeof prepare>;
type NewRow = { origin: string; source: string; sinceMs: number; waitedMs: number | null };
type TreeAt = { origin: string; size: number; root: Uint8Array };

function prepare(db: SqliteDatabase) {
  return {
    beginning: db.prepare<[string, number], TreeRow>(
      'SELECT size, root, note FROM beginnings WHERE origin = ? AND size = ?',
    ),
    treesAt: db.prepare<[{ origin: string; size: number }], TreeRow>(
      `SELECT size, root, note FROM beginnings WHERE origin = @origin AND size = @size
       UNION ALL
       SELECT size, root, note FROM comparisons WHERE origin = @origin AND size = @size`,
    ),
    owed: db.prepare<[string, number], OwedRow>(
      `SELECT id, size, root, note, source, since_ms, waited_ms, reason FROM comparisons
       WHERE origin = ? AND fits_size IS NOT ?`,
    ),
    owedByLog: db.prepare<[], { origin: string; count: number; waitedMs: number }>(
      `SELECT origin, count(*) AS count, max(coalesce(waited_ms, 0)) AS waitedMs
       FROM comparisons JOIN logs USING (origin)
       WHERE fits_size IS NOT logs.size AND frozen_by IS NULL GROUP BY origin`,
    ),
    isKnown: db.prepare<[TreeAt & { source: string }]>(
      `SELECT 1 FROM comparisons
       WHERE origin = @origin AND source = @source AND size = @size AND root = @root`,
    ),
    makeRoom: db.prepare<
      [{ origin: string; source: string; room: number }],
      Pick<OwedRow, 'since_ms' | 'waited_ms'>
    >(
      `DELETE FROM comparisons WHERE id IN (
         SELECT id FROM comparisons WHERE origin = @origin AND source = @source
         ORDER BY id LIMIT -1 OFFSET @room)
       RETURNING since_ms, waited_ms`,
    ),
    add: db.prepare<[SignedTree & NewRow]>(
      `INSERT INTO comparisons (origin, source, size, root, note, since_ms, waited_ms)
       VALUES (@origin, @source, @size, @root, @note, @sinceMs, @waitedMs)`,
    ),
    compared: db.prepare<[string], TreeRow>(
      'SELECT size, root, note FROM comparisons WHERE origin = ?',
    ),
    settle: db.prepare<[TreeAt]>(
      'DELETE FROM comparisons WHERE origin = @origin AND size = @size AND root = @root',
    ),
    addBeginning: db.prepare<[SignedTree & { origin: string }]>(
      `INSERT INTO beginnings (origin, size, root, note) VALUES (@origin, @size, @root, @note)
       ON CONFLICT DO NOTHING`,
    ),
    isFull: db.prepare<[string, number]>(
      'SELECT 1 FROM beginnings WHERE origin = ? LIMIT 1 OFFSET ?',
    ),
    forgetBeginnings: db.prepare<[{ origin: string; kept: number }]>(
      `DELETE FROM beginnings WHERE rowid IN (
         SELECT rowid FROM beginnings WHERE origin = @origin
         ORDER BY rowid DESC LIMIT -1 OFFSET @kept)`,
    ),
    fits: db.prepare<[TreeAt & { ownSize: number }]>(
      `UPDATE comparisons SET fits_size = @ownSize, waited_ms = NULL, reason = NULL
       WHERE origin = @origin AND size = @size AND root = @root`,
    ),
    failed: db.prepare<[TreeAt & { reason: string }]>(
      `UPDATE comparisons SET reason = @reason
       WHERE origin = @origin AND size = @size AND root = @root AND reason IS NOT @reason`,
    ),
    count: db.prepare<[{ origin: string; ownSize: number; elapsedMs: number; nowMs: number }]>(
      `UPDATE comparisons SET
         since_ms = iif(waited_ms IS NULL, @nowMs, since_ms),
         waited_ms = coalesce(waited_ms + @elapsedMs, 0)
       WHERE origin = @origin AND fits_size IS NOT @ownSize`,
    ),
  };
}
