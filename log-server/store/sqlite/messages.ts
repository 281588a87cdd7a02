/** What passes between the server's main thread and the thread that owns the writer. */
import { asHash, asLeafHash, HASH_BYTES, type Hash } from '#protocol/merkle/hash.ts';
import type {
  Anchor,
  LogIdentity,
  NewEntry,
  SequencedBatch,
  SignedHead,
  StoreErrorKind,
} from '../store.ts';

/** Entries in one buffer, so that moving them to the other thread copies nothing. */
export interface PackedEntries {
  /** For each entry its leaf hash, then its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

export interface WriterThreadData {
  readonly path: string;
  readonly identity: LogIdentity;
}

export type WriterRequest =
  | { readonly call: 'sequence'; readonly entries: PackedEntries }
  | { readonly call: 'recordSigned'; readonly head: SignedHead; readonly previous?: number }
  | {
      readonly call: 'recordPublished';
      readonly note: string;
      readonly size: number;
      readonly anchors: readonly Anchor[];
    }
  | { readonly call: 'close' };

export type WriterFailure =
  | { readonly type: 'store'; readonly kind: StoreErrorKind; readonly message: string }
  | { readonly type: 'config'; readonly message: string }
  | { readonly type: 'passing'; readonly message: string }
  | { readonly type: 'bug'; readonly message: string; readonly stack?: string };

export type WriterAnswer =
  | { readonly id: number; readonly value: SequencedBatch | undefined }
  | { readonly id: number; readonly failure: WriterFailure };

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

export function unpackEntries({ bytes, lengths }: PackedEntries): NewEntry[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const start = at + HASH_BYTES;
    const leafHash = asLeafHash(bytes.subarray(at, start));
    at = start + length;
    return { leafHash, bytes: bytes.subarray(start, at) };
  });
}

/** Hashes lose their brand on the way between threads; this gives it back. */
export function rebrand<T extends { readonly root: Uint8Array }>(head: T): T & { root: Hash } {
  return { ...head, root: asHash(head.root) };
}
