/** The index holds what a log has shown and nothing else, whatever the log does and wherever the process ends. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JUDGE_NOTHING } from '#client/entry-judge.ts';
import { RemoteError } from '#client/http.ts';
import type { IndexReader, IndexWriter } from '#explorer/index/search-index.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { LogIndexer, type ReadingProgress } from '#explorer/indexer/log-indexer.ts';
import { oneAtATime } from '#explorer/indexer/one-at-a-time.ts';
import { ReadingPlaces } from '#explorer/indexer/reading-places.ts';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { hashesAtTileLevel, tileWidth } from '#protocol/merkle/tiles.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { newKey } from '#test/support/keys.ts';
import { memoryFolder } from '#test/support/temp.ts';
import {
  logKey,
  WitnessedSource as Source,
  witness,
  witnessedPolicy,
} from '#test/support/witnessed-source.ts';

const ORIGIN = 'log.example';
const OPTIONS = { types: ENTRY_TYPES, judged: true };
const forever = new AbortController().signal;

let path: string;
let writer: IndexWriter;
let reader: IndexReader;
let seen: ReadingProgress[];

beforeEach(() => {
  path = join(memoryFolder(), 'explorer.db');
  seen = [];
  open();
});
afterEach(close);

function open(): void {
  writer = oneAtATime(openSqliteWriter(path, OPTIONS));
  reader = openSqliteReader(path, OPTIONS);
}

async function close(): Promise<void> {
  await reader.close();
  await writer.close();
}

/** As another process would. */
async function restart(): Promise<void> {
  await close();
  open();
}

/** One look of a process at the log. */
async function look(source: Source, judge = JUDGE_NOTHING): Promise<void> {
  const indexer = new LogIndexer({
    origin: ORIGIN,
    policy: witnessedPolicy,
    writer,
    judge,
    places: new ReadingPlaces(1, 5000),
    slowPlaces: new ReadingPlaces(1, 5000),
    openSource: () => source,
    onProgress: (progress) => seen.push(progress),
    onSlow: () => undefined,
    now: () => 1_700_000_000_000,
  });
  await indexer.round(forever);
}

async function kindOf(work: Promise<void>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'FollowError' });
  return (error as { kind: string }).kind;
}

async function confirmed() {
  return (await reader.logs()).find(({ origin }) => origin === ORIGIN)?.confirmed;
}

/** What readers are shown is the log: every entry, and every tile in several widths. */
async function expectWhole({ log, tiles, note, tree: { size } }: Source): Promise<void> {
  expect(await confirmed()).toMatchObject({ size, note });
  for (let from = 0; from < size; from += 256) {
    const entries = await reader.entries(ORIGIN, from, Math.min(size, from + 256));
    expect(
      Buffer.compare(concatBytes(...entries), concatBytes(...log.slice(from, from + 256))),
    ).toBe(0);
  }
  for (let level = 0; hashesAtTileLevel(level, size) > 0; level++) {
    for (let index = 0; tileWidth(level, index, size) > 0; index++) {
      const width = tileWidth(level, index, size);
      const expected = tiles.get(`${level}/${index}`)!;
      for (const part of new Set([1, Math.ceil(width / 2), width])) {
        const tile = await reader.tile(ORIGIN, level, index, part);
        expect(Buffer.compare(tile!, expected.subarray(0, 32 * part)), `${level}/${index}`).toBe(0);
      }
    }
  }
}

it('keeps of a note the lines of the log and of the witnesses whom the policy names', async () => {
  const source = new Source().growTo(5);
  const own = source.note!;
  const stranger = newKey('stranger.example', KEY_TYPES.cosignatureEd25519);
  for (const timeSeconds of [1_700_000_000, 1_700_000_001]) {
    const { text, signatures } = parseNote(own);
    const foreign = cosign(text, stranger, timeSeconds);
    source.note = formatNote({ text, signatures: [foreign, ...signatures, signatures[0]!] });
    await look(source);
    expect((await confirmed())!.note).toBe(own);
  }
  expect(seen.map(({ size, shownSize }) => [size, shownSize])).toEqual([
    [0, 5],
    [5, 5],
    [5, 5],
  ]);
});

it('grows with its log, tile by tile, and reads nothing twice', async () => {
  const source = new Source();
  let before = 0;
  for (const size of [0, 1, 3, 256, 300, 512, 1000, 5000]) {
    source.growTo(size);
    source.takeAsked();
    await look(source);
    await expectWhole(source);
    expect(source.takeAsked()).toBe(Math.ceil(size / 256) - Math.floor(before / 256));
    before = size;
    if (size % 2 === 0) await restart();
  }
  await look(source);
  expect(source.takeAsked()).toBe(0);
  expect((await reader.checkpoints(ORIGIN, { limit: 10 })).map(({ size }) => size)).toEqual([
    5000, 1000, 512, 300, 256, 3, 1, 0,
  ]);
});

it('knows each entry by its leaf hash, and who cosigned the checkpoint that was seen', async () => {
  const source = new Source().growTo(700);
  await look(source);
  const leaf = Buffer.from(leafHash(source.log[650]!)).toString('hex');
  const { entries } = await reader.search({ leaf }, 10);
  expect(entries).toMatchObject([{ log: ORIGIN, index: 650 }]);
  expect(Buffer.from(entries[0]!.bytes).toString()).toBe('entry 650');
  expect(await confirmed()).toMatchObject({
    seenMs: 1_700_000_000_000,
    cosigned: [{ witness: 'w', timeSeconds: 1_700_000_001 }],
  });
});

it('shows newer cosignatures of the tree that it has', async () => {
  const source = new Source().growTo(300);
  await look(source);
  source.publish();
  await look(source);
  await expectWhole(source);
});

it('goes on where it was stopped, towards what the log shows then, and shows no part before', async () => {
  const source = new Source().growTo(700);
  await look(source);
  source.growTo(20_000);
  source.missingFrom = 60;
  await expect(look(source)).rejects.toBeInstanceOf(RemoteError);
  // What was verified by then is here, up to the last bundle.
  expect(seen.at(-1)).toEqual({ size: 60 * 256, shownSize: 20_000 });
  expect(await confirmed()).toMatchObject({ size: 700 });
  await restart();
  expect(await confirmed()).toMatchObject({ size: 700 });
  source.growTo(20_500);
  source.missingFrom = Number.POSITIVE_INFINITY;
  source.takeAsked();
  await look(source);
  await expectWhole(source);
  expect(source.takeAsked()).toBe(Math.ceil(20_500 / 256) - 60);
});

it('confirms what a process had read as a whole before it ended', async () => {
  const source = new Source().growTo(700);
  const { append } = writer;
  writer = {
    ...writer,
    append: async (...all) => {
      await append(...all);
      throw new RemoteError('timeout', 'here', 'killed');
    },
  };
  await expect(look(source)).rejects.toBeInstanceOf(RemoteError);
  await restart();
  source.takeAsked();
  await look(source);
  expect(source.takeAsked()).toBe(0);
  await expectWhole(source);
});

it('takes no entry that is not in the signed tree, and what it took before stays', async () => {
  const source = new Source().growTo(2000);
  const honest = source.log[1500]!;
  source.log[1500] = encodeUtf8('another');
  expect(await kindOf(look(source))).toBe('wrong');
  expect(await confirmed()).toBeUndefined();
  expect(seen.at(-1)).toEqual({ size: 5 * 256, shownSize: 2000 });
  await restart();
  source.log[1500] = honest;
  source.takeAsked();
  await look(source);
  expect(source.takeAsked()).toBe(3);
  await expectWhole(source);
});

it.each(['1/0', '0/7'])('takes nothing under a tile %s that is wrong', async (tile) => {
  const source = new Source().growTo(2000);
  const honest = source.tiles.get(tile)!;
  source.tiles.set(tile, concatBytes(honest.subarray(0, -32), new Uint8Array(32)));
  expect(await kindOf(look(source))).toBe('wrong');
  expect(await confirmed()).toBeUndefined();
  source.tiles.set(tile, honest);
  await look(source);
  await expectWhole(source);
});

it('takes nothing that has no quorum, nor what another key has signed', async () => {
  const source = new Source().growTo(300);
  await look(source);
  const other = new Source(newKey(ORIGIN, KEY_TYPES.ed25519)).growTo(400);
  expect(await kindOf(look(other))).toBe('untrusted');
  expect(await kindOf(look(new Source().growTo(400).sign() as Source))).toBe('quorum');
  await expectWhole(source);
});

const keys = [logKey, witness].map(({ verifier }) => verifier.text).toSorted();

/** The log is frozen with proof against it and the witness, which has cosigned both sides. */
async function expectFrozen(): Promise<void> {
  const { evidence } = await writer.progress(ORIGIN);
  const accused = await Promise.all(
    evidence.map(async (id) => {
      const stored = await reader.evidence(id);
      const verdict = verifyEvidence(parseEvidence(stored!.document));
      expect(verdict).toMatchObject({ proven: true, origin: ORIGIN });
      return verdict.proven && verdict.accused;
    }),
  );
  expect(accused.toSorted()).toEqual(keys);
}

it.each([
  ['of the same size', 300],
  ['that has grown', 700],
  ['that is smaller', 290],
])('keeps what it has of a log that shows another tree %s, and evidence', async (_, size) => {
  const source = new Source().growTo(300);
  await look(source);
  const fork = new Source().growTo(270).growTo(size, ' forked');
  expect(await kindOf(look(fork))).toBe('contradiction');
  await expectFrozen();
  await restart();
  await expectWhole(source);
  // Nothing is added, also of what goes on from there.
  await expect(look(source.growTo(400))).rejects.toMatchObject({ kind: 'frozen' });
  expect(await confirmed()).toMatchObject({ size: 300 });
});

it('convicts a log of a fork of what was being read when the process ended', async () => {
  const source = new Source().growTo(20_000);
  source.missingFrom = 60;
  await expect(look(source)).rejects.toBeInstanceOf(RemoteError);
  await restart();
  const fork = new Source().growTo(1000).growTo(21_000, ' forked');
  expect(await kindOf(look(fork))).toBe('contradiction');
  await expectFrozen();
  expect(await confirmed()).toBeUndefined();
});

describe('an index that is made anew', () => {
  /** With entries judged otherwise. */
  async function remake(): Promise<void> {
    await close();
    writer = oneAtATime(openSqliteWriter(path, { ...OPTIONS, judged: false }));
    reader = openSqliteReader(path, OPTIONS);
  }

  it('leaves a log frozen that has forked', async () => {
    const source = new Source().growTo(300);
    await look(source);
    const fork = new Source().growTo(270).growTo(700, ' forked');
    expect(await kindOf(look(fork))).toBe('contradiction');
    await remake();
    await expectFrozen();
    expect(await confirmed()).toBeUndefined();
  });

  it('convicts a log that forks meanwhile, and does not go back with one', async () => {
    await look(new Source().growTo(300));
    await remake();
    expect(await kindOf(look(new Source().growTo(290)))).toBe('unproven');
    const fork = new Source().growTo(270).growTo(700, ' forked');
    expect(await kindOf(look(fork))).toBe('contradiction');
    await expectFrozen();
    expect(await confirmed()).toBeUndefined();
  });

  it('reads its log again, as it was or grown', async () => {
    const source = new Source().growTo(300);
    await look(source);
    await remake();
    await look(source);
    await expectWhole(source);
    await close();
    open();
    await look(source.growTo(700));
    await expectWhole(source);
  });
});

it('does not go back with its log, which is no evidence', async () => {
  const source = new Source().growTo(700);
  await look(source);
  expect(await kindOf(look(new Source().growTo(690)))).toBe('went-back');
  expect((await writer.progress(ORIGIN)).evidence).toEqual([]);
  await look(source.growTo(710));
  await expectWhole(source);
});

it('waits for a log that does not show how it goes on', async () => {
  const source = new Source().growTo(700);
  await look(source);
  source.growTo(1700);
  const { tile } = source;
  source.tile = async () => {
    throw new RemoteError('timeout', 'tile', 'no answer');
  };
  expect(await kindOf(look(source))).toBe('unproven');
  expect(await confirmed()).toMatchObject({ size: 700 });
  source.tile = tile;
  await look(source);
  await expectWhole(source);
});

it('keeps why entries must not stand in the log, also of a bundle that had been begun', async () => {
  const isBad = (entry: Uint8Array) => /7$/.test(Buffer.from(entry).toString());
  const judge = {
    judge: async (entries: readonly Uint8Array[]) =>
      entries.flatMap((entry, at) => (isBad(entry) ? [{ at, code: 'E-BAD', detail: '' }] : [])),
    bundlesAtOnce: 2,
  };
  const source = new Source();
  for (const size of [100, 290, 1000]) await look(source.growTo(size), judge);
  const faults: number[] = [];
  for (let index = 0; index < 1000; index++) {
    const entry = await reader.entry(ORIGIN, index);
    if (entry?.fault === 'E-BAD') faults.push(index);
  }
  expect(faults).toEqual(Array.from({ length: 100 }, (_, i) => 10 * i + 7));
});
