/**
 * What a judgement is, and the words that all judges share. Pure: no clock, no I/O, no memory.
 *
 * A judgement says that one thing is bad or good now; about what it cannot tell, it says nothing,
 * so an alert neither rises nor ends on missing knowledge. How long something must have been bad
 * before it is an alert is part of the judgement, and `Grace` keeps the time.
 */
import type { AlertKind } from './alert-kinds.ts';

export interface Judgement {
  readonly kind: AlertKind;
  /** The log that it is about; empty for what concerns all of them. */
  readonly origin: string;
  /** A witness or a part of the log; with kind and origin, what makes it one and the same alert. */
  readonly subject: string;
  readonly state: 'bad' | 'good';
  readonly detail: string;
  /** How long it must have been bad; 0: at once. */
  readonly afterMs: number;
  /** Ids. */
  readonly evidence?: readonly string[];
}

export interface Limits {
  readonly staleCheckpointMs: number;
  readonly staleWitnessMs: number;
  readonly downLogMs: number;
  readonly downWitnessMs: number;
  /** How long a log may owe a comparison. */
  readonly owedMs: number;
  /** How long what the log publishes may be unchecked. */
  readonly behindMs: number;
  /** How long a number may be missing in an issuer's chain. */
  readonly chainGapMs: number;
  /** By how much clocks may differ. */
  readonly clockSkewMs: number;
  readonly graceMs: number;
}

/** Fewer failures in a row say nothing: one lost request is no outage. */
export const MIN_FAILURES = 3;
/** By how much a cosignature may be ahead of our clock. */
const MAX_CLOCK_SKEW_MS = 600_000;

export function judgementsAbout(origin: string) {
  return {
    good: (kind: AlertKind, subject: string): Judgement => {
      return { kind, origin, subject, state: 'good', detail: '', afterMs: 0 };
    },
    bad: (kind: AlertKind, subject: string, detail: string, afterMs: number): Judgement => {
      return { kind, origin, subject, state: 'bad', detail, afterMs };
    },
  };
}

/** What is wrong with the age of a signed time, in words; undefined when nothing is. */
export function staleness(timeMs: number, limitMs: number, nowMs: number): string | undefined {
  const ageMs = nowMs - timeMs;
  if (ageMs < -MAX_CLOCK_SKEW_MS) return `${duration(-ageMs)} in the future`;
  return ageMs > limitMs ? `${duration(ageMs)} old, ${duration(limitMs)} are allowed` : undefined;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
