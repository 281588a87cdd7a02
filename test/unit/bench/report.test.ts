import { expect, it } from 'vitest';
import { isMet, table, threadsText } from '#test/bench/support/report.ts';

it('a promise is kept at its limit, and no promise is neither kept nor broken', () => {
  const row = { what: 'x', figure: '' };
  expect(isMet({ ...row, ratio: 1.5, atMost: 1.5 })).toBe(true);
  expect(isMet({ ...row, ratio: 1.51, atMost: 1.5 })).toBe(false);
  expect(isMet({ ...row, ratio: 2, atLeast: 2 })).toBe(true);
  expect(isMet({ ...row, ratio: 1.99, atLeast: 2 })).toBe(false);
  expect(isMet({ ...row, ratio: Number.NaN, atMost: 1 })).toBe(false);
  expect(isMet({ ...row, ratio: 1 })).toBeUndefined();
  expect(isMet(row)).toBeUndefined();
});

it('a table has its columns below one another', () => {
  const lines = table([
    { what: 'fast', figure: '10 us', ratio: 1, of: 'x an echo', atMost: 1.5 },
    { what: 'something slow', figure: '1000 us', ratio: 0.5, of: 'of it', atLeast: 0.7 },
  ]).split('\n');
  const start = lines[0]!.indexOf('target');
  expect(lines.map((line) => line.slice(start).split(/ {2,}/))).toEqual([
    ['target', 'met'],
    ['at most 1.5', 'yes'],
    ['at least 0.7', 'NO'],
  ]);
});

it('threads of one name are told together, the most first', () => {
  const threads = new Map([
    ['main 1', 3],
    ['gc 2', 2],
    ['gc 3', 4],
  ]);
  expect(threadsText(threads)).toBe('gc x 2 6 us, main 3 us');
});
