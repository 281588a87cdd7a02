/**
 * Everything that the monitor does again and again: one loop for each log's checkpoint, its walk,
 * its comparisons, each witness, and each sink of alerts, so that whoever hangs delays nobody else.
 */
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import type { Logger } from '#service/logging.ts';
import { monotonicMs, repeat } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import type { Alerting } from './alerts/alerting.ts';
import type { Alerts } from './alerts/alerts.ts';
import type { Canary } from './canary/canary.ts';
import type { MonitorConfig } from './config.ts';
import type { Heartbeat } from './heartbeat/heartbeat.ts';
import type { Grace } from './judge/grace.ts';
import type { Limits } from './judge/judgement.ts';
import {
  type EndpointObservation,
  judgeAvailableQuorum,
  judgeReach,
  judgeShown,
} from './judge/witness.ts';
import type { SideCheck } from './side-checks.ts';
import type { LoopClock } from './watch/loop-clock.ts';
import type { LogWatch } from './watch/watch-log.ts';
import type { WitnessEndpoint } from './watch/witnesses.ts';

export interface LoopsOptions {
  readonly config: MonitorConfig;
  readonly policy: Policy;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly alerts: Alerts;
  readonly grace: Grace;
  readonly limits: Limits;
  readonly alerting: Alerting;
  readonly canaries: readonly Canary[];
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
  readonly now: () => number;
  readonly health: StorageHealth;
  readonly checks: readonly SideCheck[];
  readonly clock: LoopClock;
}

/** Comparing what has arrived costs next to nothing when nothing has. */
const MAX_COMPARE_INTERVAL_MS = 500;

export function startLoops(options: LoopsOptions) {
  const {
    config,
    watches,
    endpoints,
    alerting,
    heartbeat,
    canaries,
    logger,
    health,
    checks,
    clock,
  } = options;
  const stopping = new AbortController();
  const loop = (name: string, intervalMs: number, work: (s: AbortSignal) => Promise<void>) => {
    // A full disk is waited out: nothing was changed, and the next round tries again.
    const guarded = clock.timed(name, (signal) => health.guard(() => work(signal)));
    return repeat(guarded, { intervalMs, jitter: 0.1, signal: stopping.signal, logger, name });
  };
  const pollMs = config.interval_ms;
  const compareMs = Math.min(MAX_COMPARE_INTERVAL_MS, pollMs);
  const loops = [
    ...watches.flatMap((watch) => [
      loop(`look at ${watch.origin}`, pollMs, (signal) => watch.poll(signal)),
      loop(`follow ${watch.origin}`, compareMs, (signal) => watch.follow(signal)),
      loop(`compare ${watch.origin}`, compareMs, (signal) => watch.compare(signal)),
      loop(`judge ${watch.origin}`, compareMs, async () => watch.judge()),
    ]),
    ...endpoints.map((endpoint) =>
      loop(`ask ${endpoint.label}`, pollMs, (signal) => endpoint.poll(signal)),
    ),
    ...checks.map(({ name, intervalMs, run }) => loop(name, intervalMs, run)),
    loop('judge witnesses', compareMs, async () => judgeWitnesses(options)),
    ...canaries.map((canary) =>
      loop(`canary of ${canary.origin}`, config.canary!.interval_ms, (signal) =>
        canary.send(signal),
      ),
    ),
    loop('remind', compareMs, async () => alerting.remind()),
    loop('heartbeat', compareMs, async () => heartbeat.beat()),
    ...(heartbeat.ping === undefined
      ? []
      : [loop('ping', heartbeat.ping.everyMs, (signal) => heartbeat.pingIfWell(signal))]),
    ...alerting.couriers.map((courier) =>
      loop(courier.name, compareMs, (signal) => courier.deliver(signal)),
    ),
  ];
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

function judgeWitnesses(options: LoopsOptions): void {
  const { endpoints, watches, policy, limits, alerts, grace, now } = options;
  const observed = endpoints.map((endpoint) => observe(endpoint, watches));
  const judgements = [
    ...observed.flatMap((endpoint) => judgeReach(endpoint, limits, now())),
    ...judgeAvailableQuorum(observed, policy, limits, now()),
    ...endpoints.flatMap((endpoint) =>
      watches.flatMap((watch) => judgeShown(observeShown(endpoint, watch), limits, now())),
    ),
  ];
  alerts.apply(grace.settle(judgements, monotonicMs()));
}

function observe(
  { label, witnesses, reach, shown }: WitnessEndpoint,
  watches: readonly LogWatch[],
): EndpointObservation {
  const failures = [...shown.values()].map(({ failure }) => failure);
  return {
    label,
    witnesses,
    asked: reach.asked,
    failure: reach.failure,
    refusal: failures.find((failure) => failure?.kind === 'refused'),
    cosignedAtMs: Math.max(...watches.map((watch) => cosignedAtMs(witnesses, watch))),
  };
}

/** When the last of a witness's keys had cosigned what the log publishes; 0 if one has not. */
function cosignedAtMs(witnesses: readonly PolicyWitness[], { polled }: LogWatch): number {
  const times = new Map(polled.last?.cosignatures.map((c) => [c.witness, c.timeSeconds * 1000]));
  return Math.min(...witnesses.map(({ name }) => times.get(name) ?? 0));
}

function observeShown({ label, witnesses, shown, highWaters }: WitnessEndpoint, watch: LogWatch) {
  const { origin } = watch;
  const { last, failure } = shown.get(origin)!;
  return {
    origin,
    label,
    witnesses,
    shown: last,
    failure,
    retreat: highWaters.get(origin)!.retreat,
    standing: last === undefined || last === 'absent' ? undefined : watch.testimony.standing(last),
    published: watch.polled.last,
  };
}
