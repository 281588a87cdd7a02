import { expect, it } from 'vitest';
import { tickTexts } from '#explorer/web/app/parts/time-ticks.ts';

const NOON = Date.UTC(2026, 10, 23, 12) / 1000;

it('Marks of a time axis are dates and hours, with seconds only where neighbours would read the same', () => {
  expect(tickTexts([NOON, NOON + 60])).toEqual(['2026-11-23\n12:00', '2026-11-23\n12:01']);
  expect(tickTexts([NOON, NOON + 30, NOON + 60])).toEqual([
    '2026-11-23\n12:00:00',
    '2026-11-23\n12:00:30',
    '2026-11-23\n12:01:00',
  ]);
  expect(tickTexts([NOON])).toEqual(['2026-11-23\n12:00']);
  expect(tickTexts([])).toEqual([]);
});
