/**
 * The keys of a witness, in SQLite: those that sign, and those that did once and never do again.
 *
 * A key that the database knows is never left out in silence: it is configured, was added by a
 * command, or has been retired.
 */
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { formatSource, type KeySource, parseSource } from './sources.ts';

/** Keys that a witness may have had in its life; all are published. */
export const MAX_KNOWN_KEYS = 64;

export interface KnownKey {
  readonly key: VerifierKey;
  /** Where it is, if a command added it; undefined for one of the configuration. */
  readonly source: KeySource | undefined;
  readonly addedAtMs: number | undefined;
  readonly retiredAtMs: number | undefined;
}

interface KeyRow {
  vkey: string;
  source: string | null;
  added_at_ms: number | null;
  retired_at_ms: number | null;
}

export class KeyTable {
  readonly #statements: Statements;
  readonly #path: string;

  /** `path` is the database's, for messages. */
  constructor(db: SqliteDatabase, path: string) {
    this.#statements = prepare(db);
    this.#path = path;
  }

  /** In the order in which they came. */
  all(): KnownKey[] {
    return this.#statements.all.all().map((row) => ({
      key: parseVerifierKey(row.vkey),
      source: row.source === null ? undefined : parseSource(row.source),
      addedAtMs: row.added_at_ms ?? undefined,
      retiredAtMs: row.retired_at_ms ?? undefined,
    }));
  }

  /**
   * Takes up the configured keys. Throws `ConfigError` if the database is another witness's, or knows
   * a key that is neither configured nor retired.
   */
  claim(configured: readonly VerifierKey[]): void {
    const known = this.all();
    const name = known[0]?.key.name;
    for (const key of configured) {
      if (name !== undefined && name !== key.name) {
        throw new ConfigError(
          `${this.#path} is the database of the witness ${name}, not of ${key.name}; ` +
            'choose another file or the right key.',
        );
      }
      this.add(key, undefined, undefined);
    }
    const texts = new Set(configured.map(({ text }) => text));
    const missing = known.find(
      ({ key, source, retiredAtMs }) =>
        source === undefined && retiredAtMs === undefined && !texts.has(key.text),
    );
    if (missing === undefined) return;
    const { id } = missing.key;
    throw new ConfigError(
      `The witness ${name} has signed with the key ${id}, which is not configured; put it back ` +
        `under keys, or retire it for ever: tecp witness keys retire ${id} --config FILE.`,
    );
  }

  /** Adds a key that is new. Throws `ConfigError` beyond `MAX_KNOWN_KEYS`. */
  add(key: VerifierKey, source: KeySource | undefined, nowMs: number | undefined): void {
    const known = this.all();
    if (known.some(({ key: { text } }) => text === key.text)) return;
    if (known.length >= MAX_KNOWN_KEYS) {
      throw new ConfigError(`A witness has ${MAX_KNOWN_KEYS} keys in its life at most.`);
    }
    const stored = source === undefined ? null : formatSource(source);
    this.#statements.add.run(key.text, key.name, stored, nowMs ?? null);
  }

  /** From now on it never signs. */
  retire({ text }: VerifierKey, nowMs: number): void {
    this.#statements.retire.run(nowMs, text);
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    all: db.prepare<[], KeyRow>(
      'SELECT vkey, source, added_at_ms, retired_at_ms FROM keys ORDER BY rowid',
    ),
    add: db.prepare<[string, string, string | null, number | null]>(
      'INSERT INTO keys (vkey, name, source, added_at_ms) VALUES (?, ?, ?, ?)',
    ),
    retire: db.prepare<[number, string]>(
      'UPDATE keys SET retired_at_ms = ? WHERE vkey = ? AND retired_at_ms IS NULL',
    ),
  };
}
