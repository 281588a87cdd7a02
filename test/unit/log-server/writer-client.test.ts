/** The writer in its own thread: the same calls and errors, and what its death means. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packEntries, unpackEntries } from '#log-server/store/packed-entries.ts';
import { WriterClient } from '#log-server/store/sqlite/client.ts';
import { SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { SignedHead } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { newEntries, newEntry, signedHead } from './batches.ts';

const key = logKey();
const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };

/** Where the database of a new log is. */
async function newPath(): Promise<string> {
  const path = join(tempFolder(), 'log.db');
  await SqliteWriter.create(path, identity).close();
  return path;
}

async function openClient() {
  const path = await newPath();
  const deaths: Error[] = [];
  const client = await WriterClient.open({ path, identity }, (error) => deaths.push(error));
  return { client, deaths, path };
}

describe('entries on their way to the thread', () => {
  it('arrive as they were, whatever their lengths', () => {
    const entry = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (all) => {
        const entries = all.map((bytes) => ({ bytes, leafHash: leafHash(bytes) }));
        const { bytes, lengths } = packEntries(entries);
        const unpacked = unpackEntries({ bytes, lengths });
        expect(unpacked.map((e) => toHex(e.bytes))).toEqual(all.map(toHex));
        expect(unpacked.map((e) => toHex(e.leafHash))).toEqual(
          entries.map((e) => toHex(e.leafHash)),
        );
      }),
    );
  });
});

describe('the writer client', () => {
  it('sequences, records and closes as the writer itself', async () => {
    const { client, deaths, path } = await openClient();
    const [first, second] = await Promise.all([
      client.sequence(newEntries(0, 3)),
      client.sequence([newEntry('entry 1'), newEntry('new')]),
    ]);
    expect(first!.results.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(second!.results).toEqual([
      { index: 1, duplicate: true },
      { index: 3, duplicate: false },
    ]);
    const tree = TileBuilder.empty();
    for (const { leafHash: hash } of [...newEntries(0, 3), newEntry('new')]) tree.append(hash);
    expect(toHex(second!.head.root)).toBe(toHex(tree.root()));
    await client.recordSigned(signedHead(tree), undefined);
    await client.recordPublished('note', 4, []);
    await client.close();
    expect(deaths).toEqual([]);
    const reader = SqliteWriter.open(path, identity);
    expect(await reader.published()).toBe('note');
    expect((await reader.lastSigned())?.size).toBe(4);
    await expectStoreSound(reader);
    await reader.close();
  });

  it('hands errors of the store on, with their kind', async () => {
    const { client } = await openClient();
    await client.recordPublished('note', 4, []);
    const conflict = { name: 'StoreError', kind: 'conflict' };
    await expect(client.recordPublished('note', 3, [])).rejects.toMatchObject(conflict);
    const head = signedHead(TileBuilder.empty());
    await expect(client.recordSigned(head, 7)).rejects.toMatchObject(conflict);
    await client.recordSigned(head, undefined);
    await client.close();
  });

  it('rejects to open what cannot be opened, with ConfigError, and ends its thread', async () => {
    const { client, path } = await openClient();
    const deaths: Error[] = [];
    const opening = WriterClient.open({ path, identity }, (error) => deaths.push(error));
    await expect(opening).rejects.toBeInstanceOf(ConfigError);
    await client.close();
    const other = logKey('log.example/other');
    const identityB = { origin: other.verifier.name, verifierKey: other.verifier.text };
    const second = WriterClient.open({ path, identity: identityB }, (error) => deaths.push(error));
    await expect(second).rejects.toThrow(/holds the log/);
    expect(deaths).toEqual([]);
  });

  it('gives the database up when it is closed, and refuses every call after', async () => {
    const { client, path, deaths } = await openClient();
    await client.close();
    await client.close();
    const failed = { name: 'StoreError', kind: 'failed' };
    await expect(client.sequence(newEntries(0, 1))).rejects.toMatchObject(failed);
    await SqliteWriter.open(path, identity).close();
    expect(deaths).toEqual([]);
  });

  it('finishes what was called before it closes', async () => {
    const { client, path } = await openClient();
    const batches = Promise.all([
      client.sequence(newEntries(0, 9)),
      client.sequence(newEntries(9, 12)),
    ]);
    await client.close();
    expect((await batches)[1].results.map(({ index }) => index)).toEqual([9, 10, 11]);
    const store = SqliteReader.openBesideWriter(path);
    expect((await store.treeHead()).size).toBe(12);
    await store.close();
  });

  it.each([
    ['is terminated', (worker: Worker) => void worker.terminate(), /ended with code/],
    ['throws', (worker: Worker) => worker.postMessage(null), /the writer thread failed/],
  ])('reports the death of a thread that %s, once, and rejects every call', async (...test) => {
    const [, kill, message] = test;
    const workers: Worker[] = [];
    process.once('worker', (worker) => workers.push(worker));
    const { client, path, deaths } = await openClient();
    await client.sequence(newEntries(0, 2));
    kill(workers[0]!);
    const waiting = client.sequence(newEntries(2, 3));
    const failed = { name: 'StoreError', kind: 'failed' };
    await expect(waiting).rejects.toMatchObject(failed);
    await until(() => deaths.length > 0);
    await expect(client.sequence(newEntries(2, 3))).rejects.toMatchObject(failed);
    await client.close();
    expect(deaths.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
    const writer = SqliteWriter.open(path, identity);
    const { size } = await writer.treeHead();
    expect(size === 2 || size === 3).toBe(true);
    await expectStoreSound(writer);
    await writer.close();
  });

  it('answers a bug in the thread as an error of its own, and goes on', async () => {
    const { client } = await openClient();
    const broken = { size: 1, root: new Uint8Array(32), note: undefined };
    const call = client.recordSigned(broken as unknown as SignedHead, undefined);
    await expect(call).rejects.toThrow();
    expect((await client.sequence(newEntries(0, 1))).head.size).toBe(1);
    await client.close();
  });
});
