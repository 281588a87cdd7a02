/** A log whose public files stand in a place beside its store: what is there, when, and who may write it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { FilesPublication } from '#log-server/publishing/files-publication.ts';
import { TilePublicationError } from '#log-server/publishing/tile-publication.ts';
import { LostTreeError } from '#log-server/publishing/witness-feed.ts';
import type { LogWriter } from '#log-server/store/log-writer.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { FolderFiles } from '#service/public-files/folder-files.ts';
import { type PublicFiles, PublicFilesError } from '#service/public-files/public-files.ts';
import { post, submittedOf } from '#test/support/http.ts';
import { freshReceipt, logKey, startTestLog } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { newEntries } from './batches.ts';

const key = logKey();
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);

let folder: string;
let store: LogWriter;
let sequencer: Sequencer;
let tree: TreeReader;
let files: PublicFiles;

beforeEach(() => {
  folder = join(tempFolder(), 'public');
  store = createTestWriter(key);
  sequencer = new Sequencer(store);
  tree = new TreeReader(store, key.verifier.name, createTileCache());
  files = FolderFiles.open(folder);
  onTestFinished(async () => {
    files.close();
    await store.close();
  });
});

const newPublication = (place = files) =>
  new FilesPublication({
    files: place,
    store,
    key: key.verifier,
    rootAt: (size) => tree.rootAt(size),
  });

async function grow(to: number): Promise<void> {
  const { size } = await store.treeHead();
  await sequencer.sequence(newEntries(size, to));
}

const noteOf = (size: number, root: Hash, by = key) =>
  signCheckpoint({ origin: by.verifier.name, size, root, extensions: [] }, by);
const noteAt = async (size: number) => noteOf(size, await tree.rootAt(size));

async function publishAndShow(publication: FilesPublication, size: number): Promise<void> {
  await publication.publish(size);
  await publication.show(await noteAt(size));
}

/** Size of the tree that a reader of the place finds; all under it is there and right. */
async function audited(types: 'opaque' | 'tecp-receipt' = 'opaque'): Promise<number | undefined> {
  if (!existsSync(join(folder, 'checkpoint'))) return undefined;
  const options = { policy, entryTypes: entryTypes([types]) };
  const report = await checkLog(new FolderTileSource(folder), options);
  expect(report.problems).toEqual([]);
  return report.entriesChecked;
}

/** The place, with what `before` does before each call; it is told the call's name. */
function watched(before: (call: string) => void): PublicFiles {
  return new Proxy(files, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        before([name, ...args.slice(0, 1)].map(String).join(' '));
        return await member.apply(target, args);
      };
    },
  });
}

describe('a place of public files', () => {
  it('begins where its checkpoint says, and reads nothing else of it', async () => {
    await grow(600);
    await publishAndShow(newPublication(), 520);
    const calls: string[] = [];
    const again = newPublication(watched((call) => calls.push(call)));
    await publishAndShow(again, 600);
    expect(calls.slice(0, -1).toSorted()).toEqual([
      'checkpoint',
      'put tile/0/002.p/88',
      'put tile/entries/002.p/88',
    ]);
    expect(calls.at(-1)).toMatch(/^replaceCheckpoint /);
    expect(await audited()).toBe(600);
  });

  it('keeps the larger tree where two processes show one', async () => {
    await grow(12);
    const [one, other] = [newPublication(), newPublication()];
    await publishAndShow(one, 5);
    await publishAndShow(other, 9);
    await publishAndShow(one, 7);
    expect(await audited()).toBe(9);
    // With other cosignatures, as that of a refresh.
    await publishAndShow(one, 9);
    await publishAndShow(other, 12);
    await publishAndShow(one, 12);
    expect(await audited()).toBe(12);
  });

  it('shows that a log has gone back', async () => {
    await grow(5);
    await publishAndShow(newPublication(), 5);
    await expect(newPublication().publish(4)).rejects.toBeInstanceOf(LostTreeError);
    const stored = await files.checkpoint();
    const fork = noteOf(3, asHash(new Uint8Array(32).fill(9)));
    await files.replaceCheckpoint(fork, stored);
    await expect(newPublication().publish(5)).rejects.toBeInstanceOf(LostTreeError);
  });

  it('says which file of lost entries is in the way, and goes on once it is removed', async () => {
    await grow(5);
    await files.put('tile/0/000.p/5', new Uint8Array(5 * 32).fill(9));
    const publication = newPublication();
    const error = await publication.publish(5).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TilePublicationError);
    expect(String(error)).toMatch(/tile\/0\/000\.p\/5 .*BACKUP_RECOVERY\.md/);
    rmSync(join(folder, 'tile/0/000.p/5'));
    await publishAndShow(publication, 5);
    expect(await audited()).toBe(5);
  });

  it('is not written to if it is of another log', async () => {
    const other = logKey('other.example/log', 2);
    await files.replaceCheckpoint(noteOf(1, asHash(new Uint8Array(32)), other), undefined);
    await grow(5);
    const error = await newPublication()
      .publish(5)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TilePublicationError);
    expect(String(error)).toContain('is not of log.example/test');
    expect(existsSync(join(folder, 'tile'))).toBe(false);
  });

  it('has all that its checkpoint covers, whichever calls fail', async () => {
    let countdown = 0;
    const failing = watched(() => {
      if (countdown-- === 0) throw new PublicFilesError('unavailable', 'Injected.');
    });
    let publication = newPublication(failing);
    await grow(700);
    let size = 0;
    for (let calls = 0; size < 700; calls++) {
      countdown = calls % 12;
      const next = Math.min(700, size + 100);
      const outcome = await publishAndShow(publication, next).catch((error: unknown) => error);
      if (outcome === undefined) size = next;
      else expect(outcome).toBeInstanceOf(TilePublicationError);
      if (calls % 5 === 4) publication = newPublication(failing);
      expect(await audited()).toBe(size === 0 ? undefined : size);
    }
  });

  it('is left at once when the log is stopped', async () => {
    await grow(700);
    const publication = newPublication();
    await expect(publication.publish(700, AbortSignal.abort())).rejects.toBeInstanceOf(
      TilePublicationError,
    );
    expect(existsSync(join(folder, 'tile'))).toBe(false);
    await publishAndShow(publication, 700);
    expect(await audited()).toBe(700);
  });
});

describe('a log that is configured with one', () => {
  async function startLog(options: Parameters<typeof startTestLog>[0] = {}) {
    const server = await startTestLog({ ...options, log: { tiles: folder } });
    onTestFinished(() => server.close());
    return server;
  }

  it('has there all that it has published, for readers that never ask a server', async () => {
    files.close();
    const server = await startLog();
    for (let i = 0; i < 3; i++) {
      await submittedOf(await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt()));
      expect(await audited('tecp-receipt')).toBe(i + 1);
      expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe(
        server.logs[0]!.published?.note,
      );
    }
    await server.close();
    files = FolderFiles.open(folder);
    expect(
      openCheckpoint((await files.checkpoint())!.note, logOf(key.verifier)).checkpoint.size,
    ).toBe(3);
  });

  it('takes no entry where the place knows more of it than its database', async () => {
    await grow(5);
    await publishAndShow(newPublication(), 5);
    files.close();
    const server = await startLog({ confirmed: false });
    const log = server.logs[0]!;
    await until(() => log.trouble?.includes('was rolled back') === true);
    expect(log.trouble).toMatch(/size 5 with this log's signature.*tecp log recover/s);
    expect(log.takesEntries).toBe(false);
    const refused = await post(`${server.url}/v1/log/entries`, freshReceipt());
    expect(refused.status).toBe(503);
    files = FolderFiles.open(tempFolder());
  });

  it('does not start while another process writes there', async () => {
    await expect(startLog()).rejects.toBeInstanceOf(ConfigError);
  });
});
