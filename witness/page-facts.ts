/** What the page of the witness is made of, gathered from where it is. */
import type { StorageHealth } from '#service/storage-health.ts';
import type { Cosigner } from './cosigner.ts';
import type { WitnessFacts } from './page.ts';
import type { PeerBook } from './peer-book.ts';
import type { Standing, WitnessState } from './state.ts';

export interface PageSources {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly peers: PeerBook;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly health: StorageHealth;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
  readonly startedAtMs: number;
}

/** One that was added since all were looked at. */
const NEW_LOG = { size: 0, timeSeconds: 0, frozenBy: undefined, owed: undefined };

/** `standings` of all logs, as they were a moment ago. */
export function pageFacts(
  { state, cosigner, peers, patienceMs, health, now, startedAtMs }: PageSources,
  standings: readonly Standing[],
  from: number,
): WitnessFacts {
  const known = new Map(standings.map((standing) => [standing.origin, standing]));
  return {
    name: cosigner.name,
    vkeys: cosigner.active.map(({ text }) => text),
    logs: state.logs.all().map(({ origin, disabledBecause }) => ({
      ...(known.get(origin) ?? { ...NEW_LOG, origin }),
      disabledBecause,
    })),
    peers: peers.standings(),
    evidence: state.evidence.count(),
    patienceMs,
    nowMs: now(),
    startedAtMs,
    trouble: health.readiness(),
    from,
  };
}
