/**
 * The loops in which a witness looks beyond what it is offered: at its peers, at evidence that others
 * hold, and at what each log still has to show. One for each, so that whoever hangs delays no other.
 */
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Logger } from '#service/logging.ts';
import { repeat } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { Comparer } from './comparer.ts';
import type { WitnessConfig } from './config.ts';
import { createEvidenceWatch } from './evidence-watch.ts';
import type { WitnessMetrics } from './metrics.ts';
import { PeerWatch } from './peer-watch.ts';
import { Reporter } from './report.ts';
import type { WitnessState } from './state.ts';

export interface CrossCheckParts {
  readonly state: WitnessState;
  readonly metrics: WitnessMetrics;
  readonly health: StorageHealth;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

interface Work {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: (signal: AbortSignal) => Promise<void> | void;
}

/** Times that a log is asked, at least, in the time it has to show what it owes. */
const MIN_ATTEMPTS = 10;

/** Starts all loops. `stop` resolves when the last one has ended. */
export function startCrossCheck(config: WitnessConfig, parts: CrossCheckParts) {
  const { health, logger } = parts;
  const stopping = new AbortController();
  const works = [...watchOthers(config, parts), ...compareLogs(config, parts)];
  const loops = works.map(({ name, intervalMs, run }) => {
    const guarded = (signal: AbortSignal) => health.guard(async () => await run(signal));
    return repeat(guarded, { intervalMs, jitter: 0.2, signal: stopping.signal, logger, name });
  });
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

function watchOthers(config: WitnessConfig, parts: CrossCheckParts): Work[] {
  const { state, metrics, logger, now } = parts;
  const { interval_ms: intervalMs, timeout_ms: timeoutMs } = config.cross_check;
  const logs: VerifierKey[] = config.logs.map(({ vkey }) => vkey);
  const reporterOf = (name: string) => new Reporter({ name, metrics, logger, timeoutMs });
  const evidenceOf = (url: string, reporter: Reporter) =>
    createEvidenceWatch({ url, logs, state, reporter, now });
  const peers = config.peers.map((peer): Work => {
    const reporter = reporterOf(peer.name ?? peer.vkeys[0]!.name);
    const watch = new PeerWatch({ peer, logs, state, reporter, now });
    const adopt = evidenceOf(peer.url, reporter);
    const run = async (signal: AbortSignal): Promise<void> => {
      if (await watch.check(signal)) await adopt(signal);
    };
    return { name: `cross-check with ${peer.url}`, intervalMs, run };
  });
  const monitors = config.monitors.map(({ url }): Work => {
    return { name: `evidence of ${url}`, intervalMs, run: evidenceOf(url, reporterOf(url)) };
  });
  return [...peers, ...monitors];
}

function compareLogs(config: WitnessConfig, { state, logger, now }: CrossCheckParts): Work[] {
  const { timeout_ms: timeoutMs, patience_ms: patienceMs } = config.cross_check;
  const intervalMs = Math.min(config.cross_check.interval_ms, patienceMs / MIN_ATTEMPTS);
  return config.logs.flatMap(({ vkey, url }) => {
    if (url === undefined) return [];
    const log = { vkey, url };
    const comparer = new Comparer({ log, state, logger, timeoutMs, patienceMs, now });
    return [
      { name: `comparisons of ${vkey.name}`, intervalMs, run: comparer.round },
      { name: `time that ${vkey.name} takes`, intervalMs, run: comparer.count },
    ];
  });
}
