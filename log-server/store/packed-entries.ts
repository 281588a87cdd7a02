/** Entries on their way from one thread to another: in one buffer, so that moving them copies nothing. */
import { asLeafHash, HASH_BYTES } from '#protocol/merkle/hash.ts';
import type { NewEntry } from './store.ts';

export interface PackedEntries {
  /** For each entry its leaf hash, then its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

export function packEntries(entries: readonly NewEntry[]): PackedEntries {
  const lengths = Uint32Array.from(entries, ({ bytes }) => bytes.length);
  const total = lengths.reduce((sum, length) => sum + HASH_BYTES + length, 0);
  const packed = new Uint8Array(total);
  let at = 0;
  for (const { bytes, leafHash } of entries) {
    packed.set(leafHash, at);
    packed.set(bytes, at + HASH_BYTES);
    at += HASH_BYTES + bytes.length;
  }
  return { bytes: packed, lengths };
}

/** Views of the one buffer. */
export function unpackEntries({ bytes, lengths }: PackedEntries): NewEntry[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const start = at + HASH_BYTES;
    const leafHash = asLeafHash(bytes.subarray(at, start));
    at = start + length;
    return { leafHash, bytes: bytes.subarray(start, at) };
  });
}
