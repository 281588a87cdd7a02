/** Anchors as readers get them: each is read and parsed once while it is asked for. */
import { expect, it } from 'vitest';
import { AnchorReader } from '#log-server/serving/anchor-reader.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { newEntries, signedHead } from './batches.ts';

it('finds the earliest anchor that covers an index, and asks the store once for those between two', async () => {
  const tree = TileBuilder.empty();
  const anchors = newEntries(0, 30).flatMap(({ leafHash }) => {
    tree.append(leafHash);
    return [5, 12, 30].includes(tree.size) ? [signedHead(tree)] : [];
  });
  const asked: number[] = [];
  const reader = new AnchorReader({
    anchor: async (size) => anchors.find((anchor) => anchor.size === size),
    anchorCovering: async (index) => {
      asked.push(index);
      return anchors.find(({ size }) => size > index);
    },
  });
  // Known from here on, but not since when it is the earliest.
  await reader.ofSize(30);
  const order = [29, 8, 11, 5, 7, 4, 0, 3, 12, 20, 29, 30];
  for (const index of order) {
    const expected = anchors.find(({ size }) => size > index)?.size;
    expect((await reader.covering(index))?.size).toBe(expected);
  }
  expect(asked).toEqual([8, 5, 4, 0, 12, 30]);
});
