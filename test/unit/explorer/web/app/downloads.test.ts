/** The data of pictures as files that other programs read, whatever names are in them. */
import { expect, it } from 'vitest';
import { csvOf } from '#explorer/search/csv.ts';
import { jsonOf } from '#explorer/web/app/parts/data-files.ts';

it('CSV keeps each cell apart from the others', () => {
  const rows = [
    ['plain', 1],
    ['with, comma and "quotes"', 2],
    ['two\nlines', 3],
  ] as const;
  expect(csvOf(['name', 'entries'], rows)).toBe(
    'name,entries\r\nplain,1\r\n"with, comma and ""quotes""",2\r\n"two\nlines",3\r\n',
  );
});

it('CSV has no cell that a spreadsheet takes for a formula', () => {
  for (const formula of ['=1+1', '+1', '-1+1', '@SUM(A1)', '\tx']) {
    expect(csvOf(['name'], [[formula]]).split('\r\n')[1]).toMatch(/^'/);
  }
  expect(csvOf(['name'], [[-1]])).toBe('name\r\n-1\r\n');
});

it('JSON has an object for each row', () => {
  expect(JSON.parse(jsonOf(['time', 'entries'], [['now', 3]]))).toEqual([
    { time: 'now', entries: 3 },
  ]);
});
