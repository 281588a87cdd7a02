/** The confirmed tree of a log as the index has it, as a source of tiles like any other. It shows nothing else. */
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { tilePath } from '#protocol/merkle/tiles.ts';
import type { IndexWriter } from '../index/search-index.ts';

export function indexTiles({ tile }: Pick<IndexWriter, 'tile'>, origin: string): TileSource {
  const missing = (path: string) => {
    return new RemoteError('status', path, 'it is not in the index', { status: 404 });
  };
  return {
    checkpoint: async () => {
      throw missing('checkpoint');
    },
    tile: async (level, index, width) => {
      const bytes = await tile(origin, level, index, width);
      if (bytes === undefined) throw missing(tilePath(level, index, width));
      return bytes;
    },
    entries: async (index) => {
      throw missing(`tile/entries/${index}`);
    },
  };
}
