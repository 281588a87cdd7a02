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
  readonly #over: AbortController;

  /** Takes the lease. Rejects with `StoreError`, with 'conflict' if another has taken it meanwhile. */
  static async begin(options: TermOptions): Promise<Term> {
    const { config, store, seen, door, dependencies, known } = options;
    const opened = door.open();
    const over = new AbortController();
    const lost = Promise.withResolvers<StoreError>();
    // Errors of the store are the end of a term; whatever else is wrong is the end of the process.
    const onFatal: Fatal = (error) => {
      if (error instanceof StoreError) lost.resolve(error);
      else dependencies.onFatal(error);
    };
    let leased: LeasedStore | undefined;
    try {
      const log = await TransparencyLog.open(config, {
        ...dependencies,
        onFatal,
        lent: {
          seen: known,
          open: async (identity, onLost) => {
            leased = await store.take(identity, { seen, holder: opened.holder }, onLost);
            // What is left to be read takes longer than others wait where the store is far away.
            void keepBeating(leased, over.signal, onFatal);
            return leased;
          },
        },
      });
      const term = new Term(log, leased!, opened, lost.promise, over);
      opened.serve(log);
      return term;
    } catch (error) {
      over.abort();
      opened.close();
      throw error;
    }
  }

  private constructor(
    log: TransparencyLog,
    store: LeasedStore,
    door: OpenDoor,
    lost: Promise<StoreError>,
    over: AbortController,
  ) {
    this.log = log;
    this.lost = lost;
    this.#store = store;
    this.#door = door;
    this.#over = over;
  }

  get fencing(): number {
    return this.#store.fencing;
  }

  /** Takes nothing any more, finishes what was begun, as far as the store lets it, and gives the lease up. */
  async end(): Promise<void> {
    this.#over.abort();
    try {
      await this.log.close();
    } finally {
      this.#door.close();
    }
  }
}

/** From the moment the lease is taken until `over`; tells `onFatal` of the first beat that fails, which is the last. */
async function keepBeating(store: LeasedStore, over: AbortSignal, onFatal: Fatal): Promise<void> {
  do {
    try {
      // By then another process may have taken the lease; this one would be the last to know.
      await inTime(PATIENCE_MS, store.beat(), () => {
        return new StoreError('failed', `the store has not answered for ${PATIENCE_MS} ms`);
      });
    } catch (error) {
      if (!over.aborted) onFatal(error);
      return;
    }
  } while (await sleep(BEAT_MS, over));
}
