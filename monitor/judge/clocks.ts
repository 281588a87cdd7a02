/**
 * On clocks: times of cosignatures against our own clock, and against each other. Pure.
 *
 * A cosignature from the future shows a clock that is ahead, its or ours: when all are ahead, it is ours.
 * One that is behind looks like an old one, except that a tree cannot have been cosigned before a smaller
 * one was by somebody else: logs grow, and offer each tree to all.
 */
import type { View } from '../statements/view.ts';
import { duration, type Judgement, judgementsAbout, type Limits } from './judgement.ts';

/** A tree may be offered to one long after to another, by whoever pulls it out of a cache. */
const TIMES_BEHIND = 5;

interface Stamp {
  readonly witness: string;
  readonly size: number;
  readonly timeMs: number;
}

export function judgeClocks(
  origin: string,
  views: readonly View[],
  limits: Limits,
  nowMs: number,
): Judgement[] {
  const stamps = latest(views);
  if (stamps.length === 0) return [];
  const about = judgementsAbout(origin);
  const ahead = stamps.filter(({ timeMs }) => timeMs - nowMs > limits.clockSkewMs);
  const isOurs = stamps.length > 1 && ahead.length === stamps.length;
  const ours = isOurs
    ? about.bad(
        'clock-skew',
        '',
        `All cosignatures are ahead of our clock, the least by ${least(ahead, nowMs)}: it is probably behind.`,
        limits.graceMs,
      )
    : about.good('clock-skew', '');
  const theirs = stamps.map((stamp) => {
    const { witness } = stamp;
    const words = isOurs ? undefined : skewOf(stamp, stamps, limits.clockSkewMs, nowMs);
    if (words === undefined) return about.good('clock-skew', witness);
    return about.bad('clock-skew', witness, words, limits.graceMs);
  });
  return [ours, ...theirs];
}

/** Of each witness the latest, on the largest tree that it cosigned. */
function latest(views: readonly View[]): Stamp[] {
  const stamps = new Map<string, Stamp>();
  for (const { checkpoint, cosignatures } of views) {
    for (const { witness, timeSeconds } of cosignatures) {
      const stamp = { witness, size: checkpoint.size, timeMs: timeSeconds * 1000 };
      const known = stamps.get(witness);
      if (known === undefined || isLater(stamp, known)) stamps.set(witness, stamp);
    }
  }
  return [...stamps.values()];
}

function isLater(a: Stamp, b: Stamp): boolean {
  return a.size > b.size || (a.size === b.size && a.timeMs > b.timeMs);
}

function least(ahead: readonly Stamp[], nowMs: number): string {
  return duration(Math.min(...ahead.map(({ timeMs }) => timeMs - nowMs)));
}

function skewOf(
  { witness, size, timeMs }: Stamp,
  stamps: readonly Stamp[],
  limitMs: number,
  nowMs: number,
): string | undefined {
  if (timeMs - nowMs > limitMs) return `Its time is ${duration(timeMs - nowMs)} ahead of ours.`;
  const earlier = stamps.filter(
    (other) => other.witness !== witness && other.size < size && other.timeMs <= nowMs + limitMs,
  );
  const after = earlier.toSorted((a, b) => b.timeMs - a.timeMs)[0];
  if (after === undefined || after.timeMs - timeMs <= TIMES_BEHIND * limitMs) return undefined;
  const behind = duration(after.timeMs - timeMs);
  return `It cosigned size ${size} at a time ${behind} before ${after.witness} cosigned size ${after.size}.`;
}
