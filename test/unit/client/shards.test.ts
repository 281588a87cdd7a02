/** Submitting by a list of shards that has expired. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ShardedLog } from '#client/shards.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { type ShardList, signShardList } from '#protocol/shards/shard-list.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';

const operator = newKey('operator.example', KEY_TYPES.ed25519);
const BEGAN = 1_600_000_000;

let server: Server;
let url: string;
/** What is served as the list of shards. */
let served: string;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const taken = { leaf_index: 0, leaf_hash: '0'.repeat(64), duplicate: false };
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'POST' ? JSON.stringify(taken) : served);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function list(version: number, at: string): ShardList {
  const shards = [{ key: logKey().verifier, url: at, began: BEGAN }];
  return { version, issued: BEGAN, expires: BEGAN + 100 * version, shards };
}

it('a list is used until it expires, and then fetched anew', async () => {
  served = signShardList(list(2, `${url}/second`), operator);
  let seconds = BEGAN + 99;
  const now = () => 1000 * seconds;
  const log = new ShardedLog(url, operator.verifier, { known: list(1, `${url}/first`), now });
  await log.submit(freshReceipt());
  expect(asked.splice(0)).toEqual(['POST /first/v1/log/entries']);
  seconds += 1;
  await log.submit(freshReceipt());
  expect(asked.splice(0)).toEqual(['GET /v1/log/shards', 'POST /second/v1/log/entries']);
  seconds += 100;
  // What is served has expired, too.
  await expect(log.submit(freshReceipt())).rejects.toMatchObject({ code: 'stale' });
  expect(asked).toEqual(['GET /v1/log/shards']);
});
