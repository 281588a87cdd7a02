/** How long something lasts, as people write it: 45s, 90m, 12h, 7d. */
import { InvalidArgumentError } from 'commander';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** For an option; the value is in milliseconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (unit === undefined) throw new InvalidArgumentError('Expected a time such as 90m, 12h or 7d.');
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
