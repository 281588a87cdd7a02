/** The tree that a copy shows, as a source of tiles like any other: verified again by whoever reads it. */
import { RemoteError } from '#client/http.ts';
import { FileTileSource, type TileSource } from '#client/tile-source.ts';
import { parseTilePath } from '#protocol/merkle/tiles.ts';
import type { MirrorCopy } from './copy.ts';

/** `size` is that of the tree. It shows no checkpoint. */
export function copySource({ read }: Pick<MirrorCopy, 'read'>, size: number): TileSource {
  return new FileTileSource(async (path) => {
    const bytes = path === 'checkpoint' ? undefined : await read(parseTilePath(path), size);
    if (bytes !== undefined) return bytes;
    throw new RemoteError('status', path, 'it is not there', { status: 404 });
  });
}
