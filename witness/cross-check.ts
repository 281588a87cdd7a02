/**
 * The loops in which a witness looks beyond what it is offered: at its peers, at evidence that others
 * hold, and at what the logs still have to show. Whoever hangs delays no other.
 */
import type { Logger } from '#service/logging.ts';
import { repeat } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { Accuser } from './accuser.ts';
import { Comparisons } from './comparisons.ts';
import type { WitnessConfig } from './config.ts';
import { createEvidenceWatch } from './evidence-watch.ts';
import type { RollbackGuard } from './guard/guard.ts';
import type { WitnessMetrics } from './metrics.ts';
import type { PeerBook } from './peer-book.ts';
import { PeerWatch } from './peer-watch.ts';
import { Reporter } from './report.ts';
import type { WitnessState } from './state.ts';

export interface CrossCheckParts {
  readonly state: WitnessState;
  readonly guard: RollbackGuard;
  readonly metrics: WitnessMetrics;
  readonly peers: PeerBook;
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
  const { interval_ms, timeout_ms: timeoutMs, patience_ms: patienceMs } = config.cross_check;
  const stopping = new AbortController();
  const comparisons = new Comparisons({ ...parts, timeoutMs, patienceMs });
  const intervalMs = Math.min(interval_ms, patienceMs / MIN_ATTEMPTS);
  const compare: Work = { name: 'comparisons', intervalMs, run: comparisons.tick };
  const look: Work = { name: 'own cosignatures', intervalMs: interval_ms, run: parts.guard.round };
  const peerKeys = config.peers.map(({ vkeys }) => vkeys);
  const accuser = new Accuser({ ...parts, peers: peerKeys, timeoutMs });
  const accuse: Work = { name: 'accusations', intervalMs, run: accuser.round };
  const works = [look, ...watchOthers(config, parts), compare, accuse];
  const loops = works.map(({ name, intervalMs, run }) => {
    const guarded = (signal: AbortSignal) => health.guard(async () => await run(signal));
    return repeat(guarded, { intervalMs, jitter: 0.2, signal: stopping.signal, logger, name });
  });
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all([parts.guard.stop(), ...loops]);
      await comparisons.stop();
    },
  };
}

function watchOthers(config: WitnessConfig, parts: CrossCheckParts): Work[] {
  const { state, metrics, peers: book, logger, now } = parts;
  const { interval_ms: intervalMs, timeout_ms: timeoutMs } = config.cross_check;
  const reporterOf = (name: string, url: string) => {
    book.add(name, url);
    return new Reporter({ name, metrics, peers: book, logger, timeoutMs });
  };
  const evidenceOf = (url: string, reporter: Reporter) =>
    createEvidenceWatch({ url, state, peerKeys, reporter, now });
  const peerKeys = config.peers.flatMap(({ vkeys }) => vkeys);
  const peers = config.peers.map((peer): Work => {
    const reporter = reporterOf(peer.name ?? peer.vkeys[0]!.name, peer.url);
    const watch = new PeerWatch({ peer, intervalMs, state, reporter, now });
    const adopt = evidenceOf(peer.url, reporter);
    const run = async (signal: AbortSignal): Promise<void> => {
      if (await watch.check(signal)) await adopt(signal);
    };
    return { name: `cross-check with ${peer.url}`, intervalMs, run };
  });
  const monitors = config.monitors.map(({ url }): Work => {
    return { name: `evidence of ${url}`, intervalMs, run: evidenceOf(url, reporterOf(url, url)) };
  });
  return [...peers, ...monitors];
}
