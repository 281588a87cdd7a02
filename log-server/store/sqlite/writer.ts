/**
 * The writing half of the SQLite store: one transaction for each write, synced before it returns.
 *
 * The lease is the database's lock, which the kernel gives up with the process, and a fencing number
 * that each opening raises and each write compares.
 */
import { concatBytes } from '#protocol/bytes.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { type AppendBatch, type HeldEntries, heldEntries, type LogWriter } from '../log-writer.ts';
import { type Anchor, type LogIdentity, type SignedHead, StoreError } from '../store.ts';
import { changedStrips } from '../strips.ts';
import { checkIsHere } from '../whereabouts.ts';
import type { GenerationOrder } from './generation-order.ts';
import { moveOn, type Slice } from './generations.ts';
import {
  attempt,
  checkIdentity,
  type LogDatabaseOptions,
  openLogDatabase,
  prepareState,
  SqliteReader,
  stateOf,
} from './reader.ts';

/**
 * 16 MiB. Leaves move into the index as neighbours, so few pages are written more than once in so many: twice as
 * many saved no processor time, and made the slowest commit last twice as long.
 */
const CHECKPOINT_PAGES = 2000;

/** Takes the lease: the next fencing number, in a database that belongs to this log. */
function takeLease(db: SqliteDatabase, path: string, identity: LogIdentity): number {
  const take = db.transaction((): number => {
    db.prepare(
      `INSERT INTO log (id, origin, verifier_key, size, root, fencing) SELECT 1, ?, ?, 0, ?, 0
       WHERE NOT EXISTS (SELECT 1 FROM log)`,
    ).run(identity.origin, identity.verifierKey, EMPTY_ROOT);
    const fencing = db
      .prepare<[], number>('UPDATE log SET fencing = fencing + 1 RETURNING fencing')
      .pluck()
      .get()!;
    checkIdentity(db, path, identity);
    checkIsHere(path, stateOf(prepareState(db).get()!));
    return fencing;
  });
  return take.immediate();
}

function prepareWrites(db: SqliteDatabase) {
  return {
    entry: db.prepare('INSERT INTO entries (idx, bytes) VALUES (?, ?)'),
    leaf: db.prepare('INSERT INTO leaves (prefix, idx) VALUES (?, ?)'),
    strip: db.prepare(
      `INSERT INTO strips (level, idx, hashes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET hashes = excluded.hashes`,
    ),
    head: db.prepare(
      'UPDATE log SET size = ?, root = ?, indexed = ?, moved = ? WHERE size = ? AND fencing = ?',
    ),
    fencing: db.prepare<[], number>('SELECT fencing FROM log WHERE moved_to IS NULL').pluck(),
    isFrozen: db.prepare<[], number>('SELECT frozen FROM log').pluck(),
    freeze: db.prepare('UPDATE log SET frozen = 1 WHERE frozen = 0'),
    moveTo: db.prepare('UPDATE log SET moved_to = ?'),
    signedSize: db.prepare<[], number | null>('SELECT max(size) FROM signed_checkpoints').pluck(),
    signed: db.prepare('INSERT INTO signed_checkpoints (size, root, note) VALUES (?, ?, ?)'),
    newestAnchor: db.prepare<[], number | null>('SELECT max(size) FROM anchors').pluck(),
    anchor: db.prepare('INSERT INTO anchors (size, note) VALUES (?, ?)'),
    published: db.prepare(
      `INSERT INTO published (id, size, note) VALUES (1, ?, ?)
       ON CONFLICT DO UPDATE SET size = excluded.size, note = excluded.note
       WHERE excluded.size >= published.size`,
    ),
  };
}

export class SqliteWriter extends SqliteReader implements LogWriter {
  readonly #db: SqliteDatabase;
  readonly #writes: ReturnType<typeof prepareWrites>;
  readonly #fencing: number;
  /** Of the generation that is moving into the index. Owned by `append`. */
  #order: GenerationOrder | undefined;

  private constructor(path: string, identity: LogIdentity, options: LogDatabaseOptions) {
    const database = openLogDatabase(path, options);
    super(database);
    this.#db = database.db;
    try {
      database.db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      this.#fencing = takeLease(database.db, path, identity);
      this.#writes = prepareWrites(database.db);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Throws `ConfigError` if the file is missing, in use, or of another log or another key. */
  static open(path: string, identity: LogIdentity): SqliteWriter {
    return new SqliteWriter(path, identity, { exclusive: true, create: false });
  }

  /** As `open`, and makes the database of a new log where there is none. */
  static create(path: string, identity: LogIdentity): SqliteWriter {
    return new SqliteWriter(path, identity, { exclusive: true, create: true });
  }

  /** As `create`, for a file that nobody else knows of: takes no lock, and so leaves no file for one. */
  static createAside(path: string, identity: LogIdentity): SqliteWriter {
    return new SqliteWriter(path, identity, { exclusive: false, create: true });
  }

  async append(batch: AppendBatch): Promise<HeldEntries> {
    const { firstIndex, entries, tiles, head } = batch;
    try {
      return await this.#commit(() => {
        const leaves = entries.map(({ leafHash }) => leafHash);
        const held = heldEntries(this.leafIndex.find(leaves));
        if (held.size > 0) return held;
        if (this.#writes.isFrozen.get() === 1) throw new StoreError('frozen', 'the log is frozen');
        const { slices, position } = moveOn(this.leafIndex.extent(), head.size);
        const { indexed, moved } = position;
        const grown = [head.size, head.root, indexed, moved] as const;
        const { changes } = this.#writes.head.run(...grown, firstIndex, this.#fencing);
        if (changes !== 1) throw this.#conflict(`the tree is not of size ${firstIndex}`);
        // Before the leaves: the database compares their hashes in the strips.
        for (const tile of tiles) {
          for (const { level, index, hashes } of changedStrips(tile, firstIndex)) {
            this.#writes.strip.run(level, index, concatBytes(...hashes));
          }
        }
        for (const [i, { bytes }] of entries.entries()) {
          this.#writes.entry.run(firstIndex + i, bytes);
        }
        for (const slice of slices) this.#moveIntoIndex(slice);
        return held;
      });
    } catch (error) {
      // It may be of leaves that were not committed.
      this.#order = undefined;
      throw error;
    }
  }

  #moveIntoIndex({ first, from, to }: Slice): void {
    if (this.#order?.first !== first) this.#order = this.leafIndex.orderOf(first);
    for (let place = from; place < to; place++) this.#writes.leaf.run(...this.#order.leaf(place));
  }

  async recordSigned(head: SignedHead, previousSize: number | undefined): Promise<void> {
    await this.#commit(() => {
      this.#checkLease();
      const last = this.#writes.signedSize.get() ?? undefined;
      if (last !== previousSize || (last !== undefined && head.size <= last)) {
        throw this.#conflict(`the size signed last is ${last}, not ${previousSize}`);
      }
      this.#writes.signed.run(head.size, head.root, head.note);
    });
  }

  async recordPublished(note: string, size: number, anchors: readonly Anchor[]): Promise<void> {
    await this.#commit(() => {
      this.#checkLease();
      const { changes } = this.#writes.published.run(size, note);
      if (changes !== 1) throw this.#conflict(`size ${size} is smaller than what is published`);
      for (const anchor of anchors) {
        const newest = this.#writes.newestAnchor.get() ?? 0;
        if (anchor.size <= newest) throw this.#conflict(`size ${newest} is an anchor already`);
        this.#writes.anchor.run(anchor.size, anchor.note);
      }
    });
  }

  async freeze(): Promise<void> {
    await this.#commit(() => {
      this.#checkLease();
      this.#writes.freeze.run();
    });
  }

  async moveTo(place: string): Promise<void> {
    await this.#commit(() => {
      this.#checkLease();
      this.#writes.moveTo.run(place);
    });
  }

  async #commit<T>(work: () => T): Promise<T> {
    return await attempt(() => this.#db.transaction(work).immediate());
  }

  #checkLease(): void {
    if (this.#writes.fencing.get() !== this.#fencing) throw this.#conflict('the lease is lost');
  }

  #conflict(detail: string): StoreError {
    return new StoreError('conflict', detail);
  }
}
