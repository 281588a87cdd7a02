/** The benchmarks run, if only for a moment: what they measure there says nothing. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Row } from '#test/bench/support/report.ts';
import { ROOT } from '#test/support/processes.ts';

/** The rows that a benchmark hands in. */
async function rowsOf(name: string, ...args: string[]): Promise<Row[]> {
  const child = fork(join(ROOT, `test/bench/${name}.ts`), args, { silent: true });
  let stderr = '';
  child.stderr!.on('data', (text: Buffer) => (stderr += text));
  let rows: Row[] = [];
  child.on('message', (message: { rows: Row[] }) => {
    rows = message.rows;
  });
  const [code] = await once(child, 'close');
  expect(code, stderr).toBe(0);
  return rows;
}

describe('a benchmark', () => {
  it('of submissions puts each cost beside a verification and an echo of the same run', async () => {
    const rows = await rowsOf('submissions', '--entries=100');
    expect(rows.map(({ what }) => what.trim())).toContain('single POST, 64 connections');
    expect(rows.map(({ what }) => what.trim())).toContain('all are duplicates');
    // So few requests may take less than what processor time is counted in.
    for (const { what, ratio } of rows) expect(ratio, what).toBeGreaterThanOrEqual(0);
  });

  it("of an explorer's index has each kind of search beside what was promised of all", async () => {
    const rows = await rowsOf('explorer', '--entries=3000', '--asked=2');
    const searches = rows.filter(({ what }) => what.startsWith('search: '));
    expect(searches.length).toBeGreaterThan(20);
    for (const { what, ratio, atMost } of searches)
      expect([what, ratio! > 0, atMost]).toEqual([what, true, 1]);
    expect(rows.filter(({ what }) => what.startsWith('indexer, ')).length).toBe(2);
  });
});
