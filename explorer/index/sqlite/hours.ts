/**
 * How many entries of a log state each hour: all hours are kept, as those that are to come today are told tomorrow.
 * What was added since the last confirmed checkpoint is kept apart until the next.
 */
import type { SqliteDatabase } from '#service/sqlite.ts';
import { MAX_HOURS } from '../../search/tally.ts';
import type { ToldHours } from './totals.ts';

export class HoursWriter {
  readonly #add;
  readonly #confirm;

  constructor(db: SqliteDatabase) {
    this.#add = db.prepare(
      `INSERT INTO hours (log, hour_ms, entries, added) VALUES (?, ?, 0, ?)
       ON CONFLICT DO UPDATE SET added = added + excluded.added`,
    );
    this.#confirm = db.prepare(
      'UPDATE hours SET entries = entries + added, added = 0 WHERE log = ? AND added > 0',
    );
  }

  add(log: number, hours: ReadonlyMap<number, number>): void {
    for (const [hourMs, entries] of hours) this.#add.run(log, hourMs, entries);
  }

  confirm(log: number): void {
    this.#confirm.run(log);
  }
}

export class HoursReader {
  readonly #newest;

  constructor(db: SqliteDatabase) {
    this.#newest = db.prepare<[number, number], ToldHours['hours'][number]>(
      `SELECT hour_ms, entries FROM hours WHERE log = ? AND hour_ms <= ? AND entries > 0
       ORDER BY hour_ms DESC LIMIT ${MAX_HOURS}`,
    );
  }

  /** Of the confirmed tree. */
  told(log: number, untilMs: number): ToldHours {
    return { hours: this.#newest.all(log, untilMs).reverse(), hours_until_ms: untilMs };
  }
}
