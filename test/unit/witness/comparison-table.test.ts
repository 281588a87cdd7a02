/** What is remembered of a log's trees: the bounds, and the order. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { tempFolder } from '#test/support/temp.ts';
import { ComparisonTable, type SignedTree } from '#witness/comparison-table.ts';
import { openWitnessDatabase } from '#witness/schema.ts';

const ORIGIN = 'log.example/1';

function openTable() {
  const opened = openWitnessDatabase(join(tempFolder(), 'witness.db'), { create: true });
  onTestFinished(() => opened.close());
  const { db } = opened;
  db.prepare('INSERT INTO logs (origin, size, root, time_seconds) VALUES (?, 0, ?, 0)').run(
    ORIGIN,
    EMPTY_ROOT,
  );
  return { db, table: new ComparisonTable(db) };
}

function treeOf(size: number): SignedTree {
  return { size, root: EMPTY_ROOT, note: `size ${size}` };
}

it('remembers the newest 128 beginnings of a log, and never more than 160', () => {
  const { db, table } = openTable();
  const count = db.prepare<[], number>('SELECT count(*) FROM beginnings').pluck();
  for (let size = 1; size <= 400; size++) {
    table.addBeginning(ORIGIN, treeOf(size));
    expect(count.get()).toBeLessThanOrEqual(160);
    for (const kept of [size, Math.max(1, size - 127)]) {
      expect(table.beginning(ORIGIN, kept)).toEqual(treeOf(kept));
    }
  }
  expect(table.beginning(ORIGIN, 200)).toBeUndefined();
});

it('tells what is owed in the order in which it was learned, whoever told of it', () => {
  const { table } = openTable();
  table.add(ORIGIN, 'z', treeOf(9), 1);
  table.add(ORIGIN, 'a', treeOf(8), 2);
  table.add(ORIGIN, 'm', treeOf(7), 3);
  expect(table.owed(ORIGIN, 1).map(({ size }) => size)).toEqual([9, 8, 7]);
});
