/** What passes between the server's main thread and the thread that owns the writer. */
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import type { PackedEntries } from '../packed-entries.ts';
import type { Anchor, LogIdentity, SequencedBatch, SignedHead, StoreErrorKind } from '../store.ts';

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
  | { readonly call: 'freeze' }
  | { readonly call: 'moveTo'; readonly place: string }
  | { readonly call: 'close' };

export type WriterFailure =
  | { readonly type: 'store'; readonly kind: StoreErrorKind; readonly message: string }
  | { readonly type: 'config'; readonly message: string }
  | { readonly type: 'passing'; readonly message: string }
  | { readonly type: 'bug'; readonly message: string; readonly stack?: string };

export type WriterAnswer =
  | { readonly id: number; readonly value: SequencedBatch | undefined }
  | { readonly id: number; readonly failure: WriterFailure };

/** Hashes lose their brand on the way between threads; this gives it back. */
export function rebrand<T extends { readonly root: Uint8Array }>(head: T): T & { root: Hash } {
  return { ...head, root: asHash(head.root) };
}
