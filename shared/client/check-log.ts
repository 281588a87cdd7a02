/**
 * Re-derives a log from its entries: every leaf hash, every tile, every root, every stored checkpoint.
 *
 * This one function is the audit command over HTTP, the monitor's way to follow a log (from where
 * it last was) and what tests call after nearly every step. It trusts nothing but the policy's keys.
 */
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import { recogniseEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Hash, leafHash } from '#protocol/merkle/hash.ts';
import { type Tile, TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { entriesPath, TILE_WIDTH, tilePath, tileWidth } from '#protocol/merkle/tiles.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import { openWithPolicy, type Policy, type WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import { type JudgedBundle, judgedBundles } from './bundles.ts';
import { type EntryFault, type EntryJudge, JUDGE_NOTHING, judgeHere } from './entry-judge.ts';
import { RemoteError } from './http.ts';
import type { TileSource } from './tile-source.ts';

export type LogProblemKind =
  | 'checkpoint' // not signed by a trusted log, malformed, or smaller than what was seen before
  | 'quorum'
  | 'entry' // not valid for its type, or its signature does not verify
  | 'bundle'
  | 'tile'
  | 'root' // the entries do not make the tree that the checkpoint commits to
  | 'stored-checkpoint' // one that the log signed earlier does not fit the tree
  | 'unavailable';

export interface InvalidEntry {
  readonly index: number;
  readonly leafHash: Hash;
  readonly bytes: Uint8Array;
  /** What it claims to be, of the types that the log carries; undefined if none of them. */
  readonly type: string | undefined;
}

export interface LogProblem {
  readonly kind: LogProblemKind;
  /** A path under the log's prefix, `entry <index>` or `checkpoint <size>`. */
  readonly where: string;
  /** Error code of an invalid entry. */
  readonly code?: string;
  readonly detail: string;
  /** The invalid entry. */
  readonly entry?: InvalidEntry;
}

/** A source that can also show every checkpoint it ever signed: a store, not a remote log. */
export interface AuditableSource extends TileSource {
  /** Signed notes in ascending order of size. */
  signedCheckpoints?(): AsyncIterable<string>;
}

/** Whether entries are judged by their type, or only made into the tree. */
export type EntryChecks = 'check' | 'tree-only';

export interface CheckLogOptions {
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  /** `check` if absent. */
  readonly entries?: EntryChecks;
  /** Who judges the entries, by `entryTypes`; this thread if absent. */
  readonly judge?: EntryJudge;
  /** A tree that was checked before, to continue from. It is not changed. */
  readonly from?: TileBuilder;
  /**
   * Called after each bundle with the tree so far, whose root is not confirmed before the end, and the
   * number of problems so far, at most 100.
   */
  readonly onProgress?: (tree: TileBuilder, size: number, problems: number) => void | Promise<void>;
  /** Called with each run of entries, in their order and before the progress that they make. */
  readonly onEntries?: (entries: readonly Uint8Array[], firstIndex: number) => void;
  /** Called for each problem as it is found. With it the walk goes on past the 100 of the report. */
  readonly onProblem?: (problem: LogProblem) => void;
  readonly signal?: AbortSignal;
}

export interface LogReport {
  /** Empty if all is well. The first 100, in the order found; the first is the one to look at. */
  readonly problems: readonly LogProblem[];
  /** Absent when no checkpoint could be read or trusted. */
  readonly checkpoint?: WitnessedCheckpoint;
  /** The tree as re-derived; equal to the checkpoint's when there is no problem. */
  readonly tree: TileBuilder;
  readonly entriesChecked: number;
  readonly tilesChecked: number;
}

const MAX_PROBLEMS = 100;

/** Ends the walk after a problem that leaves nothing to go on with. */
class StopCheck extends Error {}

/** Rejects only when `signal` is aborted or `onProgress` throws; all else is in the report. */
export async function checkLog(
  source: AuditableSource,
  options: CheckLogOptions,
): Promise<LogReport> {
  const check = new LogCheck(source, options);
  try {
    await check.run();
  } catch (error) {
    if (!(error instanceof StopCheck)) throw error;
  }
  return check.report();
}

class LogCheck {
  readonly #source: AuditableSource;
  readonly #options: CheckLogOptions;
  // All owned by the one `run` of this object.
  readonly #problems: LogProblem[] = [];
  readonly #tree: TileBuilder;
  readonly #stored: AsyncIterator<string> | undefined;
  /** The next stored checkpoint to come; its size is above the tree's between any two steps. */
  #nextStored: Checkpoint | undefined;
  #checkpoint: WitnessedCheckpoint | undefined;
  #entriesChecked = 0;
  #tilesChecked = 0;

  constructor(source: AuditableSource, options: CheckLogOptions) {
    this.#source = source;
    this.#options = options;
    this.#tree = options.from?.clone() ?? TileBuilder.empty();
    this.#stored = source.signedCheckpoints?.()[Symbol.asyncIterator]();
  }

  report(): LogReport {
    const report = {
      problems: this.#problems,
      tree: this.#tree,
      entriesChecked: this.#entriesChecked,
      tilesChecked: this.#tilesChecked,
    };
    return this.#checkpoint === undefined ? report : { ...report, checkpoint: this.#checkpoint };
  }

  async run(): Promise<void> {
    const { size, root } = (await this.#openCheckpoint()).checkpoint;
    if (size < this.#tree.size) {
      const detail = `size ${size} is smaller than ${this.#tree.size}, which was seen before`;
      this.#stop({ kind: 'checkpoint', where: `checkpoint ${size}`, detail });
    }
    await this.#walkEntries(size);
    await this.#checkTiles(this.#tree.partialTiles());
    if (!equalBytes(this.#tree.root(), root)) {
      const detail = 'the entries do not make the tree that the checkpoint commits to';
      this.#stop({ kind: 'root', where: `checkpoint ${size}`, detail });
    }
  }

  #add(problem: LogProblem): void {
    const { onProblem } = this.#options;
    onProblem?.(problem);
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
    if (onProblem === undefined && this.#problems.length >= MAX_PROBLEMS) throw new StopCheck();
  }

  #stop(problem: LogProblem): never {
    this.#add(problem);
    throw new StopCheck();
  }

  /** What a source answered, or the end of the walk. */
  async #read<T>(kind: LogProblemKind, where: string, read: () => Promise<T> | T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (error instanceof RemoteError) {
        this.#stop({ kind: 'unavailable', where, detail: error.message });
      }
      if (error instanceof ProtocolError) this.#stop({ kind, where, detail: error.message });
      throw error;
    }
  }

  async #openCheckpoint(): Promise<WitnessedCheckpoint> {
    const opened = await this.#read('checkpoint', 'checkpoint', async () =>
      openWithPolicy(await this.#source.checkpoint(), this.#options.policy),
    );
    this.#checkpoint = opened;
    if (!opened.quorumMet) {
      const names = opened.cosignatures.map(({ witness }) => witness).join(', ') || 'nobody';
      const detail = `cosigned by ${names}, which is no quorum`;
      this.#add({ kind: 'quorum', where: `checkpoint ${opened.checkpoint.size}`, detail });
    }
    return opened;
  }

  async #walkEntries(size: number): Promise<void> {
    const { entryTypes, judge = judgeHere(entryTypes) } = this.#options;
    const bundles = judgedBundles({
      source: this.#source,
      from: this.#tree.size,
      to: size,
      judge: this.#options.entries === 'tree-only' ? JUDGE_NOTHING : judge,
    });
    await this.#checkStoredCheckpoints();
    while (this.#tree.size < size) {
      this.#options.signal?.throwIfAborted();
      const index = Math.floor(this.#tree.size / TILE_WIDTH);
      const where = entriesPath(index, tileWidth('entries', index, size));
      const { value } = await this.#read('bundle', where, () => bundles.next());
      await this.#checkBundle(value!);
      await this.#options.onProgress?.(this.#tree, size, this.#problems.length);
    }
  }

  async #checkBundle({ entries, firstIndex, faults, tile }: JudgedBundle): Promise<void> {
    for (const entry of entries) {
      this.#tree.append(leafHash(entry));
      if (this.#nextStored !== undefined) await this.#checkStoredCheckpoints();
    }
    for (const fault of await faults) {
      this.#add(this.#invalidEntry(entries[fault.at]!, firstIndex + fault.at, fault));
    }
    this.#options.onEntries?.(entries, firstIndex);
    this.#entriesChecked += entries.length;
    const changed = this.#tree.takeChanged();
    const full = changed.filter(({ hashes }) => hashes.length === TILE_WIDTH);
    await this.#checkTiles(full, tile);
  }

  #invalidEntry(bytes: Uint8Array, index: number, { code, detail }: EntryFault): LogProblem {
    const type = recogniseEntry(bytes, this.#options.entryTypes)?.name;
    const entry = { index, leafHash: leafHash(bytes), bytes, type };
    return { kind: 'entry', where: `entry ${index}`, code, detail, entry };
  }

  /** Compares the stored checkpoints of the tree's present size, and passes over smaller ones. */
  async #checkStoredCheckpoints(): Promise<void> {
    if (this.#stored === undefined) return;
    this.#nextStored ??= await this.#readStored();
    while (this.#nextStored !== undefined && this.#nextStored.size <= this.#tree.size) {
      const { size, root } = this.#nextStored;
      if (size === this.#tree.size && !equalBytes(root, this.#tree.root())) {
        const where = `checkpoint ${size}`;
        this.#add({
          kind: 'stored-checkpoint',
          where,
          detail: 'has another root than the entries',
        });
      }
      this.#nextStored = await this.#readStored();
    }
  }

  async #readStored(): Promise<Checkpoint | undefined> {
    const { value, done } = await this.#stored!.next();
    if (done) return undefined;
    return await this.#read('stored-checkpoint', 'stored checkpoints', () => {
      return openWithPolicy(value, this.#options.policy).checkpoint;
    });
  }

  /** `fetched` is the one of level 0 among them, where it has been asked for already. */
  async #checkTiles(tiles: readonly Tile[], fetched?: Promise<Uint8Array>): Promise<void> {
    for (const { level, index, hashes } of tiles) {
      const where = tilePath(level, index, hashes.length);
      const ahead = level === 0 ? fetched : undefined;
      const shown = await this.#read('tile', where, () => {
        return ahead ?? this.#source.tile(level, index, hashes.length);
      });
      if (!equalBytes(shown, concatBytes(...hashes))) {
        this.#add({ kind: 'tile', where, detail: 'differs from the tile that the entries make' });
      }
      this.#tilesChecked++;
    }
  }
}
