/** Opens the file of an index. One that was made in another way than it would be made now is made anew, or refused. */
import { randomFillSync } from 'node:crypto';
import { ConfigError } from '#service/errors.ts';
import {
  type OpenedDatabase,
  openDatabase,
  openForReading,
  type SqliteDatabase,
  storageFailureOf,
} from '#service/sqlite.ts';
import { type IndexOptions, type IndexWriterOptions, SearchIndexError } from '../search-index.ts';
import { emptyIndex } from './empty-index.ts';
import {
  INDEX_APPLICATION_ID,
  INDEX_MIGRATIONS,
  INDEX_PAGE_BYTES,
  INDEX_VERSION,
} from './schema.ts';
import { TERM_KEYS_BYTES, Terms } from './terms.ts';

const INDEX_DATABASE = {
  kind: 'explorer',
  applicationId: INDEX_APPLICATION_ID,
  migrations: INDEX_MIGRATIONS,
  pageBytes: INDEX_PAGE_BYTES,
};

export interface IndexDatabase extends OpenedDatabase {
  readonly terms: Terms;
}

/** Opens or makes it; empties one that was made in another way. Throws `ConfigError`. */
export function openIndexDatabase(path: string, options: IndexWriterOptions): IndexDatabase {
  const opened = openDatabase(path, { ...INDEX_DATABASE, exclusive: true, create: true });
  const { db } = opened;
  const make = db.transaction(() => {
    const made = madeOf(db);
    if (isMadeFor(made, options) && made.judged === Number(options.judged)) return made;
    emptyIndex(db);
    const keys = randomFillSync(new Uint8Array(TERM_KEYS_BYTES));
    db.prepare(
      'INSERT OR REPLACE INTO made (id, version, types, term_keys, judged) VALUES (1, ?, ?, ?, ?)',
    ).run(INDEX_VERSION, typeNames(options), keys, Number(options.judged));
    return madeOf(db)!;
  });
  return withTerms(opened, () => make.immediate());
}

/** Beside whoever writes it. Throws `ConfigError`. */
export function readIndexDatabase(path: string, options: IndexOptions): IndexDatabase {
  const opened = openForReading(path, INDEX_DATABASE);
  return withTerms(opened, () => checkMade(opened.db, path, options));
}

function withTerms(opened: OpenedDatabase, madeOf: () => MadeRow): IndexDatabase {
  try {
    return { ...opened, terms: new Terms(madeOf().term_keys) };
  } catch (error) {
    opened.close();
    throw error;
  }
}

interface MadeRow {
  version: number;
  types: string;
  term_keys: Uint8Array;
  judged: number;
}

function madeOf(db: SqliteDatabase): MadeRow | undefined {
  return db.prepare<[], MadeRow>('SELECT version, types, term_keys, judged FROM made').get();
}

function isMadeFor(made: MadeRow | undefined, options: IndexOptions): made is MadeRow {
  return made?.version === INDEX_VERSION && made.types === typeNames(options);
}

function checkMade(db: SqliteDatabase, path: string, options: IndexOptions): MadeRow {
  const made = madeOf(db);
  if (isMadeFor(made, options)) return made;
  throw new ConfigError(
    `${path} was made by other rules, or for other entry types than ${typeNames(options)}. ` +
      'Whoever opens it to write makes it anew.',
  );
}

function typeNames({ types }: IndexOptions): string {
  return JSON.stringify(types.map(({ name }) => name));
}

/** Runs an operation; whatever the storage throws becomes a `SearchIndexError`. */
export async function attempt<T>(operation: () => T): Promise<T> {
  try {
    return operation();
  } catch (error) {
    const failure = storageFailureOf(error);
    if (failure === undefined) throw error;
    const kind = failure === 'passing' ? 'full' : 'failed';
    throw new SearchIndexError(kind, (error as Error).message, { cause: error });
  }
}
