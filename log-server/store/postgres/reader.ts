/** The reading half of the PostgreSQL store: each call is one statement. */
import { concatBytes } from '#protocol/bytes.ts';
import { asHash, type LeafHash } from '#protocol/merkle/hash.ts';
import type { Anchor, LogReader, Overview, SharedReader, SignedHead } from '../store.ts';
import { STRIP_WIDTH } from '../strips.ts';
import { byteaArray, int4Array, int8Array } from './arrays.ts';
import { Gathered } from './gathered.ts';
import { readOverview } from './lease.ts';
import type { Queries, Statement } from './session.ts';

type SignedRow = [size: number, root: Uint8Array, note: string];
type AnchorRow = [size: number, note: string];

function statement(name: string, text: string): Statement {
  return { name, text };
}

/**
 * Query for the leaves, of an array of hashes, that the log holds: the place of each in the array, from 1 on, and its
 * index. OFFSET 0 keeps the planner from looking for each of them twice.
 */
export function leavesIn(hashes: string): string {
  return `SELECT place, idx FROM (
      SELECT place, (SELECT idx FROM entries WHERE sha256('\\x00'::bytea || bytes) = hash) AS idx
      FROM unnest(${hashes}::bytea[]) WITH ORDINALITY AS asked (hash, place) OFFSET 0
    ) AS found WHERE idx IS NOT NULL`;
}

const READS = {
  head: statement('head', 'SELECT size, root FROM log'),
  strip: statement('strip', 'SELECT hashes FROM strips WHERE level = $1 AND idx = $2'),
  // By places, as of `leaves`.
  manyStrips: statement(
    'many_strips',
    `SELECT place, hashes FROM (
       SELECT place, (
         SELECT hashes FROM strips WHERE strips.level = asked.level AND strips.idx = asked.idx
       ) AS hashes
       FROM unnest($1::int4[], $2::int8[]) WITH ORDINALITY AS asked (level, idx, place) OFFSET 0
     ) AS found WHERE hashes IS NOT NULL`,
  ),
  strips: statement(
    'strips',
    'SELECT hashes FROM strips WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx',
  ),
  entries: statement(
    'entries',
    'SELECT bytes FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx',
  ),
  leaves: statement('leaves', leavesIn('$1')),
  lastSigned: statement(
    'last_signed',
    'SELECT size, root, note FROM signed_checkpoints ORDER BY size DESC LIMIT 1',
  ),
  signedAfter: statement(
    'signed_after',
    'SELECT size, root, note FROM signed_checkpoints WHERE size > $1 ORDER BY size LIMIT $2',
  ),
  published: statement('published', 'SELECT note FROM published'),
  anchorCovering: statement(
    'anchor_covering',
    'SELECT size, note FROM anchors WHERE size > $1 ORDER BY size LIMIT 1',
  ),
  anchor: statement('anchor', 'SELECT size, note FROM anchors WHERE size = $1'),
  state: statement('state', 'SELECT frozen, moved_to, arriving_from FROM log'),
  newestAnchorSize: statement('newest_anchor', 'SELECT coalesce(max(size), 0) FROM anchors'),
};

function signedHead([size, root, note]: SignedRow): SignedHead {
  return { size, root: asHash(root), note };
}

function anchorOf(row: AnchorRow | undefined): Anchor | undefined {
  return row && { size: row[0], note: row[1] };
}

export class PostgresReader implements LogReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  async treeHead() {
    const [row] = await this.#queries.read<[number, Uint8Array]>(READS.head, []);
    return { size: row![0], root: asHash(row![1]) };
  }

  async tile(level: number, index: number) {
    const first = index * STRIP_WIDTH;
    const asked = [2 * level, first, first + STRIP_WIDTH];
    const strips = await this.#queries.read<[Uint8Array]>(READS.strips, asked);
    return strips.length === 0 ? undefined : concatBytes(...strips.map(([hashes]) => hashes));
  }

  async strip(level: number, index: number) {
    const [row] = await this.#queries.read<[Uint8Array]>(READS.strip, [level, index]);
    return row?.[0];
  }

  async entries(first: number, count: number) {
    const rows = await this.#queries.read<[Uint8Array]>(READS.entries, [first, first + count]);
    return rows.map(([bytes]) => bytes);
  }

  async findLeaves(leafHashes: readonly LeafHash[]) {
    const found = new Array<number | undefined>(leafHashes.length).fill(undefined);
    if (leafHashes.length === 0) return found;
    const asked = [byteaArray(leafHashes)];
    for (const [place, index] of await this.#queries.read<[number, number]>(READS.leaves, asked)) {
      found[place - 1] = index;
    }
    return found;
  }

  async lastSigned() {
    const [row] = await this.#queries.read<SignedRow>(READS.lastSigned, []);
    return row && signedHead(row);
  }

  async signedAfter(afterSize: number, limit: number) {
    const rows = await this.#queries.read<SignedRow>(READS.signedAfter, [afterSize, limit]);
    return rows.map(signedHead);
  }

  async published() {
    const [row] = await this.#queries.read<[string]>(READS.published, []);
    return row?.[0];
  }

  async anchorCovering(index: number) {
    return anchorOf((await this.#queries.read<AnchorRow>(READS.anchorCovering, [index]))[0]);
  }

  async anchor(size: number) {
    return anchorOf((await this.#queries.read<AnchorRow>(READS.anchor, [size]))[0]);
  }

  async state() {
    const [row] = await this.#queries.read<[string, string | null, string | null]>(READS.state, []);
    const [frozen, movedTo, arrivingFrom] = row!;
    return {
      isFrozen: frozen === 't',
      movedTo: movedTo ?? undefined,
      arrivingFrom: arrivingFrom ?? undefined,
    };
  }

  async newestAnchorSize() {
    const [row] = await this.#queries.read<[number]>(READS.newestAnchorSize, []);
    return row![0];
  }
}

interface StripId {
  readonly level: number;
  readonly index: number;
}

/** A reader with connections of its own. What proofs are made of it reads for many of them at once. */
export class PooledReader extends PostgresReader implements SharedReader {
  readonly #pool: Queries & { close(): Promise<void> };
  /** Owned by `overview`. */
  #published: string | undefined;
  readonly #leaves: Gathered<LeafHash, number | undefined>;
  readonly #strips: Gathered<StripId, Uint8Array | undefined>;

  constructor(pool: Queries & { close(): Promise<void> }) {
    super(pool);
    this.#pool = pool;
    this.#leaves = new Gathered((leafHashes) => super.findLeaves(leafHashes));
    this.#strips = new Gathered((ids) => this.#readStrips(ids));
  }

  /** One leaf is looked for with those of others. */
  override async findLeaves(leafHashes: readonly LeafHash[]) {
    if (leafHashes.length !== 1) return await super.findLeaves(leafHashes);
    return [await this.#leaves.get(leafHashes[0]!)];
  }

  override async strip(level: number, index: number) {
    return await this.#strips.get({ level, index });
  }

  async overview(): Promise<Overview> {
    const overview = await readOverview(this.#pool, this.#published);
    this.#published = overview.published;
    return overview;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #readStrips(ids: readonly StripId[]): Promise<(Uint8Array | undefined)[]> {
    const strips = new Array<Uint8Array | undefined>(ids.length).fill(undefined);
    const asked = [
      int4Array(ids.map(({ level }) => level)),
      int8Array(ids.map(({ index }) => index)),
    ];
    const rows = await this.#pool.read<[number, Uint8Array]>(READS.manyStrips, asked);
    for (const [place, hashes] of rows) strips[place - 1] = hashes;
    return strips;
  }
}
