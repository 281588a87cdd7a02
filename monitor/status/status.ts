/**
 * Everything that the monitor knows now, as one value: what `GET /v1/status` answers and the page
 * shows. Times are Unix milliseconds.
 */
import { toHex } from '#protocol/bytes.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Alert, Alerts } from '../alerts/alerts.ts';
import type { Courier } from '../alerts/courier.ts';
import type { Canary } from '../canary/canary.ts';
import type { CanaryReport } from '../canary/report.ts';
import type { GossipCounts, GossipDesk } from '../gossip/desk.ts';
import { duration } from '../judge/judgement.ts';
import type { Retreat, Shown } from '../judge/observations.ts';
import type { View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import type { LogWatch } from '../watch/watch-log.ts';
import type { WitnessEndpoint } from '../watch/witnesses.ts';
import { countQuorum, type QuorumCount } from './quorum-count.ts';

/** A sink that is away for longer is a trouble of the monitor. */
const MAX_AWAY_MS = 600_000;

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
  /** Of what it publishes; absent before that, and where no quorum is asked for. */
  readonly quorum?: QuorumCount;
  /** When a quorum was last seen to have cosigned what it published, however long ago. */
  readonly lastQuorumAtMs?: number;
  readonly cosigners: readonly string[];
  readonly cosignedAtMs?: number;
  readonly agreement: Agreement;
  /** Size whose every entry and tile has been checked against a signed root. */
  readonly verifiedSize: number;
  /** Entries checked, on the way to the next confirmed size. */
  readonly walkedSize: number;
  readonly invalidEntries: number;
  /** Of the verified size: whatever they are, they make the tree. */
  readonly unjudgedEntries: number;
  /** When it last gave a good answer. */
  readonly checkedAtMs?: number;
  /** Why the last request failed. */
  readonly failure?: string;
}

/** What a witness shows of one log. */
export interface ShownStatus {
  readonly origin: string;
  readonly agreement: Agreement;
  /** It is proven to have cosigned two trees of this log, whichever it shows now. */
  readonly isConvicted: boolean;
  readonly size?: number;
  /** Lowercase hex. */
  readonly root?: string;
  /** Its newest cosignature, in what it shows or in what the log publishes. */
  readonly cosignedAtMs?: number;
  /** When it last gave a good answer about this log. */
  readonly checkedAtMs?: number;
}

export interface WitnessStatus {
  readonly name: string;
  readonly url: string;
  readonly failure?: string;
  readonly logs: readonly ShownStatus[];
}

export interface SinkStatus {
  readonly name: string;
  /** Messages that have not been taken, also those that are set aside. */
  readonly waiting: number;
  /** Messages that were refused again and again. */
  readonly setAside: number;
  /** Why it takes nothing at the moment, and for how long. */
  readonly away?: { readonly forMs: number; readonly reason: string };
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
  /** Of logs to which receipts are sent. */
  readonly canaries: readonly CanaryReport[];
}

export interface StatusSources {
  readonly policy: Policy;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly gossip: GossipDesk;
  readonly canaries: readonly Canary[];
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
  const sinks = sources.couriers.map(({ name, waiting, setAside, away }) => {
    return { name, waiting, setAside, ...(away && { away }) };
  });
  const problems = ownProblems(sources.storage(), sinks);
  return {
    ok: alerts.length === 0 && problems.length === 0,
    problems,
    nowMs: sources.now(),
    startedAtMs: sources.startedAtMs,
    quorum: sources.policy.quorum,
    logs: sources.watches.map((watch) => logStatus(watch, sources)),
    witnesses: sources.endpoints.map((endpoint) => witnessStatus(endpoint, sources)),
    alerts,
    evidence: sources.state.evidence.list(),
    sinks,
    gossip: sources.gossip.counts,
    canaries: sources.canaries.map(({ report }) => report),
  };
}

function ownProblems(storage: string | undefined, sinks: readonly SinkStatus[]): string[] {
  const stored = storage === undefined ? [] : [`What is found cannot be stored: ${storage}.`];
  return [...stored, ...sinks.flatMap(sinkProblems)];
}

function sinkProblems({ name, setAside, away }: SinkStatus): string[] {
  return [
    ...(setAside > 0 ? [`The ${name} refuses ${setAside} of the messages about alerts.`] : []),
    ...(away !== undefined && away.forMs >= MAX_AWAY_MS
      ? [`The ${name} has taken no message for ${duration(away.forMs)}: ${away.reason}.`]
      : []),
  ];
}

function logStatus(watch: LogWatch, { policy, now }: StatusSources): LogStatus {
  const { origin, url, follower, polled, quorumAtMs } = watch;
  const { last: view, failure } = polled;
  const time = view?.quorumTimeSeconds;
  const cosigners = view?.cosignatures.map(({ witness }) => witness) ?? [];
  const quorum = view && countQuorum(policy, new Set(cosigners));
  return {
    origin,
    url,
    ...(view && {
      size: view.checkpoint.size,
      root: toHex(view.checkpoint.root),
      quorumMet: view.quorumMet,
    }),
    ...(quorum && { quorum }),
    ...(quorumAtMs === undefined ? {} : { lastQuorumAtMs: quorumAtMs }),
    cosigners,
    ...(time === undefined ? {} : { cosignedAtMs: time * 1000 }),
    agreement: view === undefined ? 'unknown' : agreementOf(watch, view, watch.retreat),
    verifiedSize: follower.confirmedSize,
    walkedSize: follower.walkedSize,
    invalidEntries: follower.found.invalid.count + follower.found.unknown.count,
    unjudgedEntries: follower.unjudged,
    ...checkedAt(polled, now()),
    ...(failure && { failure: failure.detail }),
  };
}

function checkedAt({ lastAgoMs }: { lastAgoMs: number | undefined }, nowMs: number) {
  return lastAgoMs === undefined ? {} : { checkedAtMs: Math.round(nowMs - lastAgoMs) };
}

/** A single look that shows less may be an old answer out of a cache, but it does not agree. */
function agreementOf(watch: LogWatch, view: View, retreat: Retreat | undefined): Agreement {
  const standing = watch.testimony.standing(view);
  const looks = retreat?.looks ?? 0;
  return looks > 0 && standing !== 'contradicts' ? 'went-back' : standing;
}

function witnessStatus(endpoint: WitnessEndpoint, sources: StatusSources): WitnessStatus {
  const failures = [endpoint.reach, ...endpoint.shown.values()].map(({ failure }) => failure);
  const failure = failures.find((found) => found !== undefined);
  return {
    name: endpoint.label,
    url: endpoint.url,
    ...(failure && { failure: failure.detail }),
    logs: sources.watches.map((watch) => shownStatus(endpoint, watch, sources)),
  };
}

function shownStatus(
  endpoint: WitnessEndpoint,
  watch: LogWatch,
  { state, now }: StatusSources,
): ShownStatus {
  const { origin } = watch;
  const polled = endpoint.shown.get(origin)!;
  const view = polled.last === 'absent' ? undefined : polled.last;
  const retreat = endpoint.highWaters.get(origin)?.retreat;
  const cosignedAtMs = lastCosigned(endpoint, [view, watch.polled.last]);
  const convicted = state.convicted(origin);
  return {
    origin,
    agreement:
      view === undefined ? withoutView(polled.last, retreat) : agreementOf(watch, view, retreat),
    isConvicted: endpoint.witnesses.some(({ key }) => convicted.has(key.text)),
    ...(view && { size: view.checkpoint.size, root: toHex(view.checkpoint.root) }),
    ...(cosignedAtMs === undefined ? {} : { cosignedAtMs }),
    ...checkedAt(polled, now()),
  };
}

function withoutView(shown: Shown | undefined, retreat: Retreat | undefined): Agreement {
  if (shown !== 'absent') return 'unknown';
  return (retreat?.looks ?? 0) > 0 ? 'went-back' : 'absent';
}

/** When the last of its keys had cosigned any of these; undefined unless all of them have. */
function lastCosigned(
  { witnesses }: WitnessEndpoint,
  views: readonly (View | undefined)[],
): number | undefined {
  const all = views.flatMap((view) => view?.cosignatures ?? []);
  const times = witnesses.map(({ name }) => {
    const own = all.filter(({ witness }) => witness === name);
    return Math.max(...own.map(({ timeSeconds }) => timeSeconds * 1000));
  });
  const oldest = Math.min(...times);
  return Number.isFinite(oldest) ? oldest : undefined;
}
