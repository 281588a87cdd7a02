/**
 * Everything that the monitor knows now, as one value: what `GET /v1/status` answers and the page
 * shows. Times are Unix milliseconds.
 */
import { toHex } from '#protocol/bytes.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Alert, Alerts } from '../alerts/alerts.ts';
import type { Courier } from '../alerts/courier.ts';
import type { GossipCounts, GossipDesk } from '../gossip/desk.ts';
import type { Retreat } from '../judge/observations.ts';
import type { View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import type { LogWatch } from '../watch/watch-log.ts';
import type { WitnessEndpoint } from '../watch/witnesses.ts';

/** How what somebody shows stands to the tree that the monitor has re-derived. */
export type Agreement =
  | 'agrees'
  | 'pending'
  | 'contradicts'
  /** It shows less than it showed. */
  | 'went-back'
  | 'absent'
  | 'unknown';

export interface LogStatus {
  readonly origin: string;
  readonly url: string;
  /** Of the last valid checkpoint; absent before the first. */
  readonly size?: number;
  /** Lowercase hex. */
  readonly root?: string;
  readonly quorumMet?: boolean;
  readonly cosigners: readonly string[];
  readonly cosignedAtMs?: number;
  readonly agreement: Agreement;
  /** Size whose every entry and tile has been checked against a signed root. */
  readonly verifiedSize: number;
  /** Entries checked, on the way to the next confirmed size. */
  readonly walkedSize: number;
  readonly invalidEntries: number;
  /** Why the last request failed. */
  readonly failure?: string;
}

export interface WitnessStatus {
  readonly name: string;
  readonly url: string;
  readonly failure?: string;
  readonly logs: readonly {
    readonly origin: string;
    readonly agreement: Agreement;
    readonly size?: number;
    readonly cosignedAtMs?: number;
  }[];
}

export interface SinkStatus {
  readonly name: string;
  /** Messages that have not been taken, also those that are set aside. */
  readonly waiting: number;
  /** Messages that were refused again and again. */
  readonly setAside: number;
}

export interface Status {
  /** No alert is open, and nothing is wrong with the monitor itself. */
  readonly ok: boolean;
  /** What is wrong with the monitor itself, and so perhaps not among the alerts. */
  readonly problems: readonly string[];
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly quorum: string;
  readonly logs: readonly LogStatus[];
  readonly witnesses: readonly WitnessStatus[];
  /** Open ones, the newest first. */
  readonly alerts: readonly Alert[];
  readonly evidence: readonly EvidenceRecord[];
  readonly sinks: readonly SinkStatus[];
  /** What was handed in, since the start. */
  readonly gossip: GossipCounts;
}

export interface StatusSources {
  readonly policy: Policy;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly gossip: GossipDesk;
  readonly alerts: Alerts;
  readonly state: MonitorState;
  readonly couriers: readonly Courier[];
  /** Why what is found cannot be stored. */
  readonly storage: () => string | undefined;
  readonly startedAtMs: number;
  readonly now: () => number;
}

export function readStatus(sources: StatusSources): Status {
  const alerts = sources.alerts.open();
  const sinks = sources.couriers.map(({ name, waiting, setAside }) => ({
    name,
    waiting,
    setAside,
  }));
  const problems = ownProblems(sources.storage(), sinks);
  return {
    ok: alerts.length === 0 && problems.length === 0,
    problems,
    nowMs: sources.now(),
    startedAtMs: sources.startedAtMs,
    quorum: sources.policy.quorum,
    logs: sources.watches.map(logStatus),
    witnesses: sources.endpoints.map((endpoint) => witnessStatus(endpoint, sources.watches)),
    alerts,
    evidence: sources.state.evidence.list(),
    sinks,
    gossip: sources.gossip.counts,
  };
}

function ownProblems(storage: string | undefined, sinks: readonly SinkStatus[]): string[] {
  const refused = sinks
    .filter(({ setAside }) => setAside > 0)
    .map(({ name, setAside }) => `The ${name} refuses ${setAside} of the messages about alerts.`);
  if (storage === undefined) return refused;
  return [`What is found cannot be stored: ${storage}.`, ...refused];
}

function logStatus(watch: LogWatch): LogStatus {
  const { origin, url, follower, polled } = watch;
  const { last: view, failure } = polled;
  const time = view?.quorumTimeSeconds;
  return {
    origin,
    url,
    ...(view && {
      size: view.checkpoint.size,
      root: toHex(view.checkpoint.root),
      quorumMet: view.quorumMet,
    }),
    cosigners: view?.cosignatures.map(({ witness }) => witness) ?? [],
    ...(time === undefined ? {} : { cosignedAtMs: time * 1000 }),
    agreement: view === undefined ? 'unknown' : agreementOf(watch, view, watch.retreat),
    verifiedSize: follower.confirmedSize,
    walkedSize: follower.walkedSize,
    invalidEntries: follower.invalid.count,
    ...(failure && { failure: failure.detail }),
  };
}

/** A single look that shows less may be an old answer out of a cache, but it does not agree. */
function agreementOf(watch: LogWatch, view: View, retreat: Retreat | undefined): Agreement {
  const standing = watch.testimony.standing(view);
  const looks = retreat?.looks ?? 0;
  return looks > 0 && standing !== 'contradicts' ? 'went-back' : standing;
}

function witnessStatus(endpoint: WitnessEndpoint, watches: readonly LogWatch[]): WitnessStatus {
  const failures = [endpoint.reach, ...endpoint.shown.values()].map(({ failure }) => failure);
  const failure = failures.find((found) => found !== undefined);
  const logs = watches.map((watch) => {
    const { origin } = watch;
    const shown = endpoint.shown.get(origin)?.last;
    const retreat = endpoint.highWaters.get(origin)?.retreat;
    if (shown === undefined) return { origin, agreement: 'unknown' as const };
    if (shown === 'absent') {
      return {
        origin,
        agreement: (retreat?.looks ?? 0) > 0 ? ('went-back' as const) : ('absent' as const),
      };
    }
    const own = endpoint.witnesses.map(({ name }) => name);
    const times = shown.cosignatures
      .filter(({ witness }) => own.includes(witness))
      .map(({ timeSeconds }) => timeSeconds * 1000);
    const { size } = shown.checkpoint;
    return {
      origin,
      agreement: agreementOf(watch, shown, retreat),
      size,
      cosignedAtMs: Math.min(...times),
    };
  });
  return {
    name: endpoint.label,
    url: endpoint.url,
    ...(failure && { failure: failure.detail }),
    logs,
  };
}
