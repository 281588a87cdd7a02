/** One log follows another, under clients that know neither of them: only who runs both. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ShardedLog } from '#client/shards.ts';
import { freezeLog } from '#log-server/recovery/freeze.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { fromHex } from '#protocol/bytes.ts';
import { asLeafHash } from '#protocol/merkle/hash.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { writeSignerKey } from '#service/keys.ts';
import { getJson, post, problemOf } from '#test/support/http.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt, logKey, startTestLog, type TestLog } from '#test/support/log.ts';
import { freeUrls } from '#test/support/ports.ts';
import { runTecp } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const operator = newKey('operator.example', KEY_TYPES.ed25519);
const keys = [logKey('log.example/a', 1), logKey('log.example/b', 2)] as const;

it('clients go on writing over a rotation, knowing nothing but a key of the operator', async () => {
  const folder = tempFolder();
  const file = (name: string) => join(folder, name);
  writeSignerKey(file('operator.key'), operator);
  writeFileSync(file('operator.vkey'), `${operator.verifier.text}\n`);
  const policy = keys
    .map((key) => `log ${key.verifier.text}\n`)
    .join('')
    .concat('quorum none\n');
  writeFileSync(file('policy.txt'), policy);
  const urls = (await freeUrls()) as [string, string];
  const running = new Set<TestLog>();
  onTestFinished(async () => {
    for (const log of running) await log.close();
  });
  const start = async (i: 0 | 1, data?: string): Promise<TestLog> => {
    const settings = {
      listen: { port: Number(new URL(urls[i]).port) },
      shards: file('shards.note'),
    };
    const log = await startTestLog({ key: keys[i], settings, ...(data && { folder: data }) });
    running.add(log);
    return log;
  };
  const shard = (i: 0 | 1, state: string) =>
    `shard ${keys[i].verifier.text}\nurl ${urls[i]}\nbegan ${100 * i}\nstate ${state}\n`;
  let signed = 0;
  const sign = async (version: number, shards: string, ...before: string[]) => {
    // No two of them are the same.
    const expires = Math.floor(Date.now() / 1000) + 3600 + ++signed;
    const head = `tecp-shards@v1\nversion ${version}\nissued 1\nexpires ${expires}\n`;
    writeFileSync(file('shards.txt'), head + shards);
    const out = ['--key', file('operator.key'), '--out', file('shards.note'), ...before];
    return await runTecp(['shards', 'sign', file('shards.txt'), ...out]);
  };
  const submit = async (name: string) => {
    const options = ['--shards', urls[0], '--operator-key', file('operator.vkey'), '--wait'];
    const policyFile = ['--policy', file('policy.txt')];
    const { code, stdout, stderr } = await runTecp([
      'submit',
      file(name),
      ...options,
      ...policyFile,
    ]);
    expect(code, stderr).toBe(0);
    return { stderr, ...(JSON.parse(stdout) as { leaf_hash: string; leaf_index: number }) };
  };
  for (const name of ['one.json', 'two.json']) writeFileSync(file(name), freshReceipt());

  expect(await sign(1, shard(0, 'open'))).toMatchObject({ code: 0 });
  const a = await start(0);
  const client = new ShardedLog(urls[0], operator.verifier);
  const first = await submit('one.json');
  expect([first.leaf_index, first.stderr]).toEqual([0, expect.stringContaining('log.example/a')]);
  await client.submit(freshReceipt());
  const old = client.known;

  await a.close();
  running.delete(a);
  const { size } = await freezeLog(a.config.logs[0]!);
  const { root } = a.logs[0]!.head;
  const rotated = shard(0, `frozen ${size} ${encodeBase64(root)}`) + shard(1, 'open');
  expect(await sign(2, rotated, '--before', file('shards.note'))).toMatchObject({ code: 0 });
  await start(0, a.folder);
  const b = await start(1);
  const refused = await post(`${urls[0]}/v1/log/entries`, freshReceipt());
  expect(await problemOf(refused)).toMatchObject({ status: 410, shards: '/v1/log/shards' });

  // The same command, and a client that still has the first list: both write to the second log.
  const second = await submit('two.json');
  expect([second.leaf_index, second.stderr]).toEqual([0, expect.stringContaining('log.example/b')]);
  const { shard: taker, submitted } = await client.submit(freshReceipt());
  expect([taker.key.name, submitted.leaf_index]).toEqual(['log.example/b', 1]);
  expect(b.logs[0]!.head.size).toBe(2);

  // What is in the first one is still proven there, under the tree that the list names.
  await until(async () => (await getJson(`${urls[0]}/v1/log/sth`)).tree_size === size);
  expect(await getJson(`${urls[0]}/v1/log/sth`)).toMatchObject({ root_hash: encodeBase64(root) });
  const proof = await (await fetch(`${urls[0]}/v1/log/proof?leaf=${first.leaf_hash}`)).text();
  const leaf = asLeafHash(fromHex(first.leaf_hash, 32));
  const opened = verifyTlogProof(parseTlogProof(proof), leaf, parsePolicy(policy));
  expect(opened.logKey.name).toBe('log.example/a');

  // The first list again is genuine and current, and refused by whoever has seen the second.
  expect(await sign(1, shard(0, 'open'), '--before', file('shards.note'))).toMatchObject({
    code: 1,
  });
  expect(await sign(1, shard(0, 'open'))).toMatchObject({ code: 0 });
  const replaying = await startTestLog({
    key: logKey('log.example/c', 3),
    settings: { shards: file('shards.note') },
  });
  running.add(replaying);
  const seen = new ShardedLog(replaying.url, operator.verifier, { known: client.known! });
  await expect(seen.refresh()).rejects.toMatchObject({ code: 'stale' });
  const unseen = new ShardedLog(replaying.url, operator.verifier, { known: old! });
  await expect(unseen.refresh()).rejects.toMatchObject({ code: 'stale' });
  const stranger = newKey('operator.example', KEY_TYPES.ed25519).verifier;
  await expect(new ShardedLog(replaying.url, stranger).refresh()).rejects.toMatchObject({
    code: 'untrusted',
  });
});
