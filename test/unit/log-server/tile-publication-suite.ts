/**
 * The behaviour of a place for tiles, as log-server/publishing/tile-publication.ts promises it. Every
 * one must pass.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type TilePublication,
  TilePublicationError,
} from '#log-server/publishing/tile-publication.ts';
import type { LogWriter } from '#log-server/store/log-writer.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { StoreError } from '#log-server/store/store.ts';
import { concatBytes, toHex } from '#protocol/bytes.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import {
  encodeEntryBundle,
  hashesAtTileLevel,
  TILE_WIDTH,
  type TileId,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { logKey } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { newEntries } from './batches.ts';

export interface PlaceUnderTest {
  /** The publication of this place, as at a start of the process; also while another is open. */
  open(): TilePublication;
  /** From here on nothing can be reached, until `mend`. */
  breakDown(): void;
  mend(): void;
}

const LEAVES = 700;
const ENTRIES = newEntries(0, LEAVES);

/** Every tile and bundle of a tree, in each of some widths. */
function* tilesOf(size: number): Generator<TileId> {
  const levels = [0, 1].filter((level) => hashesAtTileLevel(level, size) > 0);
  for (const level of ['entries', ...levels] as const) {
    for (let index = 0; tileWidth(level, index, size) > 0; index++) {
      const greatest = tileWidth(level, index, size);
      for (const width of new Set([1, Math.ceil(greatest / 2), greatest])) {
        yield { level, index, width };
      }
    }
  }
}

/** What a tile holds, by the entries alone. */
function expectedTile({ level, index, width }: TileId): Uint8Array {
  const first = index * TILE_WIDTH;
  const bytes = ENTRIES.map((entry) => entry.bytes);
  if (level === 'entries') return encodeEntryBundle(bytes.slice(first, first + width));
  const tree = TileBuilder.empty();
  for (const { leafHash } of ENTRIES) tree.append(leafHash);
  const tile = tree.takeChanged().find((made) => made.level === level && made.index === index);
  return concatBytes(...tile!.hashes.slice(0, width));
}

const EXPECTED = new Map<string, string>();
function expected(tile: TileId): string {
  const name = JSON.stringify(tile);
  const known = EXPECTED.get(name) ?? toHex(expectedTile(tile));
  EXPECTED.set(name, known);
  return known;
}

/** That everything under `size` can be read, by those who know of `asked` leaves. */
async function expectAll(tiles: TilePublication, size: number, asked = size): Promise<void> {
  for (const tile of tilesOf(size)) {
    const bytes = await tiles.read(tile, asked);
    expect(bytes && toHex(bytes), JSON.stringify(tile)).toBe(expected(tile));
  }
}

export function describeTilePublication(
  name: string,
  newPlace: (store: LogWriter) => PlaceUnderTest,
): void {
  describe(`${name} keeps the contract of a place for tiles`, () => {
    let store: LogWriter;
    let sequencer: Sequencer;
    let place: PlaceUnderTest;
    let tiles: TilePublication;

    beforeEach(async () => {
      store = createTestWriter(logKey());
      sequencer = new Sequencer(store);
      place = newPlace(store);
      tiles = place.open();
    });
    afterEach(() => store.close());

    async function growTo(size: number): Promise<void> {
      const { size: from } = await store.treeHead();
      if (size > from) await sequencer.sequence(ENTRIES.slice(from, size));
    }

    async function publish(size: number): Promise<void> {
      await growTo(size);
      await tiles.publish(size);
    }

    it('gives every tile under a size that was published, in every width', async () => {
      for (const size of [0, 1, 255, 256, 257, 511, 600]) {
        await publish(size);
        await expectAll(tiles, size);
      }
    });

    it('gives them for ever, whichever later size a reader knows of, or that one', async () => {
      for (const size of [3, 300, LEAVES]) await publish(size);
      for (const size of [3, 300, LEAVES]) {
        for (const asked of [3, 300, LEAVES].filter((later) => later >= size)) {
          await expectAll(tiles, size, asked);
        }
      }
    });

    it('publishes what the store holds beyond, no sooner than it is asked to', async () => {
      await growTo(LEAVES);
      for (const size of [5, 260, 260, LEAVES]) {
        await tiles.publish(size);
        await expectAll(tiles, size);
      }
    });

    it('has it all after a restart, and goes on from there', async () => {
      await publish(300);
      tiles = place.open();
      await expectAll(tiles, 300);
      await publish(300);
      await publish(520);
      await expectAll(tiles, 520);
      await expectAll(tiles, 300);
    });

    it('shows whole tiles alone to those who read while it publishes', async () => {
      await publish(100);
      await growTo(LEAVES);
      let isDone = false;
      const reading = (async () => {
        while (!isDone) await expectAll(tiles, 100);
      })();
      for (let size = 150; size <= LEAVES; size += 50) await tiles.publish(size);
      isDone = true;
      await reading;
      await expectAll(tiles, LEAVES);
    });

    it('says so where it fails, shows nothing wrong, and makes up for it later', async () => {
      await publish(200);
      await growTo(LEAVES);
      place.breakDown();
      // One that has the tiles already has nothing to fail at.
      const outcome = await tiles.publish(LEAVES).catch((error: unknown) => error);
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(TilePublicationError);
      const read = tiles.read({ level: 0, index: 0, width: 9 }, 200);
      const error = await read.catch((reason: unknown) => reason);
      const isTyped = error instanceof TilePublicationError || error instanceof StoreError;
      expect(isTyped).toBe(true);
      place.mend();
      await expectAll(tiles, 200);
      await tiles.publish(LEAVES);
      await expectAll(tiles, LEAVES);
    });
  });
}
