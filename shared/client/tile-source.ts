/**
 * Where a log's public files come from (C2SP tlog-tiles): the checkpoint, tiles and entry bundles.
 *
 * A source is never trusted: whoever reads from it verifies. Where a partial tile is not there the full
 * one is read, which a log may serve instead once the tile has filled. Files come over HTTP here; those of
 * a folder are read by `FolderTileSource` of shared/service.
 */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import {
  decodeEntryBundle,
  entriesPath,
  MAX_BUNDLE_BYTES,
  TILE_WIDTH,
  tilePath,
} from '#protocol/merkle/tiles.ts';
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

/**
 * Reads one public file of a log by its path, without a leading slash. Rejects with `RemoteError`: of
 * status 404 where there is no such file, `too-large` where it exceeds `maxBytes`.
 */
export type LogFileReader = (path: string, maxBytes: number) => Promise<Uint8Array>;

/** Public files of a log, wherever they are read from. */
export class FileTileSource implements TileSource {
  readonly #read: LogFileReader;

  constructor(read: LogFileReader) {
    this.#read = read;
  }

  async checkpoint(): Promise<string> {
    return decodeUtf8(await this.#read('checkpoint', MAX_NOTE_BYTES));
  }

  async tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const path = (w: number) => tilePath(level, index, w);
    const { bytes, got } = await this.#readWithFallback(path, width, TILE_WIDTH * HASH_BYTES);
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
    const { bytes, got } = await this.#readWithFallback(path, width, MAX_BUNDLE_BYTES);
    try {
      return decodeEntryBundle(bytes, got).slice(0, width);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ProtocolError(error.code, error.message, path(got));
    }
  }

  async #readWithFallback(path: (width: number) => string, width: number, maxBytes: number) {
    try {
      return { bytes: await this.#read(path(width), maxBytes), got: width };
    } catch (error) {
      const isMissing = error instanceof RemoteError && error.status === 404;
      if (!isMissing || width === TILE_WIDTH) throw error;
      return { bytes: await this.#read(path(TILE_WIDTH), maxBytes), got: TILE_WIDTH };
    }
  }
}

export class HttpTileSource extends FileTileSource {
  constructor(url: string, options: HttpOptions = {}) {
    const prefix = urlPrefix(url);
    super((path, maxBytes) => get(`${prefix}/${path}`, { ...options, maxBytes }));
  }
}
