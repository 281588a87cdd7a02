/** A log's files in memory, so that a test can change any byte of them. */
import type { AuditableSource } from '#client/check-log.ts';
import { RemoteError } from '#client/http.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { entriesPath, TILE_WIDTH, tilePath, tileWidth } from '#protocol/merkle/tiles.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import type { SignerKey } from '#protocol/note/key.ts';

export class MemorySource implements AuditableSource {
  readonly log: Uint8Array[] = [];
  readonly tree = TileBuilder.empty();
  /** Tiles in their greatest width, by `level/index`. */
  readonly tiles = new Map<string, Uint8Array>();
  /** Signed notes, by `sign`. */
  readonly signed: string[] = [];
  note: string | undefined;
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #key: SignerKey;

  constructor(key: SignerKey) {
    this.#key = key;
  }

  append(...entries: readonly Uint8Array[]): this {
    for (const entry of entries) {
      this.log.push(entry);
      this.tree.append(leafHash(entry));
    }
    for (const { level, index, hashes } of this.tree.takeChanged()) {
      this.tiles.set(`${level}/${index}`, concatBytes(...hashes));
    }
    return this;
  }

  /** Signs the tree as it is, and shows that. */
  sign(): this {
    const { size } = this.tree;
    const checkpoint = {
      origin: this.#key.verifier.name,
      size,
      root: this.tree.root(),
      extensions: [],
    };
    this.note = signCheckpoint(checkpoint, this.#key);
    this.signed.push(this.note);
    return this;
  }

  async checkpoint(): Promise<string> {
    return this.note ?? notThere('checkpoint');
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const path = tilePath(level, index, width);
    this.asked.push(path);
    const bytes = this.tiles.get(`${level}/${index}`);
    if (bytes === undefined || bytes.length < width * 32) return notThere(path);
    return bytes.subarray(0, width * 32);
  }

  async entries(index: number, width: number): Promise<Uint8Array[]> {
    const path = entriesPath(index, width);
    this.asked.push(path);
    if (tileWidth('entries', index, this.log.length) < width) return notThere(path);
    return this.log.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
  }

  async *signedCheckpoints(): AsyncGenerator<string> {
    yield* this.signed;
  }
}

function notThere(path: string): never {
  throw new RemoteError('status', path, 'unexpected status 404', { status: 404 });
}
