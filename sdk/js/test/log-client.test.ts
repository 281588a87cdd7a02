/** The log client: receipts logged by a real log, and by one that is busy, broken or wrong. */

import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { startTestLog } from '#test/support/log.ts';
import { Cleanup } from '#test/support/witness.ts';
import {
  createReceipt,
  IssuerKey,
  LogClient,
  parsePolicy,
  receiptLeafHash,
  verifyProof,
  verifyReceipt,
} from '../src/index.ts';

const key = IssuerKey.generate();
const cleanup = new Cleanup();
afterEach(cleanup.run);
afterEach(() => vi.restoreAllMocks());

const newReceipt = (output = 'out') =>
  createReceipt({ key, codeRef: 'git:0123', input: 'in', output });

describe('with a log', () => {
  const start = async () => {
    const log = await startTestLog();
    cleanup.add(() => log.close());
    const policy = parsePolicy(readFileSync(join(log.folder, 'policy.txt')));
    return { client: new LogClient(`${log.url}/`), policy };
  };

  it('a receipt that is logged comes back with a proof that verifies', async () => {
    const { client, policy } = await start();
    const receipt = newReceipt();
    const { log_inclusion: proof, ...rest } = await client.log(receipt);
    expect(rest).toEqual(receipt);
    const verdict = verifyReceipt({ ...rest, log_inclusion: proof }, { nowMs: Date.now(), policy });
    expect(verdict).toMatchObject({ valid: true, index: 0 });
  });

  it('a receipt has one index, however often and in whatever form it is submitted', async () => {
    const { client } = await start();
    const proven = await client.log(newReceipt());
    const leaf_hash = toHex(receiptLeafHash(proven));
    expect(await client.submit(proven)).toEqual({ leaf_index: 0, leaf_hash, duplicate: true });
  });

  it('gives proofs by leaf hash and by index', async () => {
    const { client, policy } = await start();
    const receipt = await client.log(newReceipt());
    const leaf = receiptLeafHash(receipt);
    for (const entry of [leaf, 0]) {
      const proof = verifyProof(await client.proof(entry), leaf, policy);
      expect(proof).toMatchObject({ index: 0, quorumMet: true, origin: 'log.example/test' });
    }
  });

  it('takes more receipts than a log does at once, and says which are refused', async () => {
    const { client } = await start();
    const receipts = Array.from({ length: 1001 }, (_, i) => newReceipt(String(i)));
    receipts[3] = createReceipt({ key, codeRef: 'git:0', input: '', output: '', ts: 1 });
    const results = await client.submitMany(receipts);
    expect(results).toHaveLength(receipts.length);
    expect(results[3]).toMatchObject({ status: 400, code: 'E-TS-003' });
    expect(results[1000]).toMatchObject({
      status: 200,
      leaf_hash: toHex(receiptLeafHash(receipts[1000]!)),
    });
  });

  it('logs many and attaches their proofs, and says which are refused', async () => {
    const { client, policy } = await start();
    const old = createReceipt({ key, codeRef: 'git:0', input: '', output: '', ts: 1 });
    const results = await client.logMany([newReceipt('a'), old, newReceipt('b')]);
    expect(results[1]).toMatchObject({ status: 400, code: 'E-TS-003' });
    for (const result of [results[0]!, results[2]!]) {
      if (!('receipt' in result)) throw new Error(`expected a receipt: ${JSON.stringify(result)}`);
      const verdict = verifyReceipt(result.receipt, { nowMs: Date.now(), policy });
      expect(verdict).toMatchObject({ valid: true, tree_size: 2 });
    }
  });

  it('says what a log has against a receipt', async () => {
    const { client } = await start();
    const old = createReceipt({ key, codeRef: 'git:0', input: '', output: '', ts: 1 });
    const refusal = { name: 'RemoteError', kind: 'status', status: 400, code: 'E-TS-003' };
    await expect(client.submit(old)).rejects.toMatchObject(refusal);
    await expect(client.proof(7)).rejects.toMatchObject({ kind: 'status', status: 404 });
  });
});

describe('with a server that misbehaves', () => {
  /** Answers by these in turn, and by the last one from then on. */
  const serve = async (...answers: RequestListener[]) => {
    const asked: string[] = [];
    const url = await cleanup.serve((request, response) => {
      asked.push(request.url!);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      answer(request, response);
    });
    return { client: new LogClient(url), asked };
  };
  const busy: RequestListener = (_, response) => {
    response.writeHead(503, { 'retry-after': '0' }).end('{"code":"overloaded","detail":"later"}');
  };
  const cut: RequestListener = ({ socket }) => socket.destroy();
  const say =
    (body: string): RequestListener =>
    (_, response) =>
      void response.end(body);

  it('asks again for a proof after 503 and a broken connection', async () => {
    const { client, asked } = await serve(busy, cut, say('a proof'));
    expect(await client.proof(3)).toBe('a proof');
    expect(asked).toEqual(Array(3).fill('/v1/log/proof?index=3'));
  });

  it('takes an answer that says no for one, whatever becomes of its body', async () => {
    const { client, asked } = await serve((_, response) => {
      response.writeHead(400, { 'content-length': '100' }).write('{"code":');
      setTimeout(() => response.socket?.resetAndDestroy(), 20);
    });
    await expect(client.log(newReceipt())).rejects.toMatchObject({ kind: 'status', status: 400 });
    expect(asked).toHaveLength(1);
  });

  it('asks again after a 503 without end', async () => {
    const { client, asked } = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.writeHead(503).on('close', () => clearInterval(timer));
    }, say('a proof'));
    expect(await client.proof(3)).toBe('a proof');
    expect(asked).toHaveLength(2);
  });

  it('is told of a redirect once, and does not follow it', async () => {
    const { client, asked } = await serve((_, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const told = { kind: 'status', status: 307 };
    await expect(client.submit(newReceipt())).rejects.toMatchObject(told);
    await expect(client.proof(3)).rejects.toMatchObject(told);
    expect(asked).toEqual(['/v1/log/entries', '/v1/log/proof?index=3']);
  });

  it('sends the password of its URL, and shows it nowhere', async () => {
    const sent: (string | undefined)[] = [];
    const { client } = await serve(({ headers }, response) => {
      sent.push(headers.authorization);
      response.end('{}');
    });
    const secret = new LogClient(client.url.replace('//', '//us%65r:S3CRET%40@'));
    const errors = await Promise.all([
      secret.log(newReceipt()).catch((error) => error),
      secret.submitMany([newReceipt()]).catch((error) => error),
    ]);
    expect(sent).toEqual(Array(2).fill(`Basic ${btoa('user:S3CRET@')}`));
    expect(secret.url).toBe(client.url);
    for (const error of errors) expect(error).toMatchObject({ kind: 'bad-content' });
    for (const shown of [secret, ...errors]) {
      expect(inspect(shown, { showHidden: true, depth: 9 })).not.toContain('S3CRET');
    }
  });

  it('gives every request 30 seconds, unless told otherwise', async () => {
    const deadline = vi.spyOn(AbortSignal, 'timeout');
    const { client } = await serve(say('a proof'));
    await client.proof(3);
    await client.submit(newReceipt()).catch(() => undefined);
    await new LogClient(client.url, { timeoutMs: 5_000 }).proof(3);
    expect(deadline.mock.calls).toEqual([[30_000], [30_000], [5_000]]);
  });

  it('asks five times and no more', async () => {
    // Three seconds of pauses come to none.
    vi.spyOn(Math, 'random').mockReturnValue(-0.5);
    const { client, asked } = await serve(busy);
    const refusal = { status: 503, code: 'overloaded', detail: 'later' };
    await expect(client.submit(newReceipt())).rejects.toMatchObject(refusal);
    expect(asked).toHaveLength(5);
  });

  it('does not take an answer about another receipt, or without a proof', async () => {
    const receipt = newReceipt();
    const other = { leaf_index: 0, leaf_hash: 'ab'.repeat(32), duplicate: false };
    const { client } = await serve(
      say(JSON.stringify(other)),
      say(JSON.stringify({ ...other, leaf_hash: toHex(receiptLeafHash(receipt)) })),
    );
    await expect(client.submit(receipt)).rejects.toMatchObject({ kind: 'bad-content' });
    await expect(client.log(receipt)).rejects.toMatchObject({ kind: 'bad-content' });
  });

  it('says in a line that a terminal may show what a log has said', async () => {
    const steering = { code: 'odd', field: 'ts', detail: 'a\u001b[2Jb\nc\u009b\u202e' };
    const { client } = await serve((_, response) => {
      response.writeHead(400).end(JSON.stringify(steering));
    });
    await expect(client.submit(newReceipt())).rejects.toMatchObject({
      ...steering,
      message: expect.stringMatching(/\(odd: a\\u\{1b\}\[2Jb\\u\{a\}c\\u\{9b\}\\u\{202e\}\)$/),
    });
  });

  it.each([
    ['of no text', ''],
    ['larger than any receipt', 'a'.repeat(2 ** 20)],
    ['that is no valid Unicode', '\ud800'],
  ])('does not attach a proof %s', async (_, proof) => {
    const receipt = newReceipt();
    const leaf_hash = toHex(receiptLeafHash(receipt));
    const { client } = await serve(
      say(JSON.stringify({ leaf_index: 0, leaf_hash, duplicate: false, proof })),
    );
    await expect(client.log(receipt)).rejects.toMatchObject({ kind: 'bad-content' });
  });

  it('does not take results of many in another order', async () => {
    const receipts = [newReceipt('1'), newReceipt('2')];
    const lines = receipts.map((receipt, leaf_index) => {
      const leaf_hash = toHex(receiptLeafHash(receipt));
      return `${JSON.stringify({ status: 200, leaf_index, leaf_hash, duplicate: false })}\n`;
    });
    const { client } = await serve(say(lines.toReversed().join('')), say(lines.join('')));
    await expect(client.submitMany(receipts)).rejects.toMatchObject({ kind: 'bad-content' });
    expect(await client.submitMany(receipts)).toHaveLength(2);
    await expect(client.logMany(receipts)).rejects.toMatchObject({ kind: 'bad-content' });
  });

  it('gives up when the signal says so', async () => {
    const { client, asked } = await serve(busy);
    const controller = new AbortController();
    const impatient = new LogClient(client.url, { signal: controller.signal });
    const answer = impatient.submit(newReceipt());
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(asked.length).toBeLessThan(5);
  });
});

it('what is no URL, no receipt or no leaf hash is not sent anywhere', async () => {
  const noUrls = ['file:///x', 'http://h?x', 'http://h/#x', 'http://h/a b', 'http://h/\0', ''];
  for (const url of noUrls) expect(() => new LogClient(url)).toThrow(TypeError);
  const misspelt = { timeout: 5 } as object;
  expect(() => new LogClient('http://log.example', misspelt)).toThrow(TypeError);
  const client = new LogClient('http://127.0.0.1:1');
  await expect(client.submit({} as never)).rejects.toMatchObject({ code: 'E-SCHEMA-001' });
  await expect(client.proof(new Uint8Array(31))).rejects.toThrow(RangeError);
  await expect(client.proof(-1)).rejects.toThrow(RangeError);
});
