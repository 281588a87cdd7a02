/**
 * Which leaf has a hash, as one snapshot of the database knows it: in the index on disk, or among those that are
 * on their way there. Whatever is found, all 32 bytes of its hash are compared in the strips.
 *
 * Everything here is for a caller within a transaction.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { HASH_BYTES, type LeafHash } from '#protocol/merkle/hash.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { STRIP_WIDTH } from '../strips.ts';
import { GenerationOrder } from './generation-order.ts';
import type { IndexPosition } from './generations.ts';
import { UnindexedLeaves } from './unindexed-leaves.ts';

function prepareStatements(db: SqliteDatabase) {
  return {
    extent: db.prepare<[], IndexPosition & { size: number }>(
      'SELECT size, indexed, moved FROM log',
    ),
    strip: db
      .prepare<[number], Buffer>('SELECT hashes FROM strips WHERE level = 0 AND idx = ?')
      .pluck(),
    strips: db
      .prepare<[number, number], Buffer>(
        'SELECT hashes FROM strips WHERE level = 0 AND idx >= ? AND idx < ? ORDER BY idx',
      )
      .pluck(),
    // Few leaves have a beginning in common, if any do: which of them it is, the strips tell.
    leaf: db
      .prepare<[Uint8Array, Uint8Array], number>(
        `SELECT leaves.idx FROM leaves CROSS JOIN strips
         ON strips.level = 0 AND strips.idx = leaves.idx / 16
         WHERE leaves.prefix = substr(?, 1, 8)
         AND substr(strips.hashes, 1 + leaves.idx % 16 * 32, 32) = ?`,
      )
      .pluck(),
  };
}

export class LeafIndex {
  readonly #db: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #unindexed: UnindexedLeaves;

  constructor(db: SqliteDatabase) {
    this.#db = db;
    this.#statements = prepareStatements(db);
    this.#unindexed = new UnindexedLeaves((from, to) => this.#statements.strips.all(from, to));
  }

  /** How large the tree is, and how far the index. */
  extent() {
    return this.#statements.extent.get()!;
  }

  /** `LogReader.findLeaves`, before this transaction has written anything. */
  find(leafHashes: readonly LeafHash[]): (number | undefined)[] {
    const { size, indexed } = this.extent();
    this.#unindexed.bringTo(indexed, size);
    return leafHashes.map(
      (hash) =>
        this.#unindexed.find(hash, (index) => this.#isLeaf(index, hash)) ??
        this.#statements.leaf.get(hash, hash),
    );
  }

  #isLeaf(index: number, hash: LeafHash): boolean {
    const strip = this.#statements.strip.get(Math.floor(index / STRIP_WIDTH));
    const at = HASH_BYTES * (index % STRIP_WIDTH);
    return strip !== undefined && equalBytes(strip.subarray(at, at + HASH_BYTES), hash);
  }

  /** The order in which the generation from `first` on moves into the index; the tree has to have all of it. */
  orderOf(first: number): GenerationOrder {
    return new GenerationOrder(first, (from, to) => this.#statements.strips.all(from, to));
  }

  /**
   * Throws `ConfigError` unless the index has as many leaves as it is to have, and those that have moved of the
   * generation which it has in part. Whether it has the others, `find` tells, which for them looks nowhere else.
   */
  check(): void {
    const { indexed, moved } = this.extent();
    const count = this.#db.prepare<[], number>('SELECT count(*) FROM leaves').pluck().get()!;
    if (count !== indexed + moved) throw damaged(`it has ${count}, not ${indexed + moved} of them`);
    if (moved === 0) return;
    const order = this.orderOf(indexed);
    const has = this.#db.prepare('SELECT 1 FROM leaves WHERE prefix = ? AND idx = ?');
    for (let place = 0; place < moved; place++) {
      const [prefix, index] = order.leaf(place);
      if (has.get(prefix, index) === undefined) throw damaged(`leaf ${index} is not there`);
    }
  }
}

function damaged(detail: string): ConfigError {
  return new ConfigError(`The database is damaged, in its index of leaves: ${detail}.`);
}
