/**
 * Where a log's public files come from (C2SP tlog-tiles): the checkpoint, tiles and entry bundles.
 *
 * A source is never trusted: whoever reads from it verifies. The HTTP source falls back from a
 * partial tile to the full one, which a log may serve instead once the tile has filled.
 */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { decodeEntryBundle, entriesPath, TILE_WIDTH, tilePath } from '#protocol/merkle/tiles.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { get, type HttpOptions, RemoteError, urlPrefix } from './http.ts';

export interface TileSource {
  /** The latest checkpoint, a signed note, as the log shows it. */
  checkpoint(): Promise<string>;
  /** The first `width` hashes of a tile, concatenated: exactly 32 * width bytes. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
  /** The first `width` entries of a bundle. */
  entries(index: number, width: number): Promise<Uint8Array[]>;
}

const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + 65_535);

export class HttpTileSource implements TileSource {
  readonly #prefix: string;
  readonly #options: HttpOptions;

  constructor(url: string, options: HttpOptions = {}) {
    this.#prefix = urlPrefix(url);
    this.#options = options;
  }

  async checkpoint(): Promise<string> {
    const url = `${this.#prefix}/checkpoint`;
    return decodeUtf8(await get(url, { ...this.#options, maxBytes: MAX_NOTE_BYTES }));
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const path = (w: number) => tilePath(level, index, w);
    const { bytes, got } = await this.#getWithFallback(path, width, TILE_WIDTH * HASH_BYTES);
    if (bytes.length !== got * HASH_BYTES) {
      const expected = got * HASH_BYTES;
      throw new ProtocolError(
        'bad-tile',
        `expected ${expected} bytes, got ${bytes.length}`,
        path(got),
      );
    }
    return bytes.subarray(0, width * HASH_BYTES);
  }

  async entries(index: number, width: number): Promise<Uint8Array[]> {
    const path = (w: number) => entriesPath(index, w);
    const { bytes, got } = await this.#getWithFallback(path, width, MAX_BUNDLE_BYTES);
    return decodeEntryBundle(bytes, got).slice(0, width);
  }

  async #getWithFallback(path: (width: number) => string, width: number, maxBytes: number) {
    const fetchWidth = async (got: number) => {
      const bytes = await get(`${this.#prefix}/${path(got)}`, { ...this.#options, maxBytes });
      return { bytes, got };
    };
    try {
      return await fetchWidth(width);
    } catch (error) {
      const isMissing = error instanceof RemoteError && error.status === 404;
      if (!isMissing || width === TILE_WIDTH) throw error;
      return await fetchWidth(TILE_WIDTH);
    }
  }
}
