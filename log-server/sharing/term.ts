/**
 * The time for which this process has the lease of a log: it batches, commits, signs and publishes, for its own front
 * ends and for those of other processes, and beats.
 *
 * A term ends when the lease is another's, or the store cannot be written: nothing it does afterwards has an
 * effect. What it signed and committed is in the store; the next term, wherever it is, goes on from there.
 */
import type { Fatal } from '#service/lifecycle.ts';
import { inTime, sleep } from '#service/schedule.ts';
import type { LogConfig } from '../config.ts';
import { type LogDependencies, TransparencyLog } from '../log.ts';
import type { SeenState } from '../publishing/confirmation.ts';
import { type LeasedStore, type SharedStore, StoreError } from '../store/store.ts';
import type { Door, OpenDoor } from './door.ts';
import { BEAT_MS, PATIENCE_MS } from './lease-patience.ts';

export interface TermOptions {
  readonly config: LogConfig;
  readonly store: SharedStore;
  /** `Lease.fencing` as it was when the lease was found to be free. */
  readonly seen: number;
  readonly door: Door;
  readonly dependencies: LogDependencies;
  /** What this process knows to have been in the store. */
  readonly known: SeenState;
}

export class Term {
  readonly log: TransparencyLog;
  /** Resolves when the term is over by itself, be it while it begins: `end` is to be called. */
  readonly lost: Promise<StoreError>;
  readonly #store: LeasedStore;
  readonly #door: OpenDoor;
  readonly #over = new AbortController();

  /** Takes the lease. Rejects with `StoreError`, with 'conflict' if another has taken it meanwhile. */
  static async begin(options: TermOptions): Promise<Term> {
    const { config, store, seen, door, dependencies, known } = options;
    const opened = door.open();
    let leased: LeasedStore | undefined;
    const lost = Promise.withResolvers<StoreError>();
    // Errors of the store are the end of a term; whatever else is wrong is the end of the process.
    const onFatal: Fatal = (error) => {
      if (error instanceof StoreError) lost.resolve(error);
      else dependencies.onFatal(error);
    };
    try {
      const log = await TransparencyLog.open(config, {
        ...dependencies,
        onFatal,
        lent: {
          seen: known,
          open: async (identity, onLost) => {
            leased = await store.take(identity, { seen, holder: opened.holder }, onLost);
            return leased;
          },
        },
      });
      const term = new Term(log, leased!, opened, lost.promise);
      opened.serve(log);
      void term.#beat(onFatal);
      return term;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  private constructor(
    log: TransparencyLog,
    store: LeasedStore,
    door: OpenDoor,
    lost: Promise<StoreError>,
  ) {
    this.log = log;
    this.lost = lost;
    this.#store = store;
    this.#door = door;
  }

  get fencing(): number {
    return this.#store.fencing;
  }

  /** Finishes what was begun, as far as the store lets it, and gives the lease up. */
  async end(): Promise<void> {
    this.#over.abort();
    try {
      await this.log.close();
    } finally {
      this.#door.close();
    }
  }

  async #beat(onFatal: Fatal): Promise<void> {
    while (await sleep(BEAT_MS, this.#over.signal)) {
      try {
        // By then another process may have taken the lease; this one would be the last to know.
        await inTime(PATIENCE_MS, this.#store.beat(), () => {
          return new StoreError('failed', `the store has not answered for ${PATIENCE_MS} ms`);
        });
      } catch (error) {
        if (!this.#over.signal.aborted) onFatal(error);
        return;
      }
    }
  }
}
