/**
 * Brings a restored log back to the newest tree that it signed, from mirrors of its public files.
 *
 * Nothing is believed of a mirror: each bundle is appended only when its entries are those of the signed
 * tree, which has to begin with the tree in the database. Nothing that could make a fork is ever done: what
 * contradicts what was signed is refused, and nothing new is signed here. Every step is durable and the
 * next run goes on where one was killed.
 */
import type { TileSource } from '#client/tile-source.ts';
import { verifiedBundles } from '#client/verified-bundles.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { treeRoot } from '#protocol/merkle/proof.ts';
import { parseCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { LogConfig } from '../config.ts';
import { highWaterPath, identityOf, readLogKey, readPolicy } from '../log-files.ts';
import { appendBundles } from '../store/append-bundles.ts';
import { HighWaterMark } from '../store/high-water.ts';
import { openIdleStore } from '../store/open-store.ts';
import { type LogStore, type SignedHead, StoreError, type TreeHead } from '../store/store.ts';
import { createTileCache, TreeReader } from '../store/tree-reader.ts';
import { checkAgree, type KnownTree, RecoveryError } from './agreement.ts';
import {
  type Mirror,
  newestWithQuorum,
  type SignedTree,
  type Silent,
  whatWasSigned,
} from './signed-trees.ts';

export interface Recovered {
  /** Of the tree before, and of the newest that was signed, which the database holds now. */
  readonly from: number;
  readonly to: number;
  /** Who says that it was signed. */
  readonly by: string;
  /** Who could not be asked: the log asks them again when it starts. */
  readonly silent: readonly Silent[];
  /** Size that the log was stopped with, if entries up to it were given an index and never signed. */
  readonly stoppedAt?: number;
}

export interface RecoverOptions {
  readonly mirrors: readonly Mirror[];
  readonly onProgress: (size: number, to: number) => void;
}

/** Rejects with `RecoveryError`, `ConfigError`, or `StoreError`. */
export async function recoverLog(log: LogConfig, options: RecoverOptions): Promise<Recovered> {
  const key = readLogKey(log.key);
  const { policy } = readPolicy(log.policy, key);
  const { mirrors } = options;
  let lost: Error | undefined;
  const store = await openIdleStore(log, identityOf(key), (error) => {
    lost = error;
  });
  try {
    const mark = await HighWaterMark.open(highWaterPath(log), key.verifier.text);
    const signed = await store.reader.lastSigned();
    const timeoutMs = log.witness_timeout_ms;
    const asked = { logKey: key.verifier, policy, mark, signed, mirrors, timeoutMs };
    const { trees, silent } = await whatWasSigned(asked);
    const head = await store.reader.treeHead();
    const recovered = await new Recovery({ store, key, policy, ...options }, head).run(trees);
    const stopped = mark.mark?.stopped?.size ?? 0;
    return { ...recovered, silent, ...(stopped > recovered.to && { stoppedAt: stopped }) };
  } catch (error) {
    throw lost ?? error;
  } finally {
    await store.close();
  }
}

interface RecoveryParts extends RecoverOptions {
  readonly store: LogStore;
  readonly key: SignerKey;
  readonly policy: Policy;
}

class Recovery {
  readonly #parts: RecoveryParts;
  readonly #own: TreeReader;
  /** The durable tree. Owned by `#append`. */
  #head: TreeHead;

  constructor(parts: RecoveryParts, head: TreeHead) {
    this.#parts = parts;
    this.#own = new TreeReader(parts.store.reader, parts.key.verifier.name, createTileCache());
    this.#head = head;
  }

  async run(signed: readonly SignedTree[]): Promise<Omit<Recovered, 'silent'>> {
    const from = this.#head.size;
    const newest = signed.toSorted((a, b) => b.size - a.size)[0];
    if (newest === undefined) throw new RecoveryError('Nobody knows of a tree that was signed.');
    const own: KnownTree = { ...this.#head, by: 'the database' };
    const trees = [own, ...signed];
    await checkAgree(own, trees, (size) => this.#own.rootAt(size));
    await checkAgree(
      newest,
      trees.filter(({ size }) => size === newest.size),
      async () => newest.root,
    );
    if (newest.size > from) {
      if ((await this.#parts.store.reader.state()).isFrozen) throw frozen(newest, from);
      await this.#reach(newest, trees);
    }
    await this.#record(newest);
    await this.#recordPublished(signed);
    return { from, to: newest.size, by: newest.by };
  }

  /** Appends the rest of a tree that was signed: what one mirror does not have, the next one may. */
  async #reach(newest: SignedTree, trees: readonly SignedTree[]): Promise<void> {
    // First what each mirror shows by itself: one of another tree is told, and not passed over.
    for (const tree of trees) {
      if (tree.source === undefined || tree.size <= this.#head.size) continue;
      await this.#verify(tree, tree.source, trees).catch(unlessContradiction);
    }
    const failures: string[] = [];
    for (const { name, source } of this.#parts.mirrors) {
      try {
        await this.#append(await this.#verify(newest, source, trees), source);
        return;
      } catch (error) {
        if (!isSourceFailure(error)) throw error;
        failures.push(`${name}: ${error.message}`);
      }
    }
    const reached = trees
      .filter(({ source, size }) => source !== undefined && size < newest.size)
      .map(({ size }) => size);
    throw missing(Math.max(this.#head.size, ...reached), newest, failures);
  }

  /** The tiles of a mirror under a root, when they agree with all trees that are no larger. */
  async #verify(
    tree: SignedTree,
    source: TileSource,
    trees: readonly SignedTree[],
  ): Promise<VerifiedTree> {
    const verified = new VerifiedTree(source, tree);
    await checkAgree(tree, trees, (size) => treeRoot(verified.read, size));
    return verified;
  }

  async #append(tree: VerifiedTree, source: TileSource): Promise<void> {
    const { store, onProgress } = this.#parts;
    const onAppended = (head: TreeHead) => {
      this.#head = head;
      onProgress(head.size, tree.size);
    };
    const bundles = verifiedBundles(source, tree, this.#head.size);
    await appendBundles(bundles, { store, head: this.#head, onAppended, whenTwice });
  }

  /** The tree was signed before, so this is the same signature again, and not a new one. */
  async #record({ size, root }: SignedTree): Promise<void> {
    const { store, key } = this.#parts;
    const own = await this.#own.rootAt(size);
    if (!equalBytes(own, root)) throw new StoreError('conflict', `another root at size ${size}`);
    const last = await store.reader.lastSigned();
    if (last !== undefined && last.size >= size) return;
    const checkpoint = { origin: key.verifier.name, size, root, extensions: [] };
    const head: SignedHead = { size, root, note: signCheckpoint(checkpoint, key) };
    await store.writer.recordSigned(head, last?.size);
  }

  /** The newest checkpoint with a quorum, so that readers are not shown an older one at the start. */
  async #recordPublished(signed: readonly SignedTree[]): Promise<void> {
    const { store, policy } = this.#parts;
    const newest = newestWithQuorum(signed, policy);
    const published = await store.reader.published();
    const known = published === undefined ? 0 : parseCheckpoint(parseNote(published).text).size;
    if (newest === undefined || newest.size <= known) return;
    const isAnchor = newest.size > (await store.reader.newestAnchorSize());
    await store.writer.recordPublished(newest.note, newest.size, isAnchor ? [newest] : []);
  }
}

function whenTwice(first: number, last: number): RecoveryError {
  return new RecoveryError(`Of the entries from ${first} to ${last} one is in the log twice.`);
}

function unlessContradiction(error: unknown): void {
  if (!isSourceFailure(error)) throw error;
}

function frozen({ by, size }: SignedTree, own: number): RecoveryError {
  return new RecoveryError(
    `By ${by} this log has signed size ${size}, and the database is frozen at ${own}: its tree never grows. ` +
      'Restore a copy that is not frozen, and recover that.',
  );
}

function missing(from: number, newest: SignedTree, failures: readonly string[]): RecoveryError {
  const which =
    from + 1 === newest.size ? `Entry ${from} is` : `Entries ${from} to ${newest.size - 1} are`;
  return new RecoveryError(
    `${which} missing: by ${newest.by} this log has signed size ${newest.size}, and no mirror has that tree ` +
      `(${failures.join('; ')}). Name another mirror with --from. To start with --trust-database would give ` +
      'their indices to other entries: a fork of what was signed, which witnesses refuse.',
  );
}
