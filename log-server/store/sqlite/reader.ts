/** The reading half of the SQLite store: prepared statements on a connection of its own. */
import type { Statement } from 'better-sqlite3';
import { concatBytes } from '#protocol/bytes.ts';
import { asHash, type LeafHash } from '#protocol/merkle/hash.ts';
import { ConfigError } from '#service/errors.ts';
import {
  type DatabaseOptions,
  type OpenedDatabase,
  openDatabase,
  openForReading,
  type SqliteDatabase,
} from '#service/sqlite.ts';
import {
  type Anchor,
  type LogIdentity,
  type LogReader,
  type SignedHead,
  StoreError,
  type StoreState,
} from '../store.ts';
import { STRIP_WIDTH } from '../strips.ts';
import { LeafIndex } from './leaf-index.ts';
import { SQLITE_APPLICATION_ID, SQLITE_MIGRATIONS, SQLITE_PAGE_BYTES } from './schema.ts';

interface HeadRow {
  size: number;
  root: Uint8Array;
}
interface SignedRow extends HeadRow {
  note: string;
}
interface StateRow {
  frozen: number;
  moved_to: string | null;
  arriving_from: string | null;
}

function prepareReads(db: SqliteDatabase) {
  return {
    head: db.prepare<[], HeadRow>('SELECT size, root FROM log'),
    strip: db
      .prepare<[number, number], Buffer>('SELECT hashes FROM strips WHERE level = ? AND idx = ?')
      .pluck(),
    strips: db
      .prepare<[number, number, number], Buffer>(
        'SELECT hashes FROM strips WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx',
      )
      .pluck(),
    entries: db
      .prepare<[number, number], Buffer>(
        'SELECT bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx',
      )
      .pluck(),
    lastSigned: db.prepare<[], SignedRow>(
      'SELECT size, root, note FROM signed_checkpoints ORDER BY size DESC LIMIT 1',
    ),
    signedAfter: db.prepare<[number, number], SignedRow>(
      'SELECT size, root, note FROM signed_checkpoints WHERE size > ? ORDER BY size LIMIT ?',
    ),
    published: db.prepare<[], string>('SELECT note FROM published').pluck(),
    anchorCovering: db.prepare<[number], Anchor>(
      'SELECT size, note FROM anchors WHERE size > ? ORDER BY size LIMIT 1',
    ),
    anchor: db.prepare<[number], Anchor>('SELECT size, note FROM anchors WHERE size = ?'),
    newestAnchorSize: db.prepare<[], number | null>('SELECT max(size) FROM anchors').pluck(),
    state: prepareState(db),
  };
}

/** Runs a store operation; whatever SQLite throws becomes a `StoreError`. */
export async function attempt<T>(operation: () => T): Promise<T> {
  try {
    return operation();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw storeError(error);
  }
}

function storeError(error: unknown): StoreError {
  const code = (error as { code?: unknown } | null)?.code;
  const detail = error instanceof Error ? error.message : 'unknown failure';
  if (code === 'SQLITE_FULL') return new StoreError('full', detail, { cause: error });
  if (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT')) {
    return new StoreError('conflict', detail, { cause: error });
  }
  return new StoreError('failed', detail, { cause: error });
}

const LOG_DATABASE = {
  kind: 'log',
  applicationId: SQLITE_APPLICATION_ID,
  migrations: SQLITE_MIGRATIONS,
  pageBytes: SQLITE_PAGE_BYTES,
};

export type LogDatabaseOptions = Pick<DatabaseOptions, 'exclusive' | 'create'>;

export function openLogDatabase(path: string, options: LogDatabaseOptions): OpenedDatabase {
  return openDatabase(path, { ...LOG_DATABASE, ...options });
}

/** For reading alone, whichever process has it open. Throws `ConfigError`, also if it is of another log. */
export function readLogDatabase(path: string, identity: LogIdentity): OpenedDatabase {
  const database = openForReading(path, LOG_DATABASE);
  try {
    checkIdentity(database.db, path, identity);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Throws `ConfigError` if the database is of another log or another key. */
export function checkIdentity(db: SqliteDatabase, path: string, identity: LogIdentity): void {
  const row = db
    .prepare<[], { origin: string; verifier_key: string }>('SELECT origin, verifier_key FROM log')
    .get();
  if (row === undefined) throw new ConfigError(`${path} holds no log yet.`);
  if (row.origin !== identity.origin || row.verifier_key !== identity.verifierKey) {
    throw new ConfigError(
      `${path} holds the log "${row.origin}" with key ${row.verifier_key}; ` +
        `the configured key is ${identity.verifierKey}. Use the key that belongs to this database.`,
    );
  }
}

export function prepareState(db: SqliteDatabase): Statement<[], StateRow> {
  return db.prepare<[], StateRow>('SELECT frozen, moved_to, arriving_from FROM log');
}

export function stateOf(row: StateRow): StoreState {
  const { frozen, moved_to: movedTo, arriving_from: arrivingFrom } = row;
  return {
    isFrozen: frozen === 1,
    movedTo: movedTo ?? undefined,
    arrivingFrom: arrivingFrom ?? undefined,
  };
}

function signedHead({ size, root, note }: SignedRow): SignedHead {
  return { size, root: asHash(root), note };
}

export class SqliteReader implements LogReader {
  protected readonly database: OpenedDatabase;
  protected readonly leafIndex: LeafIndex;
  readonly #reads: ReturnType<typeof prepareReads>;
  /** In one transaction: as many would take the lock of the file and give it up as often. */
  readonly #findLeaves: (leafHashes: readonly LeafHash[]) => (number | undefined)[];

  protected constructor(database: OpenedDatabase) {
    this.database = database;
    const leafIndex = new LeafIndex(database.db);
    this.leafIndex = leafIndex;
    this.#reads = prepareReads(database.db);
    this.#findLeaves = database.db.transaction((leafHashes) => leafIndex.find(leafHashes));
  }

  /** Opens a database that a writer of this process, in any thread, has open already. */
  static openBesideWriter(path: string): SqliteReader {
    return new SqliteReader(openLogDatabase(path, { exclusive: false, create: false }));
  }

  /** Opens a database for reading alone, beside a writer in any process. */
  static openAlone(path: string, identity: LogIdentity): SqliteReader {
    return new SqliteReader(readLogDatabase(path, identity));
  }

  async treeHead() {
    return await attempt(() => {
      const { size, root } = this.#reads.head.get()!;
      return { size, root: asHash(root) };
    });
  }

  async tile(level: number, index: number) {
    return await attempt(() => {
      const first = index * STRIP_WIDTH;
      const strips = this.#reads.strips.all(2 * level, first, first + STRIP_WIDTH);
      return strips.length === 0 ? undefined : concatBytes(...strips);
    });
  }

  async strip(level: number, index: number) {
    return await attempt(() => this.#reads.strip.get(level, index));
  }

  async entries(first: number, count: number) {
    return await attempt(() => this.#reads.entries.all(first, first + count));
  }

  async findLeaves(leafHashes: readonly LeafHash[]) {
    return await attempt(() => this.#findLeaves(leafHashes));
  }

  async lastSigned() {
    return await attempt(() => {
      const row = this.#reads.lastSigned.get();
      return row === undefined ? undefined : signedHead(row);
    });
  }

  async signedAfter(afterSize: number, limit: number) {
    return await attempt(() => this.#reads.signedAfter.all(afterSize, limit).map(signedHead));
  }

  async published() {
    return await attempt(() => this.#reads.published.get());
  }

  async anchorCovering(index: number) {
    return await attempt(() => this.#reads.anchorCovering.get(index));
  }

  async anchor(size: number) {
    return await attempt(() => this.#reads.anchor.get(size));
  }

  async newestAnchorSize() {
    return await attempt(() => this.#reads.newestAnchorSize.get() ?? 0);
  }

  async state() {
    return await attempt(() => stateOf(this.#reads.state.get()!));
  }

  /** Reads the whole file. Throws `ConfigError` if its pages do not make a database, or not the index. */
  checkFile(): void {
    const fault = this.database.db.pragma('quick_check(1)', { simple: true });
    if (fault !== 'ok') throw new ConfigError(`The database is damaged: ${fault}.`);
    this.checkIndex();
  }

  /** Throws `ConfigError` if the index of leaves has not what it is to have. */
  checkIndex(): void {
    this.database.db.transaction(() => this.leafIndex.check())();
  }

  async close(): Promise<void> {
    this.database.close();
  }
}
