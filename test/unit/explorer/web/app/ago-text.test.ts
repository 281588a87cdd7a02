/** How long ago a checkpoint was: in one unit, and never more than it was. */
import { expect, it } from 'vitest';
import { agoText } from '#explorer/web/app/parts/ago-text.ts';

it.each([
  [0, '0 seconds ago'],
  [59_999, '59 seconds ago'],
  [60_000, '1 minute ago'],
  [3 * 60_000 + 59_000, '3 minutes ago'],
  [3_600_000, '1 hour ago'],
  [47 * 3_600_000, '1 day ago'],
  [400 * 86_400_000, '400 days ago'],
  [-200_000, 'in 3 minutes'],
])('%i ms are %j', (ms, words) => {
  expect(agoText(ms)).toBe(words);
});
