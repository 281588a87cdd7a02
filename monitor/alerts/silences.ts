/**
 * Alerts that an operator does not want to hear of for a time: patterns of kind, origin and subject,
 * each with an end. Kept in SQLite, ended ones as history.
 *
 * A silence is never for ever: a critical alert is kept quiet for a day at most, any other for thirty.
 * It counts between its two times only, so a clock that is set back ends it rather than prolongs it.
 */
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { Severity } from '../judge/alert-kinds.ts';
import type { Act, AlertKey } from './alert-table.ts';

/** `*` in a pattern stands for any text. */
export interface SilencePattern {
  readonly kind: string;
  readonly origin: string;
  readonly subject: string;
}

export interface Silence extends SilencePattern {
  readonly id: number;
  readonly made: Act;
  readonly untilMs: number;
  /** Who ended it before its time. */
  readonly ended?: Act;
}

const HOUR_MS = 3_600_000;
export const MAX_SILENCE_MS: Readonly<Record<Severity, number>> = {
  critical: 24 * HOUR_MS,
  warning: 30 * 24 * HOUR_MS,
};
export const MAX_SILENCES = 100;
const MAX_KEPT = 1000;

export class Silences {
  readonly #sql: ReturnType<typeof prepare>;
  /** Owned here: a copy of those that nobody has ended, of which few are past their time. */
  #standing: readonly Silence[];

  constructor(db: SqliteDatabase) {
    this.#sql = prepare(db);
    this.#standing = this.#read();
  }

  /** Those that count now, the newest first. */
  active(nowMs: number): Silence[] {
    return this.#standing.filter((silence) => counts(silence, nowMs));
  }

  /** Until when an alert is kept quiet, if it is. */
  untilMs(alert: AlertKey & { readonly severity: Severity }, nowMs: number): number | undefined {
    const ends = this.active(nowMs)
      .filter((silence) => matches(silence, alert))
      .map(({ made, untilMs }) => Math.min(untilMs, made.atMs + MAX_SILENCE_MS[alert.severity]));
    const untilMs = Math.max(0, ...ends);
    return untilMs > nowMs ? untilMs : undefined;
  }

  /** Undefined when as many count as may. */
  add(pattern: SilencePattern, made: Act, untilMs: number): Silence | undefined {
    if (this.active(made.atMs).length >= MAX_SILENCES) return undefined;
    const { kind, origin, subject } = pattern;
    const row = { kind, origin, subject, made: JSON.stringify(made), untilMs };
    const id = Number(this.#sql.add.run(row).lastInsertRowid);
    this.#sql.prune.run(MAX_KEPT);
    this.#standing = this.#read();
    return { id, ...pattern, made, untilMs };
  }

  /** Ends one that counts; undefined if there is none of this id. */
  end(id: number, ended: Act): Silence | undefined {
    const silence = this.active(ended.atMs).find((one) => one.id === id);
    if (silence === undefined) return undefined;
    this.#sql.end.run(JSON.stringify(ended), id);
    this.#standing = this.#read();
    return { ...silence, ended };
  }

  #read(): Silence[] {
    return this.#sql.standing.all().map(({ made, ...rest }) => {
      return { ...rest, made: JSON.parse(made) as Act };
    });
  }
}

function counts({ made, untilMs }: Silence, nowMs: number): boolean {
  return made.atMs <= nowMs && nowMs < untilMs;
}

function matches(silence: SilencePattern, alert: AlertKey): boolean {
  return (
    fits(silence.kind, alert.kind) &&
    fits(silence.origin, alert.origin) &&
    fits(silence.subject, alert.subject)
  );
}

/** Without backtracking: each part between stars is found at its first place, the last at the end. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}

interface SilenceRow extends SilencePattern {
  id: number;
  made: string;
  untilMs: number;
}

function prepare(db: SqliteDatabase) {
  return {
    standing: db.prepare<[], SilenceRow>(
      `SELECT id, kind, origin, subject, made, until_ms AS untilMs FROM silences
       WHERE ended IS NULL ORDER BY id DESC`,
    ),
    add: db.prepare<[Omit<SilenceRow, 'id'>]>(
      `INSERT INTO silences (kind, origin, subject, made, until_ms)
       VALUES (@kind, @origin, @subject, @made, @untilMs)`,
    ),
    end: db.prepare<[string, number]>('UPDATE silences SET ended = ? WHERE id = ?'),
    prune: db.prepare<[number]>(
      'DELETE FROM silences WHERE id <= (SELECT max(id) FROM silences) - ?',
    ),
  };
}
