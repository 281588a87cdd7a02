/** A log as a harness reads it from round to round: on from where it was, or all of it again, and every time checked. */
import { expect } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { PATIENT } from '#test/support/wait.ts';

const TYPES = entryTypes(['tecp-receipt']);

export class ReadLog {
  /** Leaf hashes in hexadecimal digits. */
  readonly leaves: string[] = [];
  readonly #url: string;
  readonly #policy: Policy;
  #tree = TileBuilder.empty();

  constructor(url: string, policy: Policy) {
    this.#url = url;
    this.#policy = policy;
  }

  /** Reads on to the published checkpoint and checks all on the way: from the start, if asked for. */
  async readOn(fromTheStart: boolean): Promise<void> {
    const before = fromTheStart ? [...this.leaves] : undefined;
    if (fromTheStart) {
      this.#tree = TileBuilder.empty();
      this.leaves.length = 0;
    }
    const { problems, tree } = await checkLog(new HttpTileSource(this.#url, PATIENT), {
      policy: this.#policy,
      entryTypes: TYPES,
      from: this.#tree,
      onEntries: (entries, firstIndex) => {
        expect(firstIndex).toBe(this.leaves.length);
        this.leaves.push(...entries.map((entry) => toHex(leafHash(entry))));
      },
    });
    expect(problems).toEqual([]);
    this.#tree = tree;
    if (before !== undefined) expect(this.leaves.slice(0, before.length)).toEqual(before);
  }

  /** Every index that was answered, and is published, holds its entry. */
  expectHolds(leafAt: ReadonlyMap<number, string>): void {
    const wrong = [...leafAt].filter(([index, leaf]) => (this.leaves[index] ?? leaf) !== leaf);
    expect(wrong, 'indices that hold another entry than answered').toEqual([]);
  }
}
