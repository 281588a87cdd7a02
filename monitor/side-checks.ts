/**
 * Checks beside the watching of logs and witnesses: what they say of themselves, their clocks and their
 * growth, dates that come, and the monitor itself. Each is a loop of its own.
 */
import { readFileSync } from 'node:fs';
import { RemoteError } from '#client/http.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Alerts } from './alerts/alerts.ts';
import type { Courier } from './alerts/courier.ts';
import type { MonitorConfig } from './config.ts';
import { judgeClocks } from './judge/clocks.ts';
import { judgeDeadlines } from './judge/deadlines.ts';
import { judgeLogKeys, judgePublishedPolicy, judgeWitnessKeys } from './judge/declared.ts';
import type { Grace } from './judge/grace.ts';
import { grown, judgeFrozen, judgeGrowth } from './judge/growth.ts';
import type { Judgement, Limits } from './judge/judgement.ts';
import { judgeOwn } from './judge/own.ts';
import { MAX_STATEMENTS } from './statements/statement-set.ts';
import type { View } from './statements/view.ts';
import type { MonitorState } from './store/state.ts';
import { certificateEnd } from './watch/certificates.ts';
import { MAX_ISSUERS } from './watch/chain-book.ts';
import { isFrozenLog, keysOfLog, keysOfWitness, policyOfLog } from './watch/declarations.ts';
import type { LoopClock } from './watch/loop-clock.ts';
import type { LogWatch } from './watch/watch-log.ts';
import type { WitnessEndpoint } from './watch/witnesses.ts';

export interface SideCheckOptions {
  readonly config: MonitorConfig;
  readonly policy: Policy;
  /** The policy file as it was read. */
  readonly policyText: string;
  readonly watches: readonly LogWatch[];
  readonly endpoints: readonly WitnessEndpoint[];
  readonly couriers: readonly Courier[];
  readonly clock: LoopClock;
  readonly state: MonitorState;
  readonly alerts: Alerts;
  readonly grace: Grace;
  readonly limits: Limits;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export interface SideCheck {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** For what only time tells: none of it is in a hurry. */
const OWN_INTERVAL_MS = 5000;
const CERTIFICATE_INTERVAL_MS = 3_600_000;

export function sideChecks(options: SideCheckOptions): SideCheck[] {
  const { config, watches, endpoints, alerts, grace } = options;
  const settle = (judgements: readonly Judgement[]): void => {
    alerts.apply(grace.settle(judgements, monotonicMs()));
  };
  const check = (
    name: string,
    intervalMs: number,
    judge: (signal: AbortSignal) => Promise<Judgement[]> | Judgement[],
  ): SideCheck => ({ name, intervalMs, run: async (signal) => settle(await judge(signal)) });
  const soonMs = Math.min(OWN_INTERVAL_MS, 10 * config.interval_ms);
  const declaredMs = config.declarations_interval_ms;
  const frozen: FrozenSizes = new Map();
  return [
    ...watches.flatMap((watch) => [
      check(`declarations of ${watch.origin}`, declaredMs, (signal) =>
        judgeLogSays(watch, options, frozen, signal),
      ),
      check(`growth of ${watch.origin}`, soonMs, growthJudge(watch, options, frozen)),
      check(`clocks of ${watch.origin}`, soonMs, () => judgeTimes(watch, options)),
    ]),
    ...endpoints.map((endpoint) =>
      check(`declarations of ${endpoint.label}`, declaredMs, (signal) =>
        judgeWitnessSays(endpoint, options, signal),
      ),
    ),
    check('certificates', CERTIFICATE_INTERVAL_MS, (signal) => judgeCertificates(options, signal)),
    check('dates', soonMs, () => {
      const { warn_days: warnDays, expires } = config.deadlines;
      const dates = expires.map(({ what, on }) => ({ what, atMs: Date.parse(on) }));
      return judgeDeadlines(dates, warnDays, options.now());
    }),
    check('the monitor itself', soonMs, () => judgeItself(options)),
  ];
}

/** For each log that says that it is frozen: its size when it was first heard to. Written by `judgeLogSays`. */
type FrozenSizes = Map<string, number>;

async function judgeLogSays(
  { origin, url, polled }: LogWatch,
  { config, policy, limits }: SideCheckOptions,
  frozen: FrozenSizes,
  signal: AbortSignal,
): Promise<Judgement[]> {
  const http = { signal, timeoutMs: config.timeout_ms, fetch: outboundFetch };
  const own = policy.logs.filter(({ key }) => key.name === origin).map(({ key }) => key);
  return await unlessAway(async () => {
    const keys = await keysOfLog(url, origin, http);
    const theirs = await policyOfLog(url, http);
    const size = polled.last?.checkpoint.size;
    if (!(await isFrozenLog(url, http))) frozen.delete(origin);
    else if (size !== undefined && !frozen.has(origin)) frozen.set(origin, size);
    return [
      ...(keys === undefined ? [] : judgeLogKeys(origin, keys, own, limits)),
      ...(theirs === undefined ? [] : judgePublishedPolicy(origin, theirs, policy, limits)),
    ];
  });
}

async function judgeWitnessSays(
  { url, label, witnesses }: WitnessEndpoint,
  { config, state, watches, limits }: SideCheckOptions,
  signal: AbortSignal,
): Promise<Judgement[]> {
  const http = { signal, timeoutMs: config.timeout_ms, fetch: outboundFetch };
  const lastCosigned = (vkey: string): number | undefined => {
    const times = watches.map(({ origin }) => state.cosigned(origin, vkey)?.latestSeconds ?? 0);
    return Math.max(...times) * 1000;
  };
  return await unlessAway(async () => {
    const keys = await keysOfWitness(url, http);
    return keys === undefined ? [] : judgeWitnessKeys(label, keys, witnesses, lastCosigned, limits);
  });
}

/** Whoever does not answer says nothing; that he does not is an alert of its own. */
async function unlessAway(judge: () => Promise<Judgement[]>): Promise<Judgement[]> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof RemoteError) return [];
    throw error;
  }
}

function growthJudge(watch: LogWatch, { state, now }: SideCheckOptions, frozen: FrozenSizes) {
  let growth = state.growth(watch.origin);
  return (): Judgement[] => {
    const size = watch.polled.last?.checkpoint.size;
    if (size === undefined) return [];
    const next = grown(growth, size, now());
    if (next !== growth) state.saveGrowth(watch.origin, next);
    growth = next;
    const frozenSize = frozen.get(watch.origin);
    if (frozenSize !== undefined) return judgeFrozen(watch.origin, frozenSize, size);
    return judgeGrowth(watch.origin, growth, size);
  };
}

function judgeTimes({ origin, polled }: LogWatch, options: SideCheckOptions): Judgement[] {
  const shown = options.endpoints.map((endpoint) => endpoint.shown.get(origin)?.last);
  const views = [polled.last, ...shown].filter(
    (view): view is View => view !== undefined && view !== 'absent',
  );
  return judgeClocks(origin, views, options.limits, options.now());
}

async function judgeCertificates(
  { config, watches, endpoints, now }: SideCheckOptions,
  signal: AbortSignal,
): Promise<Judgement[]> {
  const urls = new Set([...watches, ...endpoints].map(({ url }) => new URL(url).origin));
  const ends = await Promise.all(
    [...urls].map(async (url) => {
      const atMs = await certificateEnd(url, config.timeout_ms, signal);
      return atMs === undefined ? [] : [{ what: `certificate of ${url}`, atMs }];
    }),
  );
  return judgeDeadlines(ends.flat(), config.deadlines.warn_days, now());
}

function judgeItself(options: SideCheckOptions): Judgement[] {
  const { config, couriers, clock, watches, policyText } = options;
  return judgeOwn({
    sinks: couriers.map(({ name, waiting }) => ({ name, waiting })),
    // A first walk through a large log takes as long as it takes; `monitor-lag` tells of it.
    loops: clock.busy().filter(({ name }) => !name.startsWith('follow ')),
    limits: watches.flatMap(({ origin, testimony, follower }) => [
      { name: `statements of ${origin}`, used: testimony.pending, limit: MAX_STATEMENTS },
      {
        name: `issuers of ${origin}`,
        used: follower.unfollowed > 0 ? MAX_ISSUERS : 0,
        limit: MAX_ISSUERS,
      },
    ]),
    isPolicyChanged: textOf(config.policy) !== policyText,
  });
}

/** Undefined when it cannot be read: then it is another one, too. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
