/**
 * The behaviour of a mirror over a copy, as log-server/mirror/copy.ts promises it. Every kind of copy must pass.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { type MirrorCopy, MirrorError } from '#log-server/mirror/copy.ts';
import { Mirror, type Mirrored } from '#log-server/mirror/mirror.ts';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import {
  encodeEntryBundle,
  hashesAtTileLevel,
  TILE_WIDTH,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import {
  logKey,
  WitnessedSource as Source,
  witness,
  witnessedPolicy,
} from '#test/support/witnessed-source.ts';

export interface CopyUnderTest {
  /** As a process opens it that starts; what was opened before is closed. */
  open(): Promise<MirrorCopy>;
  /** The document at a place that `keepEvidence` returned. */
  readEvidence(place: string): Uint8Array | Promise<Uint8Array>;
}

export function describeMirrorCopy(
  name: string,
  newCopy: () => CopyUnderTest | Promise<CopyUnderTest>,
): void {
  describe(`a mirror in ${name}`, () => {
    let place: CopyUnderTest;
    let copy: MirrorCopy;
    let mirror: Mirror;

    beforeEach(async () => {
      place = await newCopy();
      copy = await place.open();
      mirror = new Mirror({ copy, policy: witnessedPolicy });
    });
    afterEach(() => copy.close());

    /** As another process would. */
    async function restart(): Promise<void> {
      await copy.close();
      copy = await place.open();
      mirror = new Mirror({ copy, policy: witnessedPolicy });
    }

    async function kindOf(work: Promise<Mirrored>): Promise<string> {
      const error: unknown = await work.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MirrorError);
      return (error as MirrorError).kind;
    }

    /** What is read of the copy is the log, in every tile, and in several widths at both ends. */
    async function expectWhole({ log, tiles, note, tree: { size } }: Source): Promise<void> {
      expect(mirror.shown?.note).toBe(note);
      expect(copy.shown).toBe(note);
      for (let level = 0; hashesAtTileLevel(level, size) > 0; level++) {
        for (let index = 0; tileWidth(level, index, size) > 0; index++) {
          const full = tileWidth(level, index, size);
          const isAtEnd = index === 0 || tileWidth(level, index + 1, size) === 0;
          const widths = isAtEnd ? [1, Math.ceil(full / 2), full] : [full];
          for (const width of new Set(widths)) {
            const bytes = tiles.get(`${level}/${index}`)!.subarray(0, width * 32);
            const shown = await copy.read({ level, index, width }, size);
            expect(Buffer.compare(shown!, bytes), `${level}/${index}`).toBe(0);
            if (level > 0) continue;
            const entries = log.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
            const bundle = await copy.read({ level: 'entries', index, width }, size);
            expect(Buffer.compare(bundle!, encodeEntryBundle(entries)), `${index}`).toBe(0);
          }
        }
      }
    }

    it('shows nothing before there is something', async () => {
      expect([mirror.shown, copy.shown]).toEqual([undefined, undefined]);
      const source = new Source();
      await expect(mirror.round(source)).rejects.toBeInstanceOf(RemoteError);
      expect(copy.shown).toBeUndefined();
    });

    it('grows with its log, tile by tile, and reads nothing twice', async () => {
      const source = new Source();
      let before = 0;
      for (const size of [0, 1, 3, 256, 300, 512, 1000]) {
        source.growTo(size);
        const mirrored = await mirror.round(source);
        expect(mirrored).toEqual({ origin: 'log.example', from: before, to: size });
        await expectWhole(source);
        expect(source.takeAsked()).toBe(Math.ceil(size / 256) - Math.floor(before / 256));
        before = size;
        if (size % 2 === 0) await restart();
      }
      await mirror.round(source);
      expect(source.takeAsked()).toBe(0);
      await expectWhole(source);
    });

    it('shows newer cosignatures of the tree that it has', async () => {
      const source = new Source().growTo(300);
      await mirror.round(source);
      source.publish();
      await mirror.round(source);
      await expectWhole(source);
      await restart();
      await expectWhole(source);
    });

    it('goes on where it was stopped, towards the tree that was begun first, and shows no part of it', async () => {
      const source = new Source().growTo(700);
      await mirror.round(source);
      const first = mirror.shown;
      source.growTo(20_000);
      source.missingFrom = 75;
      source.takeAsked();
      await expect(mirror.round(source)).rejects.toBeInstanceOf(RemoteError);
      expect([mirror.shown, copy.shown]).toEqual([first, first!.note]);
      await restart();
      expect([mirror.shown, copy.shown]).toEqual([first, first!.note]);
      // The log has gone on meanwhile.
      source.growTo(20_500);
      source.missingFrom = Number.POSITIVE_INFINITY;
      source.takeAsked();
      await mirror.round(source);
      await expectWhole(source);
      const all = Math.ceil(20_500 / 256);
      expect(source.takeAsked()).toBeLessThan(all - 64 + 2);
    });

    it('takes no entry that is not in the signed tree, and what it took before stays good', async () => {
      const source = new Source().growTo(2000);
      const honest = source.log[1500]!;
      source.log[1500] = encodeUtf8('another');
      expect(await kindOf(mirror.round(source))).toBe('wrong');
      expect(copy.shown).toBeUndefined();
      await restart();
      source.log[1500] = honest;
      await mirror.round(source);
      await expectWhole(source);
    });

    it.each(['1/0', '0/7'])('takes nothing under a tile %s that is wrong', async (tile) => {
      const source = new Source().growTo(2000);
      const honest = source.tiles.get(tile)!;
      source.tiles.set(tile, concatBytes(honest.subarray(0, -32), new Uint8Array(32)));
      expect(await kindOf(mirror.round(source))).toBe('wrong');
      expect(copy.shown).toBeUndefined();
      source.tiles.set(tile, honest);
      await mirror.round(source);
      await expectWhole(source);
    });

    it('shows nothing that has no quorum, nor what another key has signed', async () => {
      const source = new Source().growTo(300);
      await mirror.round(source);
      const other = new Source(newKey('log.example', KEY_TYPES.ed25519)).growTo(400);
      expect(await kindOf(mirror.round(other))).toBe('untrusted');
      const grown = new Source().growTo(400).sign();
      expect(await kindOf(mirror.round(grown))).toBe('quorum');
      await expectWhole(source);
    });

    it.each([
      ['of the same size', 300],
      ['that has grown', 700],
      ['that is smaller', 290],
    ])('keeps what it has of a log that shows another tree %s, and evidence', async (_, size) => {
      const source = new Source().growTo(300);
      await mirror.round(source);
      const fork = new Source().growTo(270).growTo(size, ' forked');
      const error: unknown = await mirror.round(fork).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'MirrorError', kind: 'contradiction' });
      const places = /Evidence: (.*)\.$/.exec((error as Error).message)![1]!.split(', ');
      const accused: (string | false)[] = [];
      for (const path of places) {
        const verdict = verifyEvidence(parseEvidence(await place.readEvidence(path)));
        expect(verdict).toMatchObject({ proven: true, origin: 'log.example' });
        accused.push(verdict.proven && verdict.accused);
      }
      // The witness has cosigned both.
      const keys = [logKey, witness].map(({ verifier }) => verifier.text);
      expect(accused.toSorted()).toEqual(keys.toSorted());
      await restart();
      await expectWhole(source);
      // It is told again each time, and what is honest is gone on from.
      expect(await kindOf(mirror.round(fork))).toBe('contradiction');
      await mirror.round(source.growTo(900));
      await expectWhole(source);
    });

    it('takes nothing of another tree where one was begun', async () => {
      const source = new Source().growTo(20_000);
      source.missingFrom = 75;
      await expect(mirror.round(source)).rejects.toBeInstanceOf(RemoteError);
      await restart();
      const fork = new Source().growTo(1000).growTo(21_000, ' forked');
      expect(await kindOf(mirror.round(fork))).toBe('contradiction');
      expect(copy.shown).toBeUndefined();
      source.missingFrom = Number.POSITIVE_INFINITY;
      await mirror.round(source);
      await expectWhole(source);
    });

    it('does not go back with its log', async () => {
      const source = new Source().growTo(700);
      await mirror.round(source);
      expect(await kindOf(mirror.round(new Source().growTo(690)))).toBe('went-back');
      await expectWhole(source);
    });

    it('waits for a log that does not show how it goes on', async () => {
      const source = new Source().growTo(700);
      await mirror.round(source);
      const before = copy.shown;
      source.growTo(1700);
      source.tile = async () => {
        throw new RemoteError('timeout', 'tile', 'no answer');
      };
      expect(await kindOf(mirror.round(source))).toBe('unproven');
      expect(copy.shown).toBe(before);
    });
  });
}
