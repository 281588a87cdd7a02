/**
 * What open alerts ask for that nobody has acknowledged: to be told when a silence is over, to be told
 * again, and to be told to the next step of the ladder. What was told is in the database, so a restart
 * neither repeats nor forgets it.
 */
import { z } from 'zod';
import type { Severity } from '../judge/alert-kinds.ts';
import type { Alert } from './alert-table.ts';
import type { Telling } from './alerts.ts';
import { Elapsed } from './elapsed.ts';

const MAX_INTERVAL_MS = 7 * 24 * 3_600_000;
const interval = (defaultMs: number) => z.int().min(50).max(MAX_INTERVAL_MS).default(defaultMs);

/** For the top level of the configuration's schema. */
export function reminderKeys() {
  return {
    /** How often it is told again that an alert is open, until somebody acknowledges it. */
    remind_every_ms: z
      .strictObject({ critical: interval(4 * 3_600_000), warning: interval(24 * 3_600_000) })
      .prefault({}),
  };
}

export class Reminders {
  readonly #everyMs: Readonly<Record<Severity, number>>;
  readonly #stepsMs: readonly number[];
  /** Owned here: by alert and what is timed. Holds open alerts only. */
  #since = new Map<string, Elapsed>();

  constructor(everyMs: Readonly<Record<Severity, number>>, stepsMs: readonly number[]) {
    this.#everyMs = everyMs;
    this.#stepsMs = stepsMs;
  }

  /** What is due of the open alerts. At most one thing of each; the next call finds the rest. */
  due(open: readonly Alert[], nowMs: number, monotonicMs: number): Telling[] {
    const before = this.#since;
    this.#since = new Map();
    const elapsed = (key: string, atMs: number) => {
      const known = before.get(key);
      const since = known?.isOf(atMs) ? known : new Elapsed(atMs, nowMs, monotonicMs);
      this.#since.set(key, since);
      return since.ms(nowMs, monotonicMs);
    };
    return open.flatMap((alert) => {
      const { id, announcedAtMs, toldAtMs } = alert;
      const sinceFirstMs = elapsed(`${id} first`, announcedAtMs ?? nowMs);
      const sinceLastMs = elapsed(`${id} last`, toldAtMs);
      const event = this.#eventOf(alert, sinceFirstMs, sinceLastMs);
      return event === undefined ? [] : [{ alert, event }];
    });
  }

  #eventOf(alert: Alert, sinceFirstMs: number, sinceLastMs: number): Telling['event'] | undefined {
    const { severity, acknowledged, silencedUntilMs, announcedAtMs, escalated } = alert;
    if (acknowledged !== undefined || silencedUntilMs !== undefined) return undefined;
    if (announcedAtMs === undefined) return 'raised';
    const stepMs = severity === 'critical' ? this.#stepsMs[escalated] : undefined;
    if (stepMs !== undefined && sinceFirstMs >= stepMs) return 'escalated';
    return sinceLastMs >= this.#everyMs[severity] ? 'reminder' : undefined;
  }
}
