/**
 * The witness's own numbers, for Prometheus. Labels are configured names and fixed words only, so
 * their number stays bounded.
 */
import { Metrics } from '#service/metrics.ts';
import type { WitnessState } from './state.ts';

/** Everything that is counted where it happens; gauges are read from the state at each scrape. */
export type WitnessMetrics = ReturnType<typeof createWitnessMetrics>;

export function createWitnessMetrics(state: WitnessState) {
  const { logs } = state;
  const metrics = new Metrics({ process: true });
  metrics.gauge({
    name: 'tecp_witness_log_size',
    help: 'Size last cosigned, by log.',
    labelNames: ['origin'],
    collect() {
      for (const { origin } of logs.enabled()) this.set({ origin }, state.log(origin).size);
    },
  });
  metrics.gauge({
    name: 'tecp_witness_last_cosigned_seconds',
    help: 'POSIX time of the last cosignature, by log; 0 if none.',
    labelNames: ['origin'],
    collect() {
      for (const { origin } of logs.enabled()) this.set({ origin }, state.log(origin).timeSeconds);
    },
  });
  metrics.gauge({
    name: 'tecp_witness_log_frozen',
    help: '1 if the log has contradicted itself and is no longer cosigned.',
    labelNames: ['origin'],
    collect() {
      for (const { origin } of logs.enabled()) {
        this.set({ origin }, state.log(origin).frozenBy === undefined ? 0 : 1);
      }
    },
  });
  metrics.gauge({
    name: 'tecp_witness_evidence',
    help: 'Contradictions proven and stored.',
    collect() {
      this.set(state.evidence.count());
    },
  });
  metrics.gauge({
    name: 'tecp_witness_comparisons_owed',
    help: 'Checkpoints of a log that it has yet to show to fit, by log.',
    labelNames: ['origin'],
    collect() {
      for (const { origin } of logs.enabled()) this.set({ origin }, state.owed(origin).length);
    },
  });
  metrics.gauge({
    name: 'tecp_witness_comparison_owed_seconds',
    help: 'For how long a log has owed a comparison, the longest, by log; 0 if none.',
    labelNames: ['origin'],
    collect() {
      for (const { origin } of logs.enabled()) {
        const waits = state.owed(origin).map(({ waitedMs }) => waitedMs);
        this.set({ origin }, Math.max(0, ...waits) / 1000);
      }
    },
  });
  return {
    metrics,
    addCheckpoint: metrics.counter({
      name: 'tecp_witness_add_checkpoint_total',
      help: 'Answers to add-checkpoint, by result.',
      labelNames: ['result'],
    }),
    crossChecks: metrics.counter({
      name: 'tecp_witness_cross_check_total',
      help: 'What asking a peer or a monitor came to, by whom and result.',
      labelNames: ['peer', 'result'],
    }),
  };
}
