/**
 * "I am alive, and this is what I checked": told to chosen sinks at an interval, whether all is well or
 * not, shown at `GET /v1/heartbeat`, and to a dead man's switch when all is well. So that silence is
 * never mistaken for health.
 *
 * When it was told last is in the database, so restarts neither repeat nor skip it. In each queue there
 * is one at most, the newest, and all alerts go before it.
 */
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { Courier } from '../alerts/courier.ts';
import { Elapsed } from '../alerts/elapsed.ts';
import type { HeartbeatJson } from '../alerts/notice.ts';
import { sinkName } from '../alerts/sinks/sinks.ts';
import { Ping, pingSchema } from './ping.ts';

/** The first one waits for the first round of looks, but no longer than this. */
const MAX_FIRST_ROUND_MS = 60_000;
const MAX_INTERVAL_MS = 30 * 24 * 3_600_000;

/** For the top level of the configuration's schema. */
export function heartbeatKeys(filePath: FilePathSchema) {
  const settings = z
    .strictObject({
      every_ms: z
        .int()
        .min(50)
        .max(MAX_INTERVAL_MS)
        .default(24 * 3_600_000),
      sinks: z.array(sinkName()).max(20).default([]),
      ping: pingSchema(filePath).optional(),
    })
    .refine(
      ({ sinks, ping }) => sinks.length > 0 || ping !== undefined,
      'expected sinks or a ping',
    );
  return {
    /** Who is told that the monitor is alive. */
    heartbeat: settings.optional(),
  };
}

export type HeartbeatSettings = z.infer<z.ZodObject<ReturnType<typeof heartbeatKeys>>>['heartbeat'];

export interface HeartbeatOptions {
  readonly settings: HeartbeatSettings;
  readonly db: SqliteDatabase;
  readonly couriers: readonly Courier[];
  readonly report: () => HeartbeatJson;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export class Heartbeat {
  readonly ping: Ping | undefined;
  readonly report: () => HeartbeatJson;
  readonly #everyMs: number;
  readonly #couriers: readonly Courier[];
  readonly #now: () => number;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #startedMs = monotonicMs();
  /** Owned by `beat`: since the last one. */
  #since: Elapsed | undefined;

  /** Throws `ConfigError` for a sink that is not there. */
  constructor({ settings, db, couriers, report, logger, now }: HeartbeatOptions) {
    const { sinks = [], every_ms: everyMs = 0, ping } = settings ?? {};
    for (const sink of sinks) {
      if (couriers.some(({ name }) => name === sink)) continue;
      throw new ConfigError(`There is no sink "${sink}".`);
    }
    this.ping = ping && new Ping(ping, logger);
    this.report = () => {
      const { takenAtMs, failure } = this.ping?.state ?? {};
      const taken = takenAtMs === undefined ? {} : { taken_at: takenAtMs };
      const state = { ...taken, ...(failure === undefined ? {} : { failure }) };
      return { ...report(), ...(this.ping && { ping: state }) };
    };
    this.#everyMs = everyMs;
    this.#couriers = couriers.filter(({ name }) => sinks.includes(name));
    this.#now = now;
    this.#sql = prepare(db);
    const last = this.#sql.last.get()?.atMs;
    this.#since = last === undefined ? undefined : new Elapsed(last, now(), monotonicMs());
  }

  /** Queues a heartbeat if one is due. */
  beat(): void {
    if (this.#couriers.length === 0) return;
    const nowMs = this.#now();
    if ((this.#since?.ms(nowMs, monotonicMs()) ?? this.#everyMs) < this.#everyMs) return;
    const heartbeat = this.report();
    const isFirstRound = monotonicMs() - this.#startedMs < MAX_FIRST_ROUND_MS;
    if (isFirstRound && heartbeat.unchecked.length > 0) return;
    this.#sql.queue(() => {
      for (const { outbox } of this.#couriers) {
        outbox.put({ event: 'heartbeat', at: nowMs, heartbeat });
      }
      this.#sql.save.run(nowMs);
    });
    this.#since = new Elapsed(nowMs, nowMs, monotonicMs());
  }

  /** Tells the dead man's switch that all is well, if it is. */
  async pingIfWell(signal: AbortSignal): Promise<void> {
    if (this.ping !== undefined && this.report().ok) await this.ping.send(this.#now(), signal);
  }
}

function prepare(db: SqliteDatabase) {
  return {
    queue: (work: () => void) => db.transaction(work).immediate(),
    last: db.prepare<[], { atMs: number }>('SELECT at_ms AS atMs FROM heartbeat'),
    save: db.prepare<[number]>('INSERT OR REPLACE INTO heartbeat (id, at_ms) VALUES (1, ?)'),
  };
}
