/**
 * What the explorer has verified of its logs, kept so that it can be searched: the contract of such an index.
 * Normative: the suite in test/unit/explorer/index-suite.ts holds each kind of index to it.
 *
 * One writer and any number of readers, in threads of their own. A writer is handed nothing that has not been
 * verified. What an index is made of can be read again from the logs, but for evidence, and which checkpoints were
 * seen and when. Each `append` is one transaction: its entries, what they are found by, what they are counted in and
 * the tiles that they fill are all there or none.
 */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { Hash, LeafHash } from '#protocol/merkle/hash.ts';
import type { Tile } from '#protocol/merkle/tile-builder.ts';
import type { IndexRange } from '../search/answers.ts';
import type { Filters } from '../search/filters.ts';
import type { StatsNumbers } from '../search/tally.ts';

/** Entries of one bundle, or of the rest of one that had been begun, and what they add to the tree. */
export interface VerifiedEntries {
  readonly firstIndex: number;
  readonly entries: readonly Uint8Array[];
  readonly leaves: readonly LeafHash[];
  /** Codes of those that must not stand in a log, by their place in `entries`. */
  readonly faults: ReadonlyMap<number, string>;
  /** In their greatest width so far; a wider one takes the place of a narrower one. */
  readonly tiles: readonly Tile[];
}

/** A verified checkpoint, as it is listed. */
export interface ListedCheckpoint {
  readonly size: number;
  readonly root: Hash;
  /** When it was seen first, Unix milliseconds. */
  readonly seenMs: number;
  /** By the witnesses' names in the policy, POSIX seconds. */
  readonly cosigned: readonly { readonly witness: string; readonly timeSeconds: number }[];
  /** The signed note, with the lines of the log and of those witnesses alone; where it was asked for. */
  readonly note?: string;
}

export interface SeenCheckpoint extends ListedCheckpoint {
  readonly note: string;
}

export interface StoredEvidence {
  /** `evidenceId`. */
  readonly id: string;
  readonly document: Uint8Array;
  readonly foundMs: number;
}

/** How far the index is with a log. */
export interface LogProgress {
  readonly origin: string;
  /** Entries that are here; at least the size of `confirmed`. */
  readonly size: number;
  /** The checkpoint of which everything is here; what readers are shown. */
  readonly confirmed: SeenCheckpoint | undefined;
  /** What was begun last and is not confirmed yet: entries beyond `confirmed` are of its tree, or of its beginning. */
  readonly begun: SeenCheckpoint | undefined;
  /** Ids; a log that has any is frozen. */
  readonly evidence: readonly string[];
}

/** Calls do not overlap. They reject with `SearchIndexError`, and with RangeError where they break this contract. */
export interface IndexWriter {
  /** Makes the log known if it is not. */
  progress(origin: string): Promise<LogProgress>;

  /**
   * Has the tree on record, durably, of which entries are appended from now on, in the place of one that was begun
   * before: whatever the log shows after a kill can be compared with it. No entry is shown by this.
   */
  begin(origin: string, checkpoint: SeenCheckpoint): Promise<void>;

  /** Entries from `progress.size` on, of any number of bundles in their order. */
  append(origin: string, verified: readonly VerifiedEntries[]): Promise<void>;

  /**
   * All of this checkpoint is here, and nothing beyond it: it is shown from now on, and kept among those that were
   * seen, of which the newest 10,000 stay. One of the same tree takes the place of what was seen of it before.
   */
  confirm(origin: string, checkpoint: SeenCheckpoint): Promise<void>;

  /** As a reader has it: by its own tiles a log is convicted that does not show them any more. */
  readonly tile: IndexReader['tile'];

  /** Keeps evidence, once. Nothing is added to the log afterwards: `begin`, `append` and `confirm` reject. */
  freeze(origin: string, evidence: readonly StoredEvidence[]): Promise<void>;

  close(): Promise<void>;
}

export interface FoundEntry {
  readonly log: string;
  readonly index: number;
  readonly leafHash: LeafHash;
  readonly bytes: Uint8Array;
  readonly fault: string | undefined;
}

/** Where a search goes on. It grows with time, over all logs: what is appended later comes before every page. */
export type Cursor = number & { readonly __brand: 'cursor' };

export interface FoundPage {
  /** Newest first, by when they were appended; of one log, by descending index. */
  readonly entries: readonly FoundEntry[];
  /** By origin, for each log that was searched: what passes of these of its entries is on the page. */
  readonly searched: ReadonlyMap<string, IndexRange>;
  /** Absent when there is nothing older. */
  readonly next: Cursor | undefined;
}

export interface AskedCheckpoints {
  readonly limit: number;
  /** Of smaller sizes alone. */
  readonly before?: number;
  readonly notes?: boolean;
}

/** Sees only what is confirmed. Calls may overlap. They reject with `SearchIndexError`. */
export interface IndexReader {
  logs(): Promise<readonly LogProgress[]>;

  /** One of them; undefined for a log that no writer has made known. */
  log(origin: string): Promise<LogProgress | undefined>;

  /**
   * At most `limit` entries that pass, older than the cursor where there is one. Looks through a bounded number of
   * entries: a page may hold less, or nothing, and still have a next one. Of each log a page answers for entries that
   * join those of the page before, and the last one down to index 0.
   */
  search(filters: Filters, limit: number, cursor?: Cursor): Promise<FoundPage>;

  /** Undefined where the confirmed tree has no such entry. */
  entry(origin: string, index: number): Promise<FoundEntry | undefined>;

  /**
   * When the first checkpoint that was confirmed with this entry was seen, Unix milliseconds: it stays the same,
   * also when that checkpoint is kept no more. Undefined where the confirmed tree has no such entry.
   */
  firstSeenMs(origin: string, index: number): Promise<number | undefined>;

  /** Entries `from` to, not including, `to` of the confirmed tree, at most 256. */
  entries(origin: string, from: number, to: number): Promise<readonly Uint8Array[]>;

  /** The first `width` hashes of a tile, concatenated; undefined where the confirmed tree has no such tile. */
  tile(
    origin: string,
    level: number,
    index: number,
    width: number,
  ): Promise<Uint8Array | undefined>;

  /** What all entries of the confirmed tree come to, with hours up to `lastHourOf` when it was seen first. */
  counts(origin: string): Promise<StatsNumbers>;

  /** Newest first, with their notes where they are asked for. */
  checkpoints(origin: string, asked: AskedCheckpoints): Promise<readonly ListedCheckpoint[]>;

  evidence(id: string): Promise<StoredEvidence | undefined>;

  close(): Promise<void>;
}

/**
 * - `frozen`: the log has contradicted itself, and nothing is added.
 * - `full`: nothing was changed, and a later try may succeed.
 * - `overloaded`: more is asked for than can be answered soon.
 * - `failed`: the storage fails or is damaged; the process cannot go on.
 */
export type SearchIndexErrorKind = 'frozen' | 'full' | 'overloaded' | 'failed';

export class SearchIndexError extends Error {
  override readonly name = 'SearchIndexError';
  readonly kind: SearchIndexErrorKind;

  constructor(kind: SearchIndexErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What an index is opened with. */
export interface IndexOptions {
  /**
   * By whose descriptions entries are found. An index that was made with others is refused to readers, and emptied
   * for a writer: evidence, and which checkpoints were seen and when, stay, and the last one is `begun`.
   */
  readonly types: readonly EntryType[];
}

export interface IndexWriterOptions extends IndexOptions {
  /** Whether entries are judged before they are appended. One index has none that were not, or none that were. */
  readonly judged: boolean;
}
