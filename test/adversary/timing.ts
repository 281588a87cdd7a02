/**
 * Within how many seconds a lie is noticed, as a rule of what a monitor and a witness are configured
 * to: so the limit at the defaults, which the document gives, is the rule that the tests assert at the
 * short times with which the laboratory runs.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { monitorConfigSchema } from '#monitor/config.ts';
import { witnessConfigSchema } from '#witness/config.ts';

/** Milliseconds, each as it is configured. */
export interface Timing {
  /** Between two looks of the monitor, and for each of its requests. */
  readonly pollMs: number;
  readonly requestMs: number;
  readonly graceMs: number;
  readonly owedMs: number;
  readonly behindMs: number;
  readonly downMs: number;
  readonly staleMs: number;
  /** Between two looks at what logs and witnesses say of themselves. */
  readonly declaredMs: number;
  /** Between two looks of a witness, and for each of its requests. */
  readonly crossMs: number;
  readonly peerMs: number;
  readonly patienceMs: number;
}

export type Rule = (timing: Timing) => number;

/** Of the configuration file of a monitor. */
export function monitorSettings(timing: Timing) {
  return {
    interval_ms: timing.pollMs,
    timeout_ms: timing.requestMs,
    grace_ms: timing.graceMs,
    owed_after_ms: timing.owedMs,
    behind_after_ms: timing.behindMs,
    down_after_ms: { log: timing.downMs, witness: timing.downMs },
    declarations_interval_ms: timing.declaredMs,
    stale_after_ms: { checkpoint: timing.staleMs, witness: timing.staleMs },
  };
}

/** Of the configuration file of a witness. */
export function crossCheckSettings({ crossMs, peerMs, patienceMs }: Timing) {
  return { interval_ms: crossMs, timeout_ms: peerMs, patience_ms: patienceMs };
}

/** What a configuration that says nothing means. */
export function defaultTiming(): Timing {
  const path = z.string().transform((name) => join('/', name));
  const monitor = monitorConfigSchema(path).parse({ database: 'm', policy: 'p' });
  const key = 'log.example+1cc758f9+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c';
  const witness = { database: 'w', keys: ['k'], logs: [{ vkey: key }] };
  const { cross_check } = witnessConfigSchema(path).parse(witness);
  return {
    pollMs: monitor.interval_ms,
    requestMs: monitor.timeout_ms,
    graceMs: monitor.grace_ms,
    owedMs: monitor.owed_after_ms,
    behindMs: monitor.behind_after_ms,
    downMs: monitor.down_after_ms.log,
    staleMs: monitor.stale_after_ms.checkpoint,
    declaredMs: monitor.declarations_interval_ms,
    crossMs: cross_check.interval_ms,
    peerMs: cross_check.timeout_ms,
    patienceMs: cross_check.patience_ms,
  };
}

/** With which the laboratory runs. Requests may take long: a busy machine is no outage. */
export const SHORT: Timing = {
  pollMs: 2000,
  requestMs: 5000,
  graceMs: 1500,
  owedMs: 3000,
  behindMs: 6000,
  downMs: 3000,
  staleMs: 600_000,
  declaredMs: 2000,
  crossMs: 4000,
  peerMs: 20_000,
  patienceMs: 3000,
};

/** For those who look after what grows old. */
export const SHORT_LIVED = { staleMs: 15_000 } as const;

/** Beyond this, lies that keep somebody waiting would take for ever. */
const MAX_REQUEST_MS = 30_000;

/**
 * On a machine that is so busy, an honest answer takes longer, and so does telling two witnesses two things
 * at the same instant.
 */
export function unhurried(timing: Timing, stretch: number): Timing {
  const requestMs = Math.min(MAX_REQUEST_MS, Math.ceil(timing.requestMs * stretch));
  return { ...timing, requestMs, patienceMs: Math.ceil(timing.patienceMs * stretch) };
}

/** Between two rounds of judging and comparing, and between two while anything is owed. */
const JUDGE_MS = 500;
const RETRY_MS = 1000;
/** What a round of comparisons may take, below the confirmed size and again above it. */
const ROUNDS_MS = 20_000;
/** Of intervals, which are spread a little, and for the work itself. */
const JITTER = 1.2;
const WORK_MS = 2000;

const look = ({ pollMs }: Timing): number => pollMs * JITTER;
const peerLook = ({ crossMs }: Timing): number => crossMs * JITTER;

/** At the next look. */
export const SEEN: Rule = (t) => look(t) + JUDGE_MS + WORK_MS;

/** At the second look that finds it so: one may be an old answer out of a cache. */
export const SEEN_TWICE: Rule = (t) => 2 * look(t) + JUDGE_MS + WORK_MS;

/** At the next look, and the tiles that prove it. */
export const COMPARED: Rule = (t) => SEEN(t) + RETRY_MS + t.requestMs;

/** At the next look, and the entries that prove it. */
export const WALKED: Rule = (t) => COMPARED(t);

/** When it has not been shown for as long as it may be owed. */
export const OWED: Rule = (t) => SEEN(t) + Math.max(t.owedMs, ROUNDS_MS);

/** When it has been so for as long as that may be a restart. */
export const LASTING: Rule = (t) => 2 * look(t) + t.graceMs + JUDGE_MS + WORK_MS;

/** When requests have failed for so long, and three times. */
export const DOWN: Rule = (t) => {
  const lookMs = look(t) + t.requestMs;
  return lookMs + Math.max(t.downMs, 2 * lookMs) + lookMs + WORK_MS;
};

/** When what is published has been unchecked for so long. */
export const BEHIND: Rule = (t) => SEEN(t) + t.behindMs;

/** When it has become too old, for as long as that may be a restart. */
export const STALE: Rule = (t) => t.staleMs + LASTING(t);

/** At the second look at what somebody says of himself, for as long as that may be a mistake. */
export const DECLARED: Rule = (t) => {
  return 2 * (t.declaredMs * JITTER + t.requestMs) + t.graceMs + WORK_MS;
};

/** When its own look at a peer, or at whoever holds evidence, has shown it. */
export const TOLD: Rule = (t) => COMPARED(t) + 2 * (peerLook(t) + t.peerMs);

/** When the log has not shown it for the patience of a witness. */
export const STARVED: Rule = (t) => 2 * peerLook(t) + t.patienceMs * JITTER + t.peerMs + WORK_MS;

/** In the answer itself. */
export const AT_ONCE: Rule = () => WORK_MS;
