/**
 * Tiles and entry bundles (C2SP tlog-tiles): their coordinates, paths and bytes.
 *
 * A tile holds up to 256 hashes of one tile level; tile level L is tree level 8 * L. A bundle holds
 * up to 256 entries, each with a big-endian 16-bit length. Paths parse only in the form in which
 * they are written.
 */
import { checkBytes, checkInteger, checkText } from '../arguments.ts';
import { concatBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, HASH_BYTES, type Hash, nodeHash } from './hash.ts';

/** Tree levels in a tile. */
export const TILE_HEIGHT = 8;
/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
export const MAX_TILE_LEVEL = 63;
export const MAX_ENTRY_BYTES = 65_535;
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);

/** A tile (`level` 0 to 63) or a bundle (`level` is 'entries'); `width` 256 is the full one. */
export interface TileId {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** Index digits in groups of three, all but the last with an x: 1234067 is x001/x234/067. */
function indexPath(index: number): string {
  checkInteger(index, 'index');
  const groups: string[] = [];
  let rest = index;
  do {
    groups.unshift(String(rest % 1000).padStart(3, '0'));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

function widthSuffix(width: number): string {
  checkInteger(width, 'width', 1, TILE_WIDTH);
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

/** `tile/<level>/<index>[.p/<width>]`, without a leading slash. */
export function tilePath(level: number, index: number, width: number): string {
  checkInteger(level, 'level', 0, MAX_TILE_LEVEL);
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`;
}

/** `tile/entries/<index>[.p/<width>]`, without a leading slash. */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`;
}

/** The path of a tile or a bundle, without a leading slash. */
export function tileIdPath({ level, index, width }: TileId): string {
  return level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
}

const PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/** Inverse of `tileIdPath`. Throws `ProtocolError('bad-tile')`. */
export function parseTilePath(path: string): TileId {
  checkText(path, 'path');
  const match = PATH.exec(path);
  if (match === null) throw new ProtocolError('bad-tile', 'not a tile path');
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = Number(match[2]!.replaceAll(/[x/]/g, ''));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  const inRange = level === 'entries' || level <= MAX_TILE_LEVEL;
  const partialInRange = match[3] === undefined || (width >= 1 && width < TILE_WIDTH);
  if (!inRange || !partialInRange || !Number.isSafeInteger(index)) {
    throw new ProtocolError('bad-tile', 'tile path out of range');
  }
  const tile = { level, index, width } as const;
  if (tileIdPath(tile) !== path) {
    throw new ProtocolError('bad-tile', 'not a tile path in canonical form');
  }
  return tile;
}

/** How many hashes a tile level holds in a tree of `size` leaves: floor(size / 256^level). */
export function hashesAtTileLevel(level: number, size: number): number {
  checkInteger(level, 'level', 0, MAX_TILE_LEVEL);
  checkInteger(size, 'size');
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Width of the partial tile at the right edge of a level; 0 when there is none. */
export function partialWidth(level: number, size: number): number {
  return hashesAtTileLevel(level, size) % TILE_WIDTH;
}

/** Width that the tile `index` of a level has in a tree of `size` leaves; 0 if it is not there. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  checkInteger(index, 'index');
  const hashes = hashesAtTileLevel(level === 'entries' ? 0 : level, size);
  return Math.min(TILE_WIDTH, Math.max(0, hashes - index * TILE_WIDTH));
}

/** The hashes of a tile's bytes; exactly `width` of them. Throws `ProtocolError('bad-tile')`. */
export function decodeTile(bytes: Uint8Array, width: number): Hash[] {
  checkBytes(bytes, 'tile');
  checkInteger(width, 'width', 1, TILE_WIDTH);
  if (bytes.length !== width * HASH_BYTES) {
    const expected = width * HASH_BYTES;
    throw new ProtocolError('bad-tile', `expected ${expected} bytes, got ${bytes.length}`);
  }
  return Array.from({ length: width }, (_, i) =>
    asHash(bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
  );
}

/**
 * All complete nodes of a tile by height: `rows[0]` are its hashes, `rows[8]` the root of a full
 * tile. Costs one node hash for each hash, so callers keep the result for tiles in use.
 */
export function expandTile(hashes: readonly Hash[]): Hash[][] {
  checkInteger(hashes.length, 'count of hashes', 0, TILE_WIDTH);
  const rows: Hash[][] = [[...hashes]];
  for (let height = 1; height <= TILE_HEIGHT; height++) {
    const below = rows[height - 1]!;
    const row: Hash[] = [];
    for (let i = 0; i + 1 < below.length; i += 2) row.push(nodeHash(below[i]!, below[i + 1]!));
    rows.push(row);
  }
  return rows;
}

/**
 * Roots of the perfect subtrees that an expanded tile is made of, largest first: one for each 1 bit
 * of its width. Over all levels, highest first, these are the compact range of the tree.
 */
export function perfectSubtreeRoots(rows: readonly (readonly Hash[])[]): Hash[] {
  return rows.toReversed().flatMap((row) => (row.length % 2 === 1 ? [row.at(-1)!] : []));
}

/** Root of a full tile: the hash that stands for it one tile level up. */
export function fullTileRoot(hashes: readonly Hash[]): Hash {
  if (hashes.length !== TILE_WIDTH) {
    throw new RangeError(`expected a full tile, got ${hashes.length} hashes`);
  }
  return expandTile(hashes)[TILE_HEIGHT]![0]!;
}

/** Where a tree node lives: the tile, and the row and place within the expanded tile. */
export function tileOfNode(level: number, index: number) {
  checkInteger(level, 'level');
  checkInteger(index, 'index');
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const height = level % TILE_HEIGHT;
  const perTile = TILE_WIDTH / 2 ** height;
  return {
    tileLevel,
    tileIndex: Math.floor(index / perTile),
    height,
    position: index % perTile,
  };
}

/** A bundle's bytes. Throws RangeError for an entry above 65,535 bytes or over 256 entries. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) {
    throw new RangeError(`expected at most ${TILE_WIDTH} entries, got ${entries.length}`);
  }
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    checkBytes(entry, 'entry');
    if (entry.length > MAX_ENTRY_BYTES) {
      throw new RangeError(`expected at most ${MAX_ENTRY_BYTES} bytes, got ${entry.length}`);
    }
    parts.push(Uint8Array.of(entry.length >> 8, entry.length & 255), entry);
  }
  return concatBytes(...parts);
}

/** The entries of a bundle; exactly `count` of them. Throws `ProtocolError('bad-tile')`. */
export function decodeEntryBundle(bytes: Uint8Array, count: number): Uint8Array[] {
  checkBytes(bytes, 'bundle');
  checkInteger(count, 'count', 0, TILE_WIDTH);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < count) {
    const length = at + 2 <= bytes.length ? (bytes[at]! << 8) | bytes[at + 1]! : -1;
    if (length < 0 || at + 2 + length > bytes.length) {
      throw new ProtocolError('bad-tile', 'bundle ends within an entry');
    }
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length !== count || at !== bytes.length) {
    throw new ProtocolError('bad-tile', `bundle does not hold exactly ${count} entries`);
  }
  return entries;
}
