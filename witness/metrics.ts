/**
 * The witness's own numbers, for Prometheus. Labels are origins of logs that are followed, configured
 * names and fixed words only, so their number stays bounded. For each log there are a few lines: what
 * a healthy one has not, such as something owed, has none. All is read from the state at a scrape, in a
 * few queries however many logs there are.
 */
import { Metrics } from '#service/metrics.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Standing, WitnessState } from './state.ts';

/** Everything that is counted where it happens; gauges are read from the state at each scrape. */
export type WitnessMetrics = ReturnType<typeof createWitnessMetrics>;

/** Longer than reading the gauges takes, and shorter than between two scrapes. */
const SCRAPE_MS = 500;

export function createWitnessMetrics(state: WitnessState) {
  const metrics = new Metrics({ process: true });
  addLogGauges(metrics, state);
  metrics.gauge({
    name: 'tecp_witness_rolled_back',
    help: '1 if more was cosigned for the log than is remembered: nothing is signed for it.',
    labelNames: ['origin'],
    collect() {
      this.reset();
      for (const origin of state.forgotten.origins()) this.set({ origin }, 1);
    },
  });
  metrics.gauge({
    name: 'tecp_witness_evidence',
    help: 'Contradictions proven and stored.',
    collect() {
      this.set(state.evidence.count());
    },
  });
  const byLog = new CountsByLog(metrics, state);
  const addCheckpoint = metrics.counter({
    name: 'tecp_witness_add_checkpoint_total',
    help: 'Answers to add-checkpoint, by result.',
    labelNames: ['result'],
  });
  return {
    metrics,
    /** An answer to add-checkpoint; `origin` only if the log has signed the request. */
    answered: (result: string, origin?: string): void => {
      addCheckpoint.inc({ result });
      if (origin !== undefined) byLog.count(origin, result);
    },
    feeds: metrics.counter({
      name: 'tecp_witness_feed_total',
      help: 'What looking at the feed of a log came to, by result.',
      labelNames: ['result'],
    }),
    signSubtree: metrics.counter({
      name: 'tecp_witness_sign_subtree_total',
      help: 'Answers to sign-subtree, by result.',
      labelNames: ['result'],
    }),
    crossChecks: metrics.counter({
      name: 'tecp_witness_cross_check_total',
      help: 'What asking a peer or a monitor came to, by whom and result.',
      labelNames: ['peer', 'result'],
    }),
  };
}

function addLogGauges(metrics: Metrics, state: WitnessState): void {
  const standings = ofOneScrape(() => followedStandings(state));
  const byLog = (name: string, help: string, read: (log: Standing) => number | undefined) => {
    metrics.gauge({
      name,
      help,
      labelNames: ['origin'],
      collect() {
        this.reset();
        for (const log of standings()) {
          const value = read(log);
          if (value !== undefined) this.set({ origin: log.origin }, value);
        }
      },
    });
  };
  metrics.gauge({
    name: 'tecp_witness_logs',
    help: 'Logs that are known, by whether they are followed.',
    labelNames: ['state'],
    collect() {
      const followed = state.logs.enabled().length;
      this.set({ state: 'followed' }, followed);
      this.set({ state: 'disabled' }, state.logs.all().length - followed);
    },
  });
  byLog('tecp_witness_log_size', 'Size last cosigned, by log.', ({ size }) => size);
  byLog(
    'tecp_witness_last_cosigned_seconds',
    'POSIX time of the last cosignature, by log; 0 if none.',
    ({ timeSeconds }) => timeSeconds,
  );
  byLog(
    'tecp_witness_log_frozen',
    '1 for a log that has contradicted itself and is no longer cosigned.',
    ({ frozenBy }) => (frozenBy === undefined ? undefined : 1),
  );
  byLog(
    'tecp_witness_comparisons_owed',
    'Checkpoints of a log that it has yet to show to fit, by log that has any.',
    ({ owed }) => owed?.count,
  );
  byLog(
    'tecp_witness_comparison_owed_seconds',
    'For how long a log has owed a comparison, the longest, by log that does.',
    ({ owed }) => owed && owed.waitedMs / 1000,
  );
}

/** The logs that are followed. */
function followedStandings(state: WitnessState): Standing[] {
  return state.standings().filter(({ origin }) => state.logs.get(origin) !== undefined);
}

/** Computes at most once in a moment, in which all gauges of a scrape are read. */
function ofOneScrape<T>(compute: () => T): () => T {
  let latest: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = monotonicMs();
    if (latest === undefined || nowMs - latest.atMs > SCRAPE_MS) {
      latest = { value: compute(), atMs: nowMs };
    }
    return latest.value;
  };
}

/** Answers for each log that is followed; one that is disabled takes its counts along. */
class CountsByLog {
  readonly #state: WitnessState;
  /** Owned by `count`: by origin, by result. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(metrics: Metrics, state: WitnessState) {
    this.#state = state;
    const counts = this.#counts;
    metrics.counter({
      name: 'tecp_witness_log_answers_total',
      help: 'Answers to add-checkpoint requests that a log has signed, by log and result.',
      labelNames: ['origin', 'result'],
      collect() {
        this.reset();
        for (const [origin, results] of counts) {
          for (const [result, count] of results) this.inc({ origin, result }, count);
        }
      },
    });
    state.logs.onChange(() => this.#forgetDisabled());
  }

  count(origin: string, result: string): void {
    const results = this.#counts.get(origin) ?? new Map<string, number>();
    results.set(result, (results.get(result) ?? 0) + 1);
    this.#counts.set(origin, results);
  }

  #forgetDisabled(): void {
    for (const origin of this.#counts.keys()) {
      if (this.#state.logs.get(origin) === undefined) this.#counts.delete(origin);
    }
  }
}
