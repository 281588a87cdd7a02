/**
 * Everything that the monitor does again and again: one loop for each log's checkpoint, its walk,
 * its comparisons, each witness, and the webhook, so that whoever hangs delays nobody else.
 */
import type { Policy } from '#protocol/policy/policy.ts';
import type { Logger } from '#service/logging.ts';
import { monotonicMs, repeat } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import type { Alerts } from './alerts.ts';
import type { MonitorConfig } from './config.ts';
import type { Grace } from './grace.ts';
import { judgeAvailableQuorum, judgeReach, judgeShown, type Limits } from './judge.ts';
import type { LogWatch } from './watch-log.ts';
import type { Outbox } from './webhook.ts';
import type { WitnessEndpoint } from './witnesses.ts';

export interface LoopsOptions {
  readonly config: MonitorConfig;
  readonly policy: Policy;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly alerts: Alerts;
  readonly grace: Grace;
  readonly limits: Limits;
  readonly outbox: Outbox;
  readonly logger: Logger;
  readonly now: () => number;
  readonly health: StorageHealth;
}

/** Comparing what has arrived costs next to nothing when nothing has. */
const MAX_COMPARE_INTERVAL_MS = 500;

export function startLoops(options: LoopsOptions) {
  const { config, watches, endpoints, outbox, logger, health } = options;
  const stopping = new AbortController();
  const loop = (name: string, intervalMs: number, work: (s: AbortSignal) => Promise<void>) => {
    // A full disk is waited out: nothing was changed, and the next round tries again.
    const guarded = (signal: AbortSignal) => health.guard(() => work(signal));
    return repeat(guarded, { intervalMs, jitter: 0.1, signal: stopping.signal, logger, name });
  };
  const pollMs = config.interval_ms;
  const compareMs = Math.min(MAX_COMPARE_INTERVAL_MS, pollMs);
  const loops = [
    ...watches.flatMap((watch) => [
      loop(`look at ${watch.origin}`, pollMs, (signal) => watch.poll(signal)),
      loop(`follow ${watch.origin}`, compareMs, (signal) => watch.follow(signal)),
      loop(`compare ${watch.origin}`, compareMs, (signal) => watch.compare(signal)),
    ]),
    ...endpoints.map((endpoint) =>
      loop(`ask ${endpoint.label}`, pollMs, (signal) => endpoint.poll(signal)),
    ),
    loop('judge witnesses', compareMs, async () => judgeWitnesses(options)),
    loop('webhook', compareMs, (signal) => outbox.deliver(signal)),
  ];
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

function judgeWitnesses({ endpoints, policy, limits, alerts, grace, now }: LoopsOptions): void {
  const observed = endpoints.map(({ label, witnesses, reach }) => {
    return { label, witnesses, asked: reach.asked, failure: reach.failure };
  });
  const judgements = [
    ...observed.flatMap((endpoint) => judgeReach(endpoint, limits)),
    ...judgeAvailableQuorum(observed, policy, limits),
    ...endpoints.flatMap(({ label, witnesses, shown }) =>
      [...shown].flatMap(([origin, { last, failure }]) =>
        judgeShown({ origin, label, witnesses, shown: last, failure }, limits, now()),
      ),
    ),
  ];
  alerts.apply(grace.settle(judgements, monotonicMs()));
}
