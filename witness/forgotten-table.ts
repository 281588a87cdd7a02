/**
 * What a witness that was set back has cosigned and does not remember, in SQLite; and whether its
 * database is a copy, as a backup makes one.
 */
import { asHash } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { ShownTree } from './shown-table.ts';

export interface Forgotten extends ShownTree {
  /** Who showed it. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly foundAtMs: number;
}

interface Row {
  size: number;
  root: Uint8Array;
  time_seconds: number;
  note: string;
  source: string;
  found_at_ms: number;
}

export class ForgottenTable {
  readonly #statements: Statements;

  constructor(db: SqliteDatabase) {
    this.#statements = prepare(db);
  }

  get(origin: string): Forgotten | undefined {
    const row = this.#statements.get.get(origin);
    if (row === undefined) return undefined;
    const { size, root, time_seconds: timeSeconds, note, source, found_at_ms: foundAtMs } = row;
    return {
      size,
      root: asHash(new Uint8Array(root)),
      timeSeconds,
      note,
      source,
      foundAtMs,
    };
  }

  /** The logs that are not cosigned for this. */
  origins(): string[] {
    return this.#statements.origins.all().map(({ origin }) => origin);
  }

  /** Keeps the most of what was found: the larger tree, and the later time of one size. */
  add(origin: string, { size, root, timeSeconds, note, source, foundAtMs }: Forgotten): void {
    this.#statements.add.run({ origin, size, root, timeSeconds, note, source, foundAtMs });
  }

  /** It is remembered again. */
  remove(origin: string): void {
    this.#statements.remove.run(origin);
  }

  /** Whether the database is a copy, and nobody has yet told what was cosigned for this log. */
  mustAsk(origin: string): boolean {
    return this.#statements.mustAsk.get({ origin }) !== undefined;
  }

  /** Somebody who knows has told, or the operator goes on without. */
  setAsked(origin: string): void {
    this.#statements.setAsked.run(origin);
  }

  /** When the copy was made that this database is, in Unix milliseconds. */
  copiedAtMs(): number | undefined {
    return this.#statements.copied.get()?.atMs ?? undefined;
  }
}

/** Marks a copy as one. Nobody was asked since it was made. */
export function markAsCopy(db: SqliteDatabase, nowMs: number): void {
  db.prepare('INSERT INTO backups (made_at_ms) VALUES (?)').run(nowMs);
  db.exec('DELETE FROM asked');
}

type Statements = ReturnType<typeof prepare>;
type Found = Omit<Forgotten, 'root'> & { origin: string; root: Uint8Array };

function prepare(db: SqliteDatabase) {
  return {
    get: db.prepare<[string], Row>('SELECT * FROM forgotten WHERE origin = ?'),
    origins: db.prepare<[], { origin: string }>('SELECT origin FROM forgotten ORDER BY rowid'),
    add: db.prepare<[Found]>(
      `INSERT INTO forgotten (origin, size, root, time_seconds, note, source, found_at_ms)
       VALUES (@origin, @size, @root, @timeSeconds, @note, @source, @foundAtMs)
       ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root,
         time_seconds = excluded.time_seconds, note = excluded.note, source = excluded.source
       WHERE excluded.size > size
         OR (excluded.size = size AND excluded.time_seconds > time_seconds)`,
    ),
    remove: db.prepare<[string]>('DELETE FROM forgotten WHERE origin = ?'),
    mustAsk: db.prepare<[{ origin: string }]>(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM backups)
         AND NOT EXISTS (SELECT 1 FROM asked WHERE origin = @origin)`,
    ),
    setAsked: db.prepare<[string]>('INSERT INTO asked (origin) VALUES (?) ON CONFLICT DO NOTHING'),
    copied: db.prepare<[], { atMs: number | null }>('SELECT max(made_at_ms) AS atMs FROM backups'),
  };
}
