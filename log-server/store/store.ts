/**
 * The contract of a log's store. Normative: every store must behave as written here, and the suite
 * in test/unit/log-server/store-suite.ts holds each of them to it.
 *
 * One process holds the exclusive lease and is the only writer. Any number may read. A reader sees
 * every write as soon as the writer's call has returned, and never sees half of one.
 */
import type { Hash, LeafHash } from '#protocol/merkle/hash.ts';
import type { Tile } from '#protocol/merkle/tile-builder.ts';

export interface TreeHead {
  /** Count of leaves. */
  readonly size: number;
  readonly root: Hash;
}

export interface SignedHead extends TreeHead {
  /** The note with the log's own signature, without cosignatures. */
  readonly note: string;
}

/** A published checkpoint that is kept for ever, as it was, so that a proof under it stays the same. */
export interface Anchor {
  readonly size: number;
  /** The note with its cosignatures. */
  readonly note: string;
}

/** What a store belongs to. It is fixed when the store is created. */
export interface LogIdentity {
  readonly origin: string;
  /** Verifier key of the log, in text form. */
  readonly verifierKey: string;
}

export interface NewEntry {
  readonly bytes: Uint8Array;
  readonly leafHash: LeafHash;
}

export interface AppendBatch {
  /** Index of the first entry, which is the size of the tree before the batch. */
  readonly firstIndex: number;
  /** At least one, with pairwise different leaf hashes that the store does not hold. */
  readonly entries: readonly NewEntry[];
  /** Every tile that the batch fills or widens. */
  readonly tiles: readonly Tile[];
  /** Of the tree after the batch; `head.size` is `firstIndex + entries.length`. */
  readonly head: TreeHead;
}

export type StoreErrorKind =
  /** There is no room. Nothing was persisted; the same write may succeed later. */
  | 'full'
  /** The lease is lost, or the state is not what the caller last saw: it must not go on. */
  | 'conflict'
  /** The store failed; whether the write was persisted is unknown until it is read again. */
  | 'failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** Reading never waits for writing. Every method rejects with `StoreError('failed')`. */
export interface LogReader {
  /** The newest durable tree. */
  treeHead(): Promise<TreeHead>;

  /**
   * The hashes of a tile, concatenated, in the greatest width that is stored; undefined if there is
   * none. At most 8,192 bytes. O(log size).
   */
  tile(level: number, index: number): Promise<Uint8Array | undefined>;

  /** Entries `first` to `first + count - 1`, fewer where the log ends. O(log size + count). */
  entries(first: number, count: number): Promise<Uint8Array[]>;

  /** For each leaf hash its index, or undefined if the log does not hold it. O(log size) each. */
  findLeaves(leafHashes: readonly LeafHash[]): Promise<(number | undefined)[]>;

  /** The checkpoint signed last, the greatest in size; undefined before the first. */
  lastSigned(): Promise<SignedHead | undefined>;

  /** Notes of signed checkpoints of more than `afterSize` leaves, ascending, at most `limit`. */
  signedAfter(afterSize: number, limit: number): Promise<SignedHead[]>;

  /** The checkpoint published last, with its cosignatures; undefined before the first. */
  published(): Promise<string | undefined>;

  /** The smallest anchor of more than `index` leaves; undefined if there is none. O(log size). */
  anchorCovering(index: number): Promise<Anchor | undefined>;

  /** The anchor of exactly this size. O(log size). */
  anchor(size: number): Promise<Anchor | undefined>;

  /** Size of the greatest anchor; 0 before the first. O(log size). */
  newestAnchorSize(): Promise<number>;

  close(): Promise<void>;
}

/**
 * A writer holds the lease from opening to closing. Opening it ends the lease of any writer before
 * it, whose writes then fail with 'conflict'.
 *
 * Every write is atomic, and durable when it returns: it survives kill -9 and power loss.
 */
export interface LogWriter extends LogReader {
  /**
   * Commits entries, their leaf hashes, tiles and the tree head in one transaction. Rejects with
   * 'conflict', changing nothing, unless the stored size is `firstIndex`, all leaf hashes are new
   * and the lease is held.
   */
  append(batch: AppendBatch): Promise<void>;

  /**
   * Records a checkpoint before its signature leaves the process. Rejects with 'conflict' unless
   * the size signed last is `previousSize` (undefined for none) and the new one is greater.
   */
  recordSigned(head: SignedHead, previousSize: number | undefined): Promise<void>;

  /**
   * Replaces the published checkpoint, and keeps anchors, in one transaction. Rejects with 'conflict',
   * changing nothing, if the new size is smaller, or an anchor is not greater than those before it.
   */
  recordPublished(note: string, size: number, anchors: readonly Anchor[]): Promise<void>;
}
