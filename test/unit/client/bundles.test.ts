/** Bundles are fetched ahead of a walk, in their order, and never more of them than the limits say. */
import { expect, it } from 'vitest';
import { judgedBundles } from '#client/bundles.ts';
import { judgeHere } from '#client/entry-judge.ts';
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';

const FULL = 256;
const MIB = 1024 * 1024;
const SMALL = encodeUtf8('entry');
const LARGE = new Uint8Array(65_535);

/** A log of full bundles, which counts those that were asked for. */
class Bundles implements TileSource {
  asked = 0;
  readonly #entry: Uint8Array;

  constructor(entry: Uint8Array) {
    this.#entry = entry;
  }

  async entries(_index: number, width: number): Promise<Uint8Array[]> {
    this.asked++;
    return Array.from({ length: width }, () => this.#entry);
  }

  async tile(): Promise<Uint8Array> {
    return new Uint8Array();
  }

  async checkpoint(): Promise<string> {
    return '';
  }
}

/** How many bundles were on their way or here, the one that is dealt with included, at each step. */
async function ahead(entry: Uint8Array, count: number, bundlesAtOnce: number): Promise<number[]> {
  const source = new Bundles(entry);
  const judge = { judge: async () => [], bundlesAtOnce };
  const counts: number[] = [];
  for await (const _ of judgedBundles({ source, from: 0, to: count * FULL, judge })) {
    // What arrives by then has been asked for as early as it may be.
    await new Promise((resolve) => setImmediate(resolve));
    counts.push(source.asked - counts.length);
  }
  return counts;
}

it.each([0, 2, 10, 40])('four bundles, and %i more that keep the judge busy', async (atOnce) => {
  const counts = await ahead(SMALL, 60, atOnce);
  expect(counts).toHaveLength(60);
  expect(Math.max(...counts)).toBe(4 + atOnce);
});

it('no more than 32 MiB that wait, once it is known how large bundles are', async () => {
  const counts = await ahead(LARGE, 20, 100);
  expect(counts[0]).toBeLessThanOrEqual(8);
  const bundleBytes = FULL * LARGE.length;
  const most = Math.max(...counts.slice(8));
  expect((most - 2) * bundleBytes).toBeLessThan(32 * MIB);
});

it('come in their order, whichever arrives first, and a failure when its turn has come', async () => {
  const source = new Bundles(SMALL);
  const firstIndices: number[] = [];
  const entries = source.entries.bind(source);
  source.entries = async (index, width) => {
    if (index === 6) throw new RemoteError('timeout', 'tile/entries/006', 'no answer');
    if (index % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    return await entries(index, width);
  };
  const judge = judgeHere(entryTypes(['opaque']));
  const walk = async (): Promise<void> => {
    for await (const { firstIndex } of judgedBundles({ source, from: 300, to: 2500, judge })) {
      firstIndices.push(firstIndex);
    }
  };
  await expect(walk()).rejects.toMatchObject({ kind: 'timeout' });
  expect(firstIndices).toEqual([300, 512, 768, 1024, 1280]);
});
