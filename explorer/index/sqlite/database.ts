/** Opens the file of an index, and refuses one that was made in another way than it would be made now. */
import { randomFillSync } from 'node:crypto';
import { ConfigError } from '#service/errors.ts';
import {
  type OpenedDatabase,
  openDatabase,
  openForReading,
  type SqliteDatabase,
  storageFailureOf,
} from '#service/sqlite.ts';
import { type IndexOptions, SearchIndexError } from '../search-index.ts';
import { INDEX_APPLICATION_ID, INDEX_MIGRATIONS, INDEX_PAGE_BYTES } from './schema.ts';
import { TERM_KEYS_BYTES, TERMS_VERSION, Terms } from './terms.ts';

const INDEX_DATABASE = {
  kind: 'explorer',
  applicationId: INDEX_APPLICATION_ID,
  migrations: INDEX_MIGRATIONS,
  pageBytes: INDEX_PAGE_BYTES,
};

export interface IndexDatabase extends OpenedDatabase {
  readonly terms: Terms;
}

/** Opens or makes it. Throws `ConfigError`. */
export function openIndexDatabase(path: string, options: IndexOptions): IndexDatabase {
  const opened = openDatabase(path, { ...INDEX_DATABASE, exclusive: true, create: true });
  return withTerms(opened, path, () => {
    const keys = randomFillSync(new Uint8Array(TERM_KEYS_BYTES));
    opened.db
      .prepare(
        'INSERT OR IGNORE INTO made (id, terms_version, types, term_keys) VALUES (1, ?, ?, ?)',
      )
      .run(TERMS_VERSION, typeNames(options), keys);
    return options;
  });
}

/** Beside whoever writes it. Throws `ConfigError`. */
export function readIndexDatabase(path: string, options: IndexOptions): IndexDatabase {
  const opened = openForReading(path, INDEX_DATABASE);
  return withTerms(opened, path, () => options);
}

function withTerms(opened: OpenedDatabase, path: string, made: () => IndexOptions): IndexDatabase {
  try {
    const terms = new Terms(checkMade(opened.db, path, made()));
    return { ...opened, terms };
  } catch (error) {
    opened.close();
    throw error;
  }
}

interface MadeRow {
  terms_version: number;
  types: string;
  term_keys: Uint8Array;
}

/** Returns the keys of its terms. */
function checkMade(db: SqliteDatabase, path: string, options: IndexOptions): Uint8Array {
  const made = db.prepare<[], MadeRow>('SELECT terms_version, types, term_keys FROM made').get();
  if (made?.terms_version === TERMS_VERSION && made.types === typeNames(options)) {
    return made.term_keys;
  }
  throw new ConfigError(
    `${path} was made by other rules, or for other entry types than ${typeNames(options)}. ` +
      'Remove it: it is made again out of the logs.',
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
