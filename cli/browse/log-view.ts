/**
 * A log as it stands under one of its checkpoints. Every entry that this returns is one of the tree
 * that the checkpoint commits to, whoever served its bytes; the checkpoint itself is judged by the
 * user's policy, where there is one that lists the log.
 */
import { CommandError } from '#cli/lib/errors.ts';
import type { LogTarget } from '#cli/lib/log-target.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import { TileMismatchError, VerifiedTree } from '#client/verified-tree.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { recogniseEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { treeRoot } from '#protocol/merkle/proof.ts';
import { TILE_WIDTH, tileWidth } from '#protocol/merkle/tiles.ts';
import { type Checkpoint, parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';

export interface LoggedEntry {
  readonly index: number;
  readonly leafHash: LeafHash;
  readonly bytes: Uint8Array;
  readonly type: EntryType;
}

/** Why to believe the checkpoint: `cosigned` with its quorum, only `signed` by the log, or `unverified`. */
export type Standing =
  | { readonly kind: 'cosigned'; readonly by: readonly string[] }
  | { readonly kind: 'signed' | 'unverified' };

export class LogView {
  readonly checkpoint: Checkpoint;
  readonly standing: Standing;
  readonly #source: TileSource;
  readonly #tree: VerifiedTree;

  private constructor(source: TileSource, checkpoint: Checkpoint, standing: Standing) {
    this.#source = source;
    this.checkpoint = checkpoint;
    this.standing = standing;
    this.#tree = new VerifiedTree(source, checkpoint);
  }

  /** The log as it stands now. Throws `RemoteError`, and `ProtocolError` for a checkpoint not to trust. */
  static async open({ url, policy, mayAskLog }: LogTarget): Promise<LogView> {
    const source = new HttpTileSource(url);
    const note = await source.checkpoint();
    const checkpoint = parseCheckpoint(parseNote(note).text);
    const isListed = policy?.logs.some(({ key }) => key.name === checkpoint.origin) ?? false;
    if (policy === undefined || (!isListed && mayAskLog)) {
      return new LogView(source, checkpoint, { kind: 'unverified' });
    }
    const opened = openWithPolicy(note, policy);
    const by = cosignerNames(
      policy,
      opened.cosignatures.map(({ witness }) => witness),
    );
    const standing: Standing = opened.quorumMet ? { kind: 'cosigned', by } : { kind: 'signed' };
    return new LogView(source, opened.checkpoint, standing);
  }

  get size(): number {
    return this.checkpoint.size;
  }

  /** The entries from `start` up to, not including, `end`, in order. */
  async *entries(start: number, end: number): AsyncGenerator<LoggedEntry> {
    for (let at = start; at < end; ) {
      const bundle = Math.floor(at / TILE_WIDTH);
      const first = bundle * TILE_WIDTH;
      const to = Math.min(end, first + TILE_WIDTH);
      const all = await this.#source.entries(bundle, tileWidth('entries', bundle, this.size));
      yield* await this.#authenticated(all.slice(at - first, to - first), at);
      at = to;
    }
  }

  async #authenticated(entries: readonly Uint8Array[], start: number): Promise<LoggedEntry[]> {
    const nodes = entries.map((_, i) => ({ level: 0, index: start + i }));
    const hashes = await asFinding(() => this.#tree.read(nodes));
    return entries.map((bytes, i) => {
      const hash = leafHash(bytes);
      const index = start + i;
      if (!equalBytes(hash, hashes[i]!)) {
        throw new CommandError(`Entry ${index} that the log shows is not the one in its tree.`);
      }
      const type = recogniseEntry(bytes, ENTRY_TYPES)!;
      return { index, leafHash: hash, bytes, type };
    });
  }

  /** Throws `CommandError` unless this is the same log, and the tree of `earlier` a prefix of this one. */
  async checkExtends(earlier: LogView): Promise<void> {
    const { origin, size, root } = earlier.checkpoint;
    if (origin !== this.checkpoint.origin) {
      throw new CommandError(
        `This was the log ${origin}, and now it is ${this.checkpoint.origin}.`,
      );
    }
    const prefix = await asFinding(() => treeRoot(this.#tree.read, size));
    if (equalBytes(prefix, root)) return;
    throw new CommandError(
      `The log contradicts itself: its tree of ${this.size} does not begin with its tree of ${size}.`,
    );
  }
}

async function asFinding<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TileMismatchError)) throw error;
    throw new CommandError(`The log's tiles do not make its tree: ${error.message}.`);
  }
}
