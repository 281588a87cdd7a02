/** The tiles of one round: each is asked for once, whether it comes or not, as long as there is room. */
import type { TileSource } from '#client/tile-source.ts';

/** Tiles kept for one round, of 8 KiB at most each. */
const MAX_TILES = 512;

export function onceEach(source: TileSource): TileSource {
  const asked = new Map<string, Promise<Uint8Array>>();
  return {
    checkpoint: () => source.checkpoint(),
    entries: (index, width) => source.entries(index, width),
    tile: (level, index, width) => {
      const key = `${level}/${index}/${width}`;
      const answer = asked.get(key) ?? source.tile(level, index, width);
      asked.set(key, answer);
      if (asked.size > MAX_TILES) asked.delete(asked.keys().next().value!);
      return answer;
    },
  };
}
