/**
 * On how fast a log grows, against its own past: a sudden stop, a sudden burst. Pure.
 *
 * The past is two weeks, as most work has the rhythm of a week, and before they are known nothing is said.
 * Only what no part of them was like is told: a silence three times as long as its longest, ten minutes in
 * which ten times as much came as in its busiest.
 */
import { duration, type Judgement, judgementsAbout } from './judgement.ts';

export interface Growth {
  /** When the slot began that is not full yet; Unix milliseconds. */
  readonly slotMs: number;
  /** The size of the log when it began. */
  readonly size: number;
  /** Entries that came in each slot before, the latest last. */
  readonly slots: readonly number[];
}

export const SLOT_MS = 600_000;
export const PAST_SLOTS = 14 * 24 * 6;
const TIMES_LONGER = 3;
const TIMES_MORE = 10;
/** Fewer silent slots say nothing: one hour. */
const MIN_SILENT = 6;
/** Fewer entries in a slot are no burst. */
const MIN_BURST = 1000;

/** The growth once `size` has been shown; slots in which nothing was asked count as the last one did. */
export function grown(growth: Growth | undefined, size: number, nowMs: number): Growth {
  if (growth === undefined || nowMs < growth.slotMs) return { slotMs: nowMs, size, slots: [] };
  const full = Math.floor((nowMs - growth.slotMs) / SLOT_MS);
  if (full === 0) return growth;
  // What came while nobody looked came in all of these slots: it is no burst.
  const each = Math.max(0, size - growth.size) / full;
  const added = Array.from({ length: Math.min(full, PAST_SLOTS) }, () => each);
  const slots = [...growth.slots, ...added].slice(-PAST_SLOTS);
  return { slotMs: growth.slotMs + full * SLOT_MS, size, slots };
}

export function judgeGrowth(origin: string, growth: Growth, size: number): Judgement[] {
  const { slots } = growth;
  if (slots.length < PAST_SLOTS) return [];
  const about = judgementsAbout(origin);
  const now = Math.max(0, size - growth.size);
  const most = Math.max(...slots);
  const silent = now > 0 ? 0 : trailingZeros(slots);
  const longest = longestSilence(slots.slice(0, slots.length - silent));
  const isStopped = most > 0 && silent >= Math.max(MIN_SILENT, TIMES_LONGER * longest);
  const isBurst = now >= Math.max(MIN_BURST, TIMES_MORE * most);
  const words = [
    ...(isStopped
      ? [
          `Nothing has come for ${duration(silent * SLOT_MS)}; in the two weeks before, never for longer than ${duration(longest * SLOT_MS)}.`,
        ]
      : []),
    ...(isBurst
      ? [
          `${now} entries came in ten minutes; in the two weeks before, never more than ${Math.ceil(most)}.`,
        ]
      : []),
  ];
  if (words.length === 0) return [about.good('growth-unusual', '')];
  return [about.bad('growth-unusual', '', words.join(' '), 0)];
}

/** Of a log that says that it is frozen, and had `frozenSize` when it was first heard to say so. */
export function judgeFrozen(origin: string, frozenSize: number, size: number): Judgement[] {
  const about = judgementsAbout(origin);
  if (size <= frozenSize) return [about.good('growth-unusual', '')];
  const detail = `It says that it is frozen, and has grown from ${frozenSize} to ${size} entries.`;
  return [about.bad('growth-unusual', '', detail, 0)];
}

function trailingZeros(slots: readonly number[]): number {
  return slots.length - 1 - slots.findLastIndex((count) => count > 0);
}

function longestSilence(slots: readonly number[]): number {
  let [longest, run] = [0, 0];
  for (const count of slots) {
    run = count > 0 ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
