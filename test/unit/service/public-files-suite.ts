/**
 * The behaviour of a place of public files, as shared/service/public-files/public-files.ts promises it.
 * Every one must pass.
 */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PublicFiles, PublicFilesError } from '#service/public-files/public-files.ts';

export interface PlaceUnderTest {
  /** The place as a process has it that starts; what was opened before is closed. */
  open(): PublicFiles | Promise<PublicFiles>;
  /** From here on nothing can be reached, until `mend`. */
  breakDown(): void;
  mend(): void;
}

const PATH = 'tile/0/x001/234';
const BYTES = Uint8Array.from({ length: 8192 }, (_, i) => i % 251);
/** Longer than what a disk or a network takes at once. */
const LARGE = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 253);

const noteOf = (size: number) => `origin\n${size}\n${'a'.repeat(size)}\n\n— key AAAA\n`;

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PublicFilesError);
  return (error as PublicFilesError).kind;
}

export function describePublicFiles(
  name: string,
  newPlace: () => PlaceUnderTest | Promise<PlaceUnderTest>,
): void {
  describe(`${name} keeps the contract of a place of public files`, () => {
    let place: PlaceUnderTest;
    let files: PublicFiles;

    beforeEach(async () => {
      place = await newPlace();
      files = await place.open();
    });
    afterEach(() => files.close());

    async function reopen(): Promise<void> {
      files.close();
      files = await place.open();
    }

    /** Reads until `work` is done; whatever was seen. */
    async function seenDuring<T>(work: Promise<unknown>, read: () => Promise<T>): Promise<T[]> {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      const seen: T[] = [];
      while (!isDone) {
        seen.push(await read());
        await setImmediate();
      }
      await done;
      return seen;
    }

    it('has nothing at first', async () => {
      expect(await files.read(PATH)).toBeUndefined();
      expect(await files.checkpoint()).toBeUndefined();
      await files.removeBeneath(`${PATH}.p`);
    });

    it('gives what was put there, also to those who come later', async () => {
      const all = new Map([
        [PATH, BYTES],
        [`${PATH}.p/1`, BYTES.subarray(0, 32)],
        ['tile/entries/000', LARGE],
        ['tile/0/000', new Uint8Array()],
      ]);
      await Promise.all(Array.from(all, ([path, bytes]) => files.put(path, bytes)));
      for (let i = 0; i < 2; i++) {
        for (const [path, bytes] of all) {
          const read = await files.read(path);
          expect(read && Buffer.compare(read, bytes), path).toBe(0);
        }
        await reopen();
      }
    });

    it('takes the same bytes again, and never others', async () => {
      await files.put(PATH, BYTES);
      await reopen();
      await files.put(PATH, BYTES);
      const others = [BYTES.subarray(1), new Uint8Array(), Uint8Array.of(...BYTES, 0)];
      others.push(BYTES.with(BYTES.length - 1, 255));
      for (const other of others) expect(await kindOf(files.put(PATH, other))).toBe('different');
      expect(Buffer.compare((await files.read(PATH))!, BYTES)).toBe(0);
    });

    it('shows whole files alone to those who read meanwhile', async () => {
      const seen = await seenDuring(files.put(PATH, LARGE), () => files.read(PATH));
      const lengths = new Set(seen.map((bytes) => bytes?.length));
      lengths.delete(undefined);
      lengths.delete(LARGE.length);
      expect([...lengths]).toEqual([]);
    });

    it('removes what is below a folder, and nothing beside it', async () => {
      const partials = Array.from({ length: 255 }, (_, i) => `${PATH}.p/${i + 1}`);
      const others = [PATH, `${PATH}.q/1`, 'tile/0/x001/235.p/1'];
      await Promise.all(others.map((path) => files.put(path, BYTES)));
      for (const path of partials.slice(0, 40)) await files.put(path, BYTES);
      await files.removeBeneath(`${PATH}.p`);
      for (const path of partials.slice(0, 40)) expect(await files.read(path)).toBeUndefined();
      for (const path of others) expect(await files.read(path)).toBeDefined();
      await files.removeBeneath(`${PATH}.p`);
      await files.put(partials[0]!, BYTES);
    });

    it('replaces the checkpoint for those alone who know the one before', async () => {
      const first = await files.replaceCheckpoint(noteOf(1), undefined);
      expect(await files.checkpoint()).toEqual(first);
      expect(first.note).toBe(noteOf(1));
      const second = await files.replaceCheckpoint(noteOf(2), first);
      for (const before of [first, undefined, { note: noteOf(9), version: '"9"' }]) {
        const late = files.replaceCheckpoint(noteOf(3), before);
        expect(await kindOf(late)).toBe('conflict');
      }
      await reopen();
      expect(await files.checkpoint()).toEqual(second);
      expect(new TextDecoder().decode(await files.read('checkpoint'))).toBe(noteOf(2));
      await files.replaceCheckpoint(noteOf(3), await files.checkpoint());
      expect((await files.checkpoint())?.note).toBe(noteOf(3));
    });

    it('takes a checkpoint that is there already, as after an answer that was lost', async () => {
      const first = await files.replaceCheckpoint(noteOf(1), undefined);
      expect(await files.replaceCheckpoint(noteOf(1), undefined)).toEqual(first);
      const second = await files.replaceCheckpoint(noteOf(2), first);
      expect(await files.replaceCheckpoint(noteOf(2), first)).toEqual(second);
    });

    it('always has a checkpoint, and a whole one, while it is replaced', async () => {
      let stored = await files.replaceCheckpoint(noteOf(10_000), undefined);
      const replacing = (async () => {
        for (let size = 10_001; size < 10_010; size++) {
          stored = await files.replaceCheckpoint(noteOf(size), stored);
        }
      })();
      const seen = await seenDuring(replacing, async () => (await files.checkpoint())?.note);
      for (const note of seen) expect(note).toBe(noteOf(Number(note?.split('\n')[1])));
    });

    it('says so where it cannot be reached, and has lost nothing afterwards', async () => {
      await files.put(PATH, BYTES);
      const first = await files.replaceCheckpoint(noteOf(1), undefined);
      place.breakDown();
      const calls = [
        () => files.put(PATH, BYTES),
        () => files.put('tile/0/000', BYTES),
        () => files.read(PATH),
        () => files.removeBeneath('tile/0/000.p'),
        () => files.checkpoint(),
        () => files.replaceCheckpoint(noteOf(2), first),
      ];
      const kinds = await Promise.all(calls.map((call) => kindOf(call())));
      for (const kind of kinds) expect(['unavailable', 'refused']).toContain(kind);
      place.mend();
      expect(await files.checkpoint()).toEqual(first);
      for (const call of calls) await call();
      expect((await files.checkpoint())?.note).toBe(noteOf(2));
    });
  });
}
