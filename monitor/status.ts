/**
 * Everything that the monitor knows now, as one value: what `GET /v1/status` answers and the page
 * shows. Times are Unix milliseconds.
 */
import { toHex } from '#protocol/bytes.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Alert, Alerts } from './alerts.ts';
import type { EvidenceRecord, MonitorState } from './state.ts';
import type { LogWatch } from './watch-log.ts';
import type { WitnessEndpoint } from './witnesses.ts';

/** How what somebody shows stands to the tree that the monitor has re-derived. */
export type Agreement = 'agrees' | 'pending' | 'contradicts' | 'absent' | 'unknown';

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

export interface Status {
  /** No alert is open. */
  readonly ok: boolean;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly quorum: string;
  readonly logs: readonly LogStatus[];
  readonly witnesses: readonly WitnessStatus[];
  /** Open ones, the newest first. */
  readonly alerts: readonly Alert[];
  readonly evidence: readonly EvidenceRecord[];
}

export interface StatusSources {
  readonly policy: Policy;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly alerts: Alerts;
  readonly state: MonitorState;
  readonly startedAtMs: number;
  readonly now: () => number;
}

export function readStatus(sources: StatusSources): Status {
  const alerts = sources.alerts.open();
  return {
    ok: alerts.length === 0,
    nowMs: sources.now(),
    startedAtMs: sources.startedAtMs,
    quorum: sources.policy.quorum,
    logs: sources.watches.map(logStatus),
    witnesses: sources.endpoints.map((endpoint) => witnessStatus(endpoint, sources.watches)),
    alerts,
    evidence: sources.state.evidence(),
  };
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
    agreement: view === undefined ? 'unknown' : watch.standing(view),
    verifiedSize: follower.confirmedSize,
    walkedSize: follower.walkedSize,
    invalidEntries: follower.invalid.count,
    ...(failure && { failure: failure.detail }),
  };
}

function witnessStatus(endpoint: WitnessEndpoint, watches: readonly LogWatch[]): WitnessStatus {
  const { failure } = endpoint.reach;
  const logs = watches.map((watch) => {
    const { origin } = watch;
    const shown = endpoint.shown.get(origin)?.last;
    if (shown === undefined) return { origin, agreement: 'unknown' as const };
    if (shown === 'absent') return { origin, agreement: 'absent' as const };
    const own = endpoint.witnesses.map(({ name }) => name);
    const times = shown.cosignatures
      .filter(({ witness }) => own.includes(witness))
      .map(({ timeSeconds }) => timeSeconds * 1000);
    const { size } = shown.checkpoint;
    return { origin, agreement: watch.standing(shown), size, cosignedAtMs: Math.min(...times) };
  });
  return {
    name: endpoint.label,
    url: endpoint.url,
    ...(failure && { failure: failure.detail }),
    logs,
  };
}
