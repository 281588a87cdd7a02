/** The public files of a log in a folder, at their paths of tlog-tiles, as a mirror has them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  encodeEntryBundle,
  entriesPath,
  hashesAtTileLevel,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import type { MemorySource } from './memory-source.ts';

/** Writes the checkpoint, and all tiles and bundles of the tree as it is. */
export function writeLogFolder(folder: string, source: MemorySource): void {
  const { size } = source.tree;
  const write = (path: string, bytes: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (const [name, bytes] of source.tiles) {
    const [level, index] = name.split('/').map(Number) as [number, number];
    write(tilePath(level, index, bytes.length / 32), bytes);
  }
  for (let index = 0; index * TILE_WIDTH < hashesAtTileLevel(0, size); index++) {
    const width = tileWidth('entries', index, size);
    const entries = source.log.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
    write(entriesPath(index, width), encodeEntryBundle(entries));
  }
  write('checkpoint', source.note!);
}
