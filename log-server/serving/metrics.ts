/** What a front end counts of its logs, in Prometheus terms. */
import type { Metrics } from '#service/metrics.ts';

export interface ServingMetrics {
  /** Counts a submission to the log of an origin, refused with an error code. */
  readonly refused: (origin: string, code: string) => void;
}

/** `waiters` says for the origin of each log how many submissions wait for their proof. */
export function createServingMetrics(
  metrics: Metrics,
  waiters: () => Iterable<readonly [origin: string, count: number]>,
): ServingMetrics {
  metrics.gauge({
    name: 'tecp_log_waiters',
    help: 'Submissions waiting for their proof.',
    labelNames: ['origin'],
    collect() {
      for (const [origin, count] of waiters()) this.set({ origin }, count);
    },
  });
  const refused = metrics.counter({
    name: 'tecp_log_refused_total',
    help: 'Submissions refused, by error code.',
    labelNames: ['origin', 'code'],
  });
  return { refused: (origin, code) => refused.inc({ origin, code }) };
}
