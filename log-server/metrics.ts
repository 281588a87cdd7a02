/** What the sequencer of a log counts, in Prometheus terms. One instance for a server; each log has its label. */
import type { Metrics } from '#service/metrics.ts';
import type { RoundResult } from './publishing/round.ts';
import type { Sequenced } from './store/store.ts';

/** The state that gauges show, read at each scrape. */
export interface LogGauges {
  readonly treeSize: number;
  readonly publishedSize: number;
  readonly queueDepth: number;
  /** 1 if this process sequences the log. */
  readonly isSequencing: number;
  /** 1 if it takes no entry ever again. */
  readonly isFrozen: number;
}

export interface LogMetrics {
  readonly batch: (results: readonly Sequenced[]) => void;
  readonly round: (result: RoundResult, durationMs: number) => void;
}

const GAUGES = {
  treeSize: ['tecp_log_tree_size', 'Leaves in the newest durable tree.'],
  publishedSize: ['tecp_log_published_size', 'Leaves under the published checkpoint.'],
  queueDepth: ['tecp_log_queue_entries', 'Entries admitted but not yet durable.'],
  isSequencing: ['tecp_log_sequencing', 'Whether this process sequences the log.'],
  isFrozen: ['tecp_log_frozen', 'Whether the log takes no entry ever again.'],
} as const;

export function createLogMetrics(metrics: Metrics, gaugesOf: () => ReadonlyMap<string, LogGauges>) {
  for (const [key, [name, help]] of Object.entries(GAUGES)) {
    metrics.gauge({
      name,
      help,
      labelNames: ['origin'],
      collect() {
        for (const [origin, gauges] of gaugesOf()) {
          this.set({ origin }, gauges[key as keyof LogGauges]);
        }
      },
    });
  }
  const sequenced = metrics.counter({
    name: 'tecp_log_sequenced_total',
    help: 'Submissions answered with an index.',
    labelNames: ['origin', 'duplicate'],
  });
  const batches = metrics.histogram({
    name: 'tecp_log_batch_entries',
    help: 'Entries in one durable transaction.',
    labelNames: ['origin'],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
  });
  const rounds = metrics.histogram({
    name: 'tecp_log_round_seconds',
    help: 'Time from signing a checkpoint to the end of its round of cosigning.',
    labelNames: ['origin', 'quorum'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const witnesses = metrics.counter({
    name: 'tecp_log_witness_requests_total',
    help: 'Checkpoints offered to a witness, by outcome.',
    labelNames: ['origin', 'witness', 'outcome'],
  });

  return (origin: string): LogMetrics => ({
    batch(results) {
      const duplicates = results.filter(({ duplicate }) => duplicate).length;
      batches.observe({ origin }, results.length);
      sequenced.inc({ origin, duplicate: 'true' }, duplicates);
      sequenced.inc({ origin, duplicate: 'false' }, results.length - duplicates);
    },
    round({ quorumMet, outcomes }, durationMs) {
      rounds.observe({ origin, quorum: String(quorumMet) }, durationMs / 1000);
      for (const [feed, fault] of outcomes) {
        const outcome = fault === undefined ? 'cosigned' : 'failed';
        witnesses.inc({ origin, witness: feed.url, outcome });
      }
    },
  });
}
