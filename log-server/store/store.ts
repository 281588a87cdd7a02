/**
 * The contract of a log's store. Normative: every store must behave as written here, and the suite
 * in test/unit/log-server/store-suite.ts holds each of them to it.
 *
 * One process holds the exclusive lease and is the only writer. Any number may read. A reader sees
 * every write as soon as the writer's call has returned, and never sees half of one.
 */
import type { Hash, LeafHash } from '#protocol/merkle/hash.ts';

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

export interface Sequenced {
  readonly index: number;
  /** Whether the entry was in the log, or earlier in the same batch. */
  readonly duplicate: boolean;
}

export interface SequencedBatch {
  /** One for each entry, in their order. */
  readonly results: readonly Sequenced[];
  /** The durable tree, which covers every index in `results`. */
  readonly head: TreeHead;
}

export type StoreErrorKind =
  /** There is no room. Nothing was persisted; the same write may succeed later. */
  | 'full'
  /** The lease is lost, or the state is not what the caller last saw: it must not go on. */
  | 'conflict'
  /** The log is frozen, and has not all of these entries. Nothing was persisted, nor ever will be. */
  | 'frozen'
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

/** What was decided of a store as a whole. */
export interface StoreState {
  /** The tree never grows again; it can still be signed and published. */
  readonly isFrozen: boolean;
  /** Name of the place where the log is now, for ever: nothing is written here again. */
  readonly movedTo: string | undefined;
  /** Name of the place that the log is to be moved from: this store is not the log's yet. */
  readonly arrivingFrom: string | undefined;
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

  /**
   * The hashes of a strip (strips.ts), concatenated, as many as are stored; undefined if there is
   * none. At most 512 bytes. O(log size).
   */
  strip(level: number, index: number): Promise<Uint8Array | undefined>;

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

  state(): Promise<StoreState>;
}

/** Keeps checkpoints. Every write is atomic, and durable when it returns, as in `SequencingWriter`. */
export interface CheckpointRecorder {
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

/**
 * Ends what can be written, for ever. Every write is atomic, and durable when it returns; rejects with
 * 'conflict' if the lease is lost. The database itself refuses afterwards what is ruled out, whoever has it open.
 */
export interface LogEnder {
  /** Freezes the log: its tree never grows again. Changes nothing in one that is frozen. */
  freeze(): Promise<void>;

  /**
   * Notes that the log has moved to the place of that name. Nothing is written here afterwards, and `open`
   * rejects. Rejects with 'conflict' if it has moved already.
   */
  moveTo(place: string): Promise<void>;
}

/**
 * The only writer of a log. Calls are served one after another, in the order in which they are made.
 *
 * Every write is atomic, and durable when it returns: it survives kill -9 and power loss. A call
 * that was made, and not answered, when the process ended may have been persisted or not.
 */
export interface SequencingWriter extends CheckpointRecorder, LogEnder {
  /**
   * Gives each entry its index: that which it has if the log, or the batch, holds it already, else the
   * next one. Commits the new ones, their leaf hashes, tiles and the tree head in one transaction.
   * Rejects with `StoreError`: after 'full' and 'frozen' nothing was added, after 'failed' the same entries
   * may be sequenced again, after 'conflict' the process must end. A frozen log still tells the indices of
   * entries that it has all of.
   */
  sequence(entries: readonly NewEntry[]): Promise<SequencedBatch>;
}

/** An open store, with the lease on it. */
export interface LogStore {
  readonly reader: LogReader;
  readonly writer: SequencingWriter;
  /** What an operator is to be told at each start, if anything: the middle of a sentence. */
  readonly caution?: string;
  /** Finishes what was called, then gives the lease up; every later write rejects with 'failed'. */
  close(): Promise<void>;
}

/** A store that is only read. */
export interface OpenReader extends LogReader {
  close(): Promise<void>;
}

/** How far a copy is; in which units, the store says. */
export type OnCopyProgress = (done: number, total: number) => void;

/** Where the store of one log is, or is to be, by its configuration. */
export interface StoreLocation {
  /** For people, and to tell stores apart: two logs with the same one would share it. No secrets. */
  readonly name: string;

  /**
   * Where the high-water mark stands, unless the configuration says. Throws `ConfigError` if it has
   * to say.
   */
  defaultMarkPath(): string;

  /** Whether a store has been made here. */
  exists(): Promise<boolean>;

  /**
   * Makes the store of a new log; one of that log which is there stays as it is. Rejects with
   * `ConfigError` if it is in use, or of another log or another key.
   */
  create(identity: LogIdentity): Promise<void>;

  /**
   * Takes the lease, and ends that of any writer before, whose writes then reject with 'conflict'.
   * Rejects with `ConfigError` if there is no store, it is in use where that can be known, it is of another
   * log or another key, has moved away, or has not arrived yet. Afterwards `onLost` is told, once, if the writer
   * fails for good by itself: every call rejects with 'failed' from then on.
   */
  open(identity: LogIdentity, onLost: OnLost): Promise<LogStore>;

  /** Where several processes may have it open at once; absent where it is one process's own. */
  readonly shared?: SharedStore;

  /**
   * Opens it for reading alone, whoever holds the lease, and takes none. Rejects with `ConfigError` if there
   * is no store, or it is of another log, another key or another version of the program.
   */
  openReader(identity: LogIdentity): Promise<OpenReader>;

  /**
   * Copies the store, as it is at one moment, into a file that is not there; whoever holds the lease goes on
   * meanwhile. `check` reads the copy before it is given its name, for which it has to resolve. A file that
   * has the name is replaced at once, or kept: then it rejects with `ConfigError`.
   */
  backUp(identity: LogIdentity, file: string, options: BackUpOptions): Promise<void>;

  /**
   * Makes a file that `backUp` wrote, with any version of the program until now, the store: where there is
   * none, with the schema of this version, frozen if the copy is, and checked as by `backUp`. Rejects with
   * `ConfigError`.
   */
  restore(identity: LogIdentity, file: string, options: RestoreOptions): Promise<void>;

  /** Makes what is arriving the log's store. Changes nothing in one that is. Rejects with `ConfigError`. */
  settle(identity: LogIdentity): Promise<void>;
}

export interface CopyingOptions {
  readonly onProgress: OnCopyProgress;
  readonly check: (copy: LogReader) => Promise<void>;
}

export interface RestoreOptions extends CopyingOptions {
  /** Name of the place that the log is to be moved from: until `settle` this is not its store. */
  readonly arrivingFrom?: string;
}

export interface BackUpOptions extends CopyingOptions {
  /** Whether a file that is there is replaced. */
  readonly replace: boolean;
}

/**
 * A store that several processes have open, on several machines: one of them has the lease and writes, all of them
 * read. When to take the lease from another is decided by those who want it; that nothing is written without it is
 * what the store sees to.
 */
export interface SharedStore {
  /** As `StoreLocation.openReader`, but a store of an older version of the program is brought up to date, as by `open`. */
  openReader(identity: LogIdentity): Promise<SharedReader>;

  /**
   * As `StoreLocation.open`, and says where the holder is found. Rejects with `StoreError('conflict')`, and changes
   * nothing, if somebody has taken the lease after it was `seen`.
   */
  take(identity: LogIdentity, wanted: WantedLease, onLost: OnLost): Promise<LeasedStore>;
}

export type OnLost = (error: Error) => void;

/** Who has the lease, at one moment. */
export interface Lease {
  /** Raised by each who takes it. */
  readonly fencing: number;
  /** Raised by its holder as long as it lives. */
  readonly beats: number;
  /** What its holder said when it took it; undefined where nobody has said anything. */
  readonly holder: string | undefined;
  /** Whether the holder's session with the store has ended: nobody has to wait for its next beat. */
  readonly isAbandoned: boolean;
}

export interface WantedLease {
  /** `Lease.fencing` as it was when it was found to be free. */
  readonly seen: number;
  /** For those who read `Lease.holder`; at most 2,000 characters. */
  readonly holder: string;
}

/** How the log and its lease stand, all of one moment. */
export interface Overview {
  readonly lease: Lease;
  readonly head: TreeHead;
  /** Size of the checkpoint signed last; undefined before the first. */
  readonly signedSize: number | undefined;
  readonly published: string | undefined;
  readonly newestAnchorSize: number;
  readonly isFrozen: boolean;
}

export interface SharedReader extends OpenReader {
  overview(): Promise<Overview>;
}

export interface LeasedStore extends LogStore {
  /** Of this lease. */
  readonly fencing: number;
  /** Says that the holder lives. Rejects as every write: with 'conflict' once the lease is another's. */
  beat(): Promise<void>;
}
