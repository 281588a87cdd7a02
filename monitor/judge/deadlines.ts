/** On dates that come: certificates and whatever the operator named. Pure. */
import { type Judgement, judgementsAbout } from './judgement.ts';

export interface Deadline {
  /** What ends then: `certificate of https://…`, or the operator's words. */
  readonly what: string;
  readonly atMs: number;
}

const DAY_MS = 24 * 3600 * 1000;

export function judgeDeadlines(
  deadlines: readonly Deadline[],
  warnDays: number,
  nowMs: number,
): Judgement[] {
  const about = judgementsAbout('');
  return deadlines.map(({ what, atMs }) => {
    const days = Math.floor((atMs - nowMs) / DAY_MS);
    if (days >= warnDays) return about.good('deadline-near', what);
    const date = new Date(atMs).toISOString().slice(0, 10);
    const words = days < 0 ? `It ended on ${date}.` : `It ends on ${date}, ${left(days)}.`;
    return about.bad('deadline-near', what, words, 0);
  });
}

function left(days: number): string {
  if (days === 0) return 'within a day';
  return days === 1 ? 'in 1 day' : `in ${days} days`;
}
