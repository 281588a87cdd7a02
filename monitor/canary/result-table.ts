/** What came of the canary's receipts, in SQLite: so many for each log, and none older than the window. */
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { CanaryResult, CanaryStage } from '../judge/canary.ts';
import { MAX_RESULTS } from './config.ts';

/** A migration of the monitor's database. */
export const CANARY_TABLE = `
  -- What came of the receipts that the monitor submits itself; without a stage they got their proof.
  CREATE TABLE canary_results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    took_ms REAL NOT NULL,
    stage TEXT,
    detail TEXT,
    CHECK ((stage IS NULL) = (detail IS NULL))
  ) STRICT;
  CREATE INDEX canary_results_of_a_log ON canary_results (origin, id);
`;

const MAX_DETAIL_CHARS = 500;

interface Row {
  atMs: number;
  tookMs: number;
  stage: CanaryStage | null;
  detail: string | null;
}

export class CanaryTable {
  readonly #most: number;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase, most = MAX_RESULTS) {
    this.#most = most;
    this.#sql = prepare(db);
  }

  /** Within the caller's transaction. Removes what is older than `sinceMs`, and beyond the number. */
  add(origin: string, { atMs, tookMs, failure }: CanaryResult, sinceMs: number): void {
    const stage = failure?.stage ?? null;
    const detail = failure?.detail.slice(0, MAX_DETAIL_CHARS) ?? null;
    this.#sql.add.run({ origin, atMs, tookMs, stage, detail });
    this.#sql.prune.run({ origin, sinceMs, most: this.#most });
  }

  /** The oldest first. */
  list(origin: string): CanaryResult[] {
    return this.#sql.list.all(origin).map(({ atMs, tookMs, stage, detail }) => ({
      atMs,
      tookMs,
      ...(stage !== null && { failure: { stage, detail: detail! } }),
    }));
  }
}

function prepare(db: SqliteDatabase) {
  return {
    add: db.prepare<[Row & { origin: string }]>(
      `INSERT INTO canary_results (origin, at_ms, took_ms, stage, detail)
       VALUES (@origin, @atMs, @tookMs, @stage, @detail)`,
    ),
    // Few rows at a time go, so the oldest are found at the beginning of the index.
    prune: db.prepare<[{ origin: string; sinceMs: number; most: number }]>(
      `DELETE FROM canary_results WHERE origin = @origin AND (
         at_ms < @sinceMs
         OR id <= (SELECT id FROM canary_results WHERE origin = @origin
                   ORDER BY id DESC LIMIT 1 OFFSET @most))`,
    ),
    list: db.prepare<[string], Row>(
      `SELECT at_ms AS atMs, took_ms AS tookMs, stage, detail FROM canary_results
       WHERE origin = ? ORDER BY id`,
    ),
  };
}
