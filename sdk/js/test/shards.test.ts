/** Lists of shards from a real log, which serves what its operator signed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { signShardList } from '#protocol/shards/shard-list.ts';
import { newKey } from '#test/support/keys.ts';
import { logKey, startTestLog } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { Cleanup } from '#test/support/witness.ts';
import {
  createReceipt,
  fetchShardList,
  formatShardList,
  IssuerKey,
  LogClient,
  parseShardList,
  shardToWrite,
} from '../src/index.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const operator = newKey('operator.example', KEY_TYPES.ed25519);
const SECONDS = 1_700_000_000;

it('a receipt is logged where the operator says, and an older list is refused', async () => {
  const path = join(tempFolder(), 'shards.note');
  const sign = (version: number, url: string) => {
    const shards = [{ key: logKey().verifier, url, began: 0 }];
    const list = { version, issued: SECONDS, expires: SECONDS + 1000, shards };
    writeFileSync(path, signShardList(list, operator));
  };
  const start = async (settings: Record<string, unknown>) => {
    const log = await startTestLog({ settings });
    cleanup.add(() => log.close());
    return log;
  };
  const writable = await start({});
  sign(2, writable.url);
  const { url } = await start({ shards: path });
  const nowMs = 1000 * SECONDS;
  const list = await fetchShardList(`${url}/`, operator.verifier, { nowMs });
  expect(list.shards.map((shard) => shard.url)).toEqual([writable.url]);
  const receipt = createReceipt({
    key: IssuerKey.generate(),
    codeRef: 'git:0123',
    input: 'in',
    output: 'out',
  });
  const client = new LogClient(shardToWrite(list)!.url);
  expect(await client.submit(receipt)).toMatchObject({ leaf_index: 0 });

  const before = parseShardList(formatShardList(list));
  expect(await fetchShardList(url, operator.verifier, { nowMs, before })).toEqual(list);
  sign(1, writable.url);
  const older = await start({ shards: path });
  const fetched = fetchShardList(older.url, operator.verifier, { nowMs, before });
  await expect(fetched).rejects.toMatchObject({ name: 'FormatError', code: 'stale' });
  // By the clock of this machine it has long expired.
  await expect(fetchShardList(url, operator.verifier)).rejects.toMatchObject({ code: 'stale' });
  const stranger = newKey('operator.example', KEY_TYPES.ed25519).verifier;
  await expect(fetchShardList(url, stranger)).rejects.toMatchObject({ code: 'untrusted' });
  const none = fetchShardList(writable.url, operator.verifier);
  await expect(none).rejects.toMatchObject({ name: 'RemoteError', status: 404 });
});
