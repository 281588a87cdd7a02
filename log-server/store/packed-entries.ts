/** Entries on their way from one thread, or process, to another: in one buffer, so that moving them copies nothing. */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asLeafHash, HASH_BYTES, leafHash } from '#protocol/merkle/hash.ts';
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

/**
 * The same of entries that another process has packed, which may be of another version, or at fault: a wrong hash would
 * stand in the signed tree for ever. Throws `ProtocolError` for one that is not that of its bytes.
 */
export function unpackForeignEntries(packed: PackedEntries): NewEntry[] {
  const entries = unpackEntries(packed);
  for (const entry of entries) {
    if (equalBytes(entry.leafHash, leafHash(entry.bytes))) continue;
    throw new ProtocolError(
      'bad-encoding',
      'an entry was handed over with the hash of another one',
    );
  }
  return entries;
}
