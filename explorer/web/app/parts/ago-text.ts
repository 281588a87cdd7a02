/** How long ago something was, in words. */

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat('en');

/** `3 minutes ago`, in the largest unit that it has one of. Of a clock that is ahead: `in 3 minutes`. */
export function agoText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? ['second', 1000];
  return RELATIVE.format(-Math.trunc(ms / unitMs), unit);
}
