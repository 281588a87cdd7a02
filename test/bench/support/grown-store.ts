/** A store of any kind that grows without HTTP or signatures, by its own sequencer. */
import { randomBytes } from 'node:crypto';
import type { LogStore } from '#log-server/store/store.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';

/** Every so many-th leaf is kept, to be asked for. */
const SAMPLE = 97;

/** Adds `count` random entries, about as large as receipts; returns some of their leaf hashes. */
export async function growStore(
  { writer }: LogStore,
  count: number,
  batch: number,
): Promise<LeafHash[]> {
  const sample: LeafHash[] = [];
  for (let done = 0; done < count; done += batch) {
    const entries = Array.from({ length: Math.min(batch, count - done) }, () => {
      const bytes = randomBytes(670 + Math.floor(61 * Math.random()));
      return { bytes, leafHash: leafHash(bytes) };
    });
    await writer.sequence(entries);
    for (let i = 0; i < entries.length; i += SAMPLE) sample.push(entries[i]!.leafHash);
  }
  return sample;
}
