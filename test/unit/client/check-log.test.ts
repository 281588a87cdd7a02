/** Re-deriving a log: nothing is found in a sound one, and each kind of damage is named. */
import crypto from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkLog, type LogProblem } from '#client/check-log.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { decodeEntryBundle } from '#protocol/merkle/tiles.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';

const key = logKey();
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const receipts = Array.from({ length: 600 }, () => freshReceipt());
const types = entryTypes(['tecp-receipt']);
let source: MemorySource;

beforeEach(() => {
  source = new MemorySource(key);
  for (const size of [0, 1, 100, 256, 300, 600]) {
    source.append(...receipts.slice(source.log.length, size)).sign();
  }
});

async function problems(options: Partial<Parameters<typeof checkLog>[1]> = {}) {
  const report = await checkLog(source, { policy, entryTypes: types, ...options });
  return report.problems.map(({ kind, where, code }) => [kind, where, ...(code ? [code] : [])]);
}

function changed(bytes: Uint8Array, at = 40): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

describe('a sound log', () => {
  it('has no problems, and everything was looked at', async () => {
    const report = await checkLog(source, { policy, entryTypes: types });
    expect(report.problems).toEqual([]);
    expect(report.entriesChecked).toBe(600);
    expect(report.tilesChecked).toBe(4);
    expect(report.checkpoint?.checkpoint.size).toBe(600);
    expect(report.tree.size).toBe(600);
  });

  it('may be empty', async () => {
    source = new MemorySource(key).sign();
    expect(await problems()).toEqual([]);
  });

  it('is followed from where it was checked before, reading only what is new', async () => {
    const first = new MemorySource(key).append(...receipts.slice(0, 300)).sign();
    const { tree } = await checkLog(first, { policy, entryTypes: types });
    source.asked.length = 0;
    const next = await checkLog(source, { policy, entryTypes: types, from: tree });
    expect([next.problems, next.entriesChecked]).toEqual([[], 300]);
    expect(source.asked).not.toContain('tile/entries/000');
    expect(tree.size).toBe(300);
  });

  it('hands out every entry once, in its order, before the progress that it makes', async () => {
    const seen: Uint8Array[] = [];
    await problems({
      onEntries: (entries, firstIndex) => {
        expect(firstIndex).toBe(seen.length);
        seen.push(...entries);
      },
      onProgress: (tree) => expect(tree.size).toBe(seen.length),
    });
    expect(seen).toEqual(receipts);
  });

  it('reports its progress after each bundle', async () => {
    const seen: [number, number][] = [];
    await problems({ onProgress: (tree, size) => void seen.push([tree.size, size]) });
    expect(seen).toEqual([
      [256, 600],
      [512, 600],
      [600, 600],
    ]);
  });
});

describe('a walk of the tree alone', () => {
  const entries = 'tree-only';

  it('judges no entry, and all else', async () => {
    source = new MemorySource(key).append(receipts[0]!, encodeUtf8('hello')).sign();
    expect(await problems()).toHaveLength(1);
    expect(await problems({ entries })).toEqual([]);
  });

  it('tells of an entry that was changed by the tree that it makes', async () => {
    source.log[300] = receipts[301]!;
    expect(await problems({ entries })).toEqual([
      ['tile', 'tile/0/001'],
      ['stored-checkpoint', 'checkpoint 600'],
      ['tile', 'tile/1/000.p/2'],
      ['root', 'checkpoint 600'],
    ]);
  });
});

describe('each kind of damage is named', () => {
  it('an entry that was changed: its signature, its tile, the root', async () => {
    source.log[300] = encodeUtf8(
      Buffer.from(receipts[300]!).toString().replace('no_retention', 'no_retentiom'),
    );
    expect(await problems()).toEqual([
      ['entry', 'entry 300', 'E-SIG-002'],
      ['tile', 'tile/0/001'],
      ['stored-checkpoint', 'checkpoint 600'],
      ['tile', 'tile/1/000.p/2'],
      ['root', 'checkpoint 600'],
    ]);
  });

  it('all of it before a bundle that cannot be had', async () => {
    source.log[300] = encodeUtf8('no receipt');
    const entries = source.entries.bind(source);
    source.entries = (index, width) => {
      return index === 2 ? source.tile(9, 9, 1).then(() => []) : entries(index, width);
    };
    expect(await problems()).toEqual([
      ['entry', 'entry 300', 'E-SCHEMA-002'],
      ['tile', 'tile/0/001'],
      ['unavailable', 'tile/entries/002.p/88'],
    ]);
  });

  it('an entry that is no receipt, or carries what is never logged', async () => {
    const proven = { ...JSON.parse(Buffer.from(receipts[1]!).toString()) };
    proven.log_inclusion = { proof: 'x' };
    const sorted = Object.fromEntries(Object.entries(proven).sort(([a], [b]) => (a < b ? -1 : 1)));
    source = new MemorySource(key)
      .append(receipts[0]!, encodeUtf8('hello'), encodeUtf8(JSON.stringify(sorted)))
      .sign();
    expect(await problems()).toEqual([
      ['entry', 'entry 1', 'E-SCHEMA-002'],
      ['entry', 'entry 2', 'E-SCHEMA-003'],
    ]);
    expect(await problems({ entryTypes: entryTypes(['tecp-receipt', 'opaque']) })).toEqual([
      ['entry', 'entry 2', 'E-SCHEMA-003'],
    ]);
  });

  it('entries in another order', async () => {
    [source.log[10], source.log[11]] = [source.log[11]!, source.log[10]!];
    const kinds = (await problems()).map(([kind]) => kind);
    expect(kinds).toContain('root');
    expect(kinds).toContain('stored-checkpoint');
    expect(kinds).not.toContain('entry');
  });

  it.each(['0/0', '0/1', '0/2', '1/0'])('tile %s with one byte changed', async (tile) => {
    source.tiles.set(tile, changed(source.tiles.get(tile)!));
    expect(await problems()).toEqual([['tile', expect.stringContaining(`tile/${tile[0]}/00`)]]);
  });

  it('a checkpoint of another tree', async () => {
    const root = asHash(new Uint8Array(32).fill(1));
    const checkpoint = { origin: key.verifier.name, size: 600, root, extensions: [] };
    source.note = signCheckpoint(checkpoint, key);
    expect(await problems()).toEqual([['root', 'checkpoint 600']]);
  });

  it('a checkpoint signed earlier that does not fit', async () => {
    const root = asHash(new Uint8Array(32).fill(1));
    for (const size of [0, 100, 256]) {
      const at = source.signed.findIndex((note) => note.split('\n')[1] === String(size));
      const good = source.signed[at]!;
      const checkpoint = { origin: key.verifier.name, size, root, extensions: [] };
      source.signed[at] = signCheckpoint(checkpoint, key);
      expect(await problems()).toEqual([['stored-checkpoint', `checkpoint ${size}`]]);
      source.signed[at] = good;
    }
    source.signed[0] = 'garbage';
    expect(await problems()).toEqual([['stored-checkpoint', 'stored checkpoints']]);
  });

  it('a checkpoint of a log that is not trusted, or none at all', async () => {
    const note = source.note!;
    source.note = new MemorySource(logKey('log.example/test', 9)).sign().note;
    expect(await problems()).toEqual([['checkpoint', 'checkpoint']]);
    source.note = note.replace('600', '601');
    expect(await problems()).toEqual([['checkpoint', 'checkpoint']]);
    source.note = 'garbage';
    expect(await problems()).toEqual([['checkpoint', 'checkpoint']]);
    source.note = undefined;
    const report = await checkLog(source, { policy, entryTypes: types });
    expect(report.problems).toMatchObject([{ kind: 'unavailable', where: 'checkpoint' }]);
    expect(report.checkpoint).toBeUndefined();
  });

  it('a checkpoint without its quorum: the rest is checked all the same', async () => {
    const { verifier } = newKey('witness.example/w', KEY_TYPES.cosignatureEd25519);
    const strict = parsePolicy(`log ${key.verifier.text}\nwitness w ${verifier.text}\nquorum w\n`);
    source.tiles.set('0/0', changed(source.tiles.get('0/0')!));
    expect(await problems({ policy: strict })).toEqual([
      ['quorum', 'checkpoint 600'],
      ['tile', 'tile/0/000'],
    ]);
  });

  it('a log that has become smaller', async () => {
    const { tree } = await checkLog(source, { policy, entryTypes: types });
    source = new MemorySource(key).append(...receipts.slice(0, 300)).sign();
    expect(await problems({ from: tree })).toEqual([['checkpoint', 'checkpoint 300']]);
  });

  it('files that are missing', async () => {
    source.tiles.delete('0/1');
    expect(await problems()).toEqual([['unavailable', 'tile/0/001']]);
    source.log.length = 400;
    expect(await problems()).toEqual([['unavailable', 'tile/entries/001']]);
  });

  it('a bundle that is malformed', async () => {
    const good = source.entries.bind(source);
    source.entries = async (index, width) => {
      return index === 1 ? decodeEntryBundle(Uint8Array.of(1), 256) : await good(index, width);
    };
    expect(await problems()).toEqual([['bundle', 'tile/entries/001']]);
  });
});

describe('many problems', () => {
  beforeEach(() => {
    source = new MemorySource(key)
      .append(...Array.from({ length: 300 }, (_, i) => encodeUtf8(`junk ${i}`)))
      .sign();
  });

  it('end the walk at a hundred', async () => {
    const all = await problems();
    expect(all).toHaveLength(100);
    expect(all[99]).toEqual(['entry', 'entry 99', 'E-SCHEMA-002']);
  });

  it('are all told to who listens', async () => {
    const heard: LogProblem[] = [];
    expect(await problems({ onProblem: (problem) => heard.push(problem) })).toHaveLength(100);
    expect(heard).toHaveLength(300);
  });
});

describe('what is not a finding', () => {
  it('an abort rejects with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => abort.abort(reason);
    await expect(problems({ signal: abort.signal, onProgress })).rejects.toBe(reason);
  });

  it('an error of the caller or of the source itself is handed on', async () => {
    const fail = () => {
      throw new TypeError('a bug');
    };
    await expect(problems({ onProgress: fail })).rejects.toBeInstanceOf(TypeError);
    source.tile = async () => fail();
    await expect(problems()).rejects.toBeInstanceOf(TypeError);
  });
});

describe('what a walk costs', () => {
  it('one request for each bundle and each tile, and never two for one', async () => {
    source = new MemorySource(key)
      .append(...Array.from({ length: 66_000 }, (_, i) => encodeUtf8(`entry ${i}`)))
      .sign();
    expect(await problems({ entries: 'tree-only' })).toEqual([]);
    const bundles = source.asked.filter((path) => path.startsWith('tile/entries/'));
    expect(bundles).toHaveLength(Math.ceil(66_000 / 256));
    // 257 full ones and a partial one of level 0, a full and a partial one of level 1, one of level 2.
    expect(source.asked).toHaveLength(bundles.length + 258 + 2 + 1);
    expect(new Set(source.asked).size).toBe(source.asked.length);
  });

  it('two hashes for each entry: its leaf, and a node', async () => {
    const hash = vi.spyOn(crypto, 'hash');
    onTestFinished(() => hash.mockRestore());
    await problems({ entries: 'tree-only' });
    // A node for each leaf but one for each perfect subtree, and those that fold these for a root.
    const roots = source.signed.length;
    expect(hash.mock.calls.length).toBeGreaterThanOrEqual(2 * 600 - 1);
    expect(hash.mock.calls.length).toBeLessThan(2 * 600 + 10 * (roots + 1));
  });
});
