/** A log is brought back to what it signed, and to nothing else, whatever mirrors and witnesses show. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type LogConfig, logServerConfigSchema } from '#log-server/config.ts';
import { identityOf } from '#log-server/log-files.ts';
import { RecoveryError } from '#log-server/recovery/agreement.ts';
import { recoverLog } from '#log-server/recovery/recover.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import { openStore } from '#log-server/store/open-store.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { TreeHead } from '#log-server/store/store.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { writeSignerKey } from '#service/keys.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { openTestReader } from '#test/support/store.ts';
import { memoryFolder } from '#test/support/temp.ts';

const key = logKey();
const identity = identityOf(key);
let folder: string;
let config: LogConfig;

beforeEach(() => {
  folder = memoryFolder();
  writeSignerKey(join(folder, 'log.key'), key);
  configure('quorum none\n');
});

function configure(policy: string): void {
  writeFileSync(join(folder, 'policy.txt'), `log ${key.verifier.text}\n${policy}`);
  const logs = [{ key: 'log.key', database: 'log.db', policy: 'policy.txt' }];
  const text = JSON.stringify({ listen: { port: 0 }, logs });
  config = parseConfig(text, join(folder, 'log.yaml'), logServerConfigSchema).logs[0]!;
}

const entriesOf = (from: number, to: number, salt = '') =>
  Array.from({ length: to - from }, (_, i) => encodeUtf8(`entry ${from + i}${salt}`));

/** The log with its first entries, and those of a fork from some index on. */
function mirrorOf(size: number, { forkedAt = size, signer = key } = {}): MemorySource {
  const source = new MemorySource(signer).append(...entriesOf(0, forkedAt));
  return source.append(...entriesOf(forkedAt, size, ' forked')).sign();
}

const headOf = ({ tree }: MemorySource): TreeHead => ({ size: tree.size, root: tree.root() });

/** The database as a copy of it is: so many entries, of which the log has signed all. */
async function restored(size: number, source = mirrorOf(size)): Promise<void> {
  await SqliteWriter.create(config.database, identity).close();
  const store = await openStore(config, identity, () => undefined);
  const entries = source.log.map((bytes) => ({ bytes, leafHash: leafHash(bytes) }));
  if (entries.length > 0) await store.writer.sequence(entries);
  await store.writer.recordSigned({ ...headOf(source), note: source.note! }, undefined);
  await store.close();
}

async function marked(signed: TreeHead, stopped?: TreeHead): Promise<void> {
  const path = `${config.database}.high-water`;
  const mark = await HighWaterMark.open(path, key.verifier.text);
  await mark.begin(signed);
  if (stopped !== undefined) await mark.stop(stopped);
}

const recover = (...sources: MemorySource[]) => {
  const mirrors = sources.map((source, i) => ({ name: `the mirror ${i + 1}`, source }));
  return recoverLog(config, { mirrors, onProgress: () => undefined });
};

/** The database holds exactly this tree, signed as the log signed it. */
async function expectHolds(source: MemorySource): Promise<void> {
  const store = openTestReader(config.database);
  try {
    await expectStoreSound(store);
    const { size, root } = await store.treeHead();
    expect([size, toHex(root)]).toEqual([source.tree.size, toHex(source.tree.root())]);
    expect(await store.lastSigned()).toMatchObject({ size, note: source.note });
  } finally {
    await store.close();
  }
}

async function sizeNow(): Promise<number> {
  const store = openTestReader(config.database);
  try {
    return (await store.treeHead()).size;
  } finally {
    await store.close();
  }
}

async function witnessThat(shows: MemorySource): Promise<FakeWitness> {
  const witness = await FakeWitness.start('w1', 81);
  onTestFinished(() => witness.close());
  witness.note = shows.note;
  configure(policyOf([witness], 1));
  return witness;
}

describe('what was lost comes back', () => {
  it.each([
    [0, 1],
    [5, 300],
    [256, 512],
    [300, 2600],
  ])('from %i to %i, under the signature that the log made', async (from, to) => {
    await restored(from);
    expect(await recover(mirrorOf(to))).toMatchObject({ from, to, by: 'the mirror 1', silent: [] });
    await expectHolds(mirrorOf(to));
    expect(await recover(mirrorOf(to))).toMatchObject({ from: to, to });
  });

  it('as far as the high-water mark says, though no mirror shows a checkpoint of it', async () => {
    await restored(5);
    const mirror = mirrorOf(600);
    await marked(headOf(mirror));
    const { note } = mirror;
    mirror.note = mirrorOf(400).note;
    expect(await recover(mirror)).toMatchObject({ to: 600, by: expect.stringMatching(/mark/) });
    mirror.note = note;
    await expectHolds(mirror);
  });

  it('from the next mirror where one fails, and is kept if none goes on', async () => {
    await restored(5);
    const broken = mirrorOf(5000);
    broken.log.splice(3000);
    await expect(recover(broken)).rejects.toThrow(/Entries 2816 to 4999 are missing/);
    expect(await sizeNow()).toBe(2816);
    expect(await recover(broken, mirrorOf(5000))).toMatchObject({ from: 2816, to: 5000 });
    await expectHolds(mirrorOf(5000));
  });

  it('with the newest checkpoint that has its quorum, for readers', async () => {
    const mirror = mirrorOf(300);
    const witness = await witnessThat(mirror);
    mirror.note += witness.lines(mirror.note!);
    await restored(5);
    await recover(mirror);
    const store = openTestReader(config.database);
    expect(await store.published()).toBe(mirror.note);
    expect(await store.anchor(300)).toEqual({ size: 300, note: mirror.note });
    await store.close();
  });

  it('also when the command was killed before the tree was signed again', async () => {
    await restored(5);
    const mirror = mirrorOf(300);
    const store = await openStore(config, identity, () => undefined);
    const rest = mirror.log.slice(5).map((bytes) => ({ bytes, leafHash: leafHash(bytes) }));
    await store.writer.sequence(rest);
    await store.close();
    expect(await recover(mirror)).toMatchObject({ from: 300, to: 300 });
    await expectHolds(mirror);
  });

  it('and who was given an index that was never signed is told of', async () => {
    await restored(5);
    await marked(headOf(mirrorOf(300)), headOf(mirrorOf(310)));
    expect(await recover(mirrorOf(300))).toMatchObject({ to: 300, stoppedAt: 310 });
  });
});

describe('nothing is recovered', () => {
  const refused = async (message: RegExp, ...sources: MemorySource[]) => {
    const before = await sizeNow();
    const error = await recover(...sources).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RecoveryError);
    expect((error as Error).message).toMatch(message);
    expect(await sizeNow()).toBe(before);
  };
  const BOTH = /contradict each other/;

  it('of a tree that does not begin with the database', async () => {
    await restored(50, mirrorOf(50, { forkedAt: 40 }));
    await refused(BOTH, mirrorOf(300));
    await refused(/^the database and the mirror 1 contradict/, mirrorOf(300));
  });

  it('where the mark says another root', async () => {
    await restored(5);
    await marked(headOf(mirrorOf(200, { forkedAt: 100 })));
    await refused(BOTH, mirrorOf(300));
    await refused(BOTH, mirrorOf(200));
  });

  it('where two mirrors are of two trees, whichever is larger and named first', async () => {
    await restored(5);
    const [small, large] = [mirrorOf(200, { forkedAt: 100 }), mirrorOf(300)];
    await refused(BOTH, small, large);
    await refused(BOTH, large, small);
    await refused(BOTH, mirrorOf(300, { forkedAt: 100 }), large);
  });

  it('where a witness shows that the log signed another tree', async () => {
    await witnessThat(mirrorOf(200, { forkedAt: 100 }));
    await restored(5);
    await refused(/the witness http.* contradict each other/, mirrorOf(300));
  });

  it.each([
    ['a witness', () => witnessThat(mirrorOf(310))],
    ['the mark', () => marked(headOf(mirrorOf(310)))],
  ])('short of what %s says was signed, and what is missing is named', async (_, say) => {
    await say();
    await restored(5);
    await refused(/Entries 300 to 309 are missing.*--trust-database.*fork/s, mirrorOf(300));
  });

  it('of what a mirror made up', async () => {
    await restored(5);
    const liar = mirrorOf(300);
    liar.log[7] = encodeUtf8('made up');
    await refused(/missing/, liar);
  });

  it('from a mirror of another log, or while the log runs', async () => {
    await restored(5);
    for (const signer of [logKey('log.example/other'), logKey(key.verifier.name, 2)]) {
      await expect(recover(mirrorOf(300, { signer }))).rejects.toThrow(/is no mirror of/);
    }
    const running = await openStore(config, identity, () => undefined);
    await expect(recover(mirrorOf(300))).rejects.toBeInstanceOf(ConfigError);
    await running.close();
    expect(await sizeNow()).toBe(5);
  });

  it('where nothing was signed, and nobody knows of anything', async () => {
    await SqliteWriter.create(config.database, identity).close();
    const mirror = mirrorOf(3);
    mirror.note = undefined;
    await refused(/Nobody knows/, mirror);
  });

  it('of a tree that has an entry twice, as the store would give it one index', async () => {
    await restored(5);
    const twice = (...entries: Uint8Array[]) =>
      new MemorySource(key).append(...entriesOf(0, 5), ...entries).sign();
    await refused(/twice/, twice(...entriesOf(3, 8)));
    await refused(/twice/, twice(...entriesOf(5, 8), ...entriesOf(5, 8)));
  });
});
