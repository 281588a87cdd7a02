/**
 * A store, read as an auditor reads a log: for `checkLog()` on a database instead of over HTTP.
 *
 * Unlike a log it can also show every checkpoint that was ever signed.
 */
import type { AuditableSource } from '#client/check-log.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { entriesPath, TILE_WIDTH, tilePath } from '#protocol/merkle/tiles.ts';

/** Signed checkpoints read at a time. */
const PAGE = 256;

export class StoreSource implements AuditableSource {
  readonly #store: LogReader;

  constructor(store: LogReader) {
    this.#store = store;
  }

  /** The published checkpoint, or the one signed last where none has been published. */
  async checkpoint(): Promise<string> {
    const note = (await this.#store.published()) ?? (await this.#store.lastSigned())?.note;
    if (note === undefined) throw new ProtocolError('bad-checkpoint', 'nothing was signed yet');
    return note;
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const bytes = await this.#store.tile(level, index);
    if (bytes !== undefined && bytes.length >= width * HASH_BYTES) {
      return bytes.subarray(0, width * HASH_BYTES);
    }
    throw new ProtocolError('bad-tile', 'not in the store', tilePath(level, index, width));
  }

  async entries(index: number, width: number): Promise<Uint8Array[]> {
    const entries = await this.#store.entries(index * TILE_WIDTH, width);
    if (entries.length === width) return entries;
    throw new ProtocolError('bad-tile', 'not in the store', entriesPath(index, width));
  }

  async *signedCheckpoints(): AsyncGenerator<string> {
    let after = -1;
    for (;;) {
      const page = await this.#store.signedAfter(after, PAGE);
      for (const { size, note } of page) {
        yield note;
        after = size;
      }
      if (page.length < PAGE) return;
    }
  }
}
