/** A small log in memory, with a key of its own: grows, signs whatever is asked, and forks. */
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { type Hash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import { consistencyProof, type NodeReader, treeRoot } from '#protocol/merkle/proof.ts';
import { subtreeConsistencyProof, subtreeHash } from '#protocol/merkle/subtree.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { tilePath } from '#protocol/merkle/tiles.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { newKey } from './keys.ts';

/** `fork` makes a second one with the same key that goes another way. */
export class MemoryLog {
  readonly key: SignerKey;
  readonly #leaves: Hash[] = [];
  readonly #builder = TileBuilder.empty();
  readonly #tiles = new Map<string, Uint8Array>();

  constructor(key: SignerKey = newKey('log.example/test', KEY_TYPES.ed25519)) {
    this.key = key;
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  get size(): number {
    return this.#leaves.length;
  }

  /** Appends entries, each of its index and `salt`, up to `size`. */
  growTo(size: number, salt = ''): this {
    while (this.#leaves.length < size) {
      this.append(encodeUtf8(`entry ${this.#leaves.length} ${salt}`));
    }
    return this;
  }

  append(entry: Uint8Array): void {
    const leaf = leafHash(entry);
    this.#leaves.push(leaf);
    this.#builder.append(leaf);
    for (const { level, index, hashes } of this.#builder.takeChanged()) {
      this.#tiles.set(tilePath(level, index, hashes.length), concatBytes(...hashes));
    }
  }

  /** The same log up to here, with other entries from here on. */
  fork(sharedSize: number, size: number, salt = 'fork'): MemoryLog {
    return new MemoryLog(this.key).growTo(sharedSize).growTo(size, salt);
  }

  root(size = this.size): Promise<Hash> {
    return treeRoot(this.#read, size);
  }

  async checkpoint(size = this.size, extensions: string[] = []): Promise<string> {
    const root = await this.root(size);
    return signCheckpoint({ origin: this.origin, size, root, extensions }, this.key);
  }

  proof(from: number, to = this.size): Promise<Hash[]> {
    return consistencyProof(this.#read, from, to);
  }

  /** What a sign-subtree request has of a subtree of the tree of `size`. */
  async subtree(start: number, end: number, size = this.size) {
    const subtree = { start, end };
    const hash = await subtreeHash(this.#read, subtree);
    return { ...subtree, hash, proof: await subtreeConsistencyProof(this.#read, subtree, size) };
  }

  /** An add-checkpoint request. */
  async request(oldSize: number, size = this.size) {
    const proof = oldSize <= size ? await this.proof(oldSize, size) : [];
    return { oldSize, proof, checkpoint: await this.checkpoint(size) };
  }

  tile(path: string): Uint8Array | undefined {
    return this.#tiles.get(path);
  }

  readonly #read: NodeReader = (nodes) =>
    Promise.resolve(nodes.map(({ level, index }) => this.#node(level, index)));

  #node(level: number, index: number): Hash {
    if (level === 0) return this.#leaves[index]!;
    return nodeHash(this.#node(level - 1, 2 * index), this.#node(level - 1, 2 * index + 1));
  }
}
