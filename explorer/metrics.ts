/** What an explorer counts, in Prometheus terms. */
import { Metrics } from '#service/metrics.ts';
import type { IndexReader } from './index/search-index.ts';
import type { LogStatus } from './indexer/log-status.ts';

export function createExplorerMetrics(statuses: () => readonly LogStatus[]): Metrics {
  const metrics = new Metrics({ process: true });
  /** A gauge with one value for each log, or none where there is none. */
  const perLog = (name: string, help: string, measure: (log: LogStatus) => number | undefined) => {
    metrics.gauge({
      name,
      help,
      labelNames: ['log'],
      collect() {
        this.reset();
        for (const log of statuses()) {
          const value = measure(log);
          if (value !== undefined) this.set({ log: log.origin }, value);
        }
      },
    });
  };
  perLog('tecp_explorer_entries', 'Entries in the index.', ({ size }) => size);
  perLog(
    'tecp_explorer_behind_entries',
    'Entries of the newest verified checkpoint that are not in the index yet.',
    ({ shownSize, size }) => (shownSize === undefined ? undefined : shownSize - size),
  );
  perLog(
    'tecp_explorer_current_timestamp_seconds',
    'When the index last held all that the log showed; absent before that.',
    ({ currentAtMs }) => (currentAtMs === undefined ? undefined : currentAtMs / 1000),
  );
  perLog(
    'tecp_explorer_evidence',
    'Evidence against the log: it is frozen if there is any.',
    ({ evidence }) => evidence.length,
  );
  metrics.counter({
    name: 'tecp_explorer_indexed_entries_total',
    help: 'Entries that were added since the process started.',
    labelNames: ['log'],
    collect() {
      this.reset();
      for (const { origin, indexed } of statuses()) this.inc({ log: origin }, indexed);
    },
  });
  metrics.gauge({
    name: 'tecp_explorer_log_state',
    help: 'How the explorer stands to the log: 1 for current, reading, trouble or frozen.',
    labelNames: ['log', 'state'],
    collect() {
      this.reset();
      for (const { origin, state } of statuses()) this.set({ log: origin, state }, 1);
    },
  });
  metrics.gauge({
    name: 'tecp_explorer_trouble',
    help: 'What keeps the explorer from going on with the log, by kind; none while all is well.',
    labelNames: ['log', 'kind'],
    collect() {
      this.reset();
      for (const { origin, trouble } of statuses()) {
        if (trouble !== undefined) this.set({ log: origin, kind: trouble.kind }, 1);
      }
    },
  });
  return metrics;
}

/** The same reader, whose searches are timed. */
export function timedReader(reader: IndexReader, metrics: Metrics): IndexReader {
  const seconds = metrics.histogram({
    name: 'tecp_explorer_search_seconds',
    help: 'Time that the index took for a page of search results.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  const search: IndexReader['search'] = async (...search) => {
    const end = seconds.startTimer();
    try {
      return await reader.search(...search);
    } finally {
      end();
    }
  };
  return {
    logs: () => reader.logs(),
    log: (origin) => reader.log(origin),
    search,
    entry: (...entry) => reader.entry(...entry),
    firstSeenMs: (...place) => reader.firstSeenMs(...place),
    entries: (...entries) => reader.entries(...entries),
    tile: (...tile) => reader.tile(...tile),
    counts: (origin) => reader.counts(origin),
    checkpoints: (...checkpoints) => reader.checkpoints(...checkpoints),
    evidence: (id) => reader.evidence(id),
    close: () => reader.close(),
  };
}
