/** The clients of a log and of a witness: retries, and answers that are not what they must be. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogClient } from '#client/log-client.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { fromHex } from '#protocol/bytes.ts';
import { asLeafHash } from '#protocol/merkle/hash.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { parseAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { freshReceipt, startTestLog } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';

interface Scripted {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** A server that plays these answers in turn, the last one for ever; 'cut' breaks the connection. */
let script: (Scripted | 'cut')[] = [];
let requests: { url: string; body: string; type: string | undefined; authorization?: string }[] =
  [];
let url: string;

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { 'content-type': type, authorization } = request.headers;
  const body = Buffer.concat(chunks).toString();
  requests.push({ url: request.url!, body, type, ...(authorization && { authorization }) });
  const answer = script.length > 1 ? script.shift()! : script[0]!;
  if (answer === 'cut') response.socket?.destroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

const server = createServer((request, response) => void handle(request, response));

beforeEach(async () => {
  requests = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const result = { leaf_index: 4, leaf_hash: 'ab', duplicate: false };
const ok = { status: 200, body: JSON.stringify(result) };
const entry = Buffer.from('{"a":1}');

describe('the log client', () => {
  it('submits an entry as it is, and asks for the proof when told to', async () => {
    script = [ok];
    const client = new LogClient(`${url}/prefix/`);
    expect(await client.submit(entry)).toEqual(result);
    await client.submit(entry, { waitForProof: true });
    expect(requests).toEqual([
      { url: '/prefix/v1/log/entries', body: '{"a":1}', type: 'application/json' },
      { url: '/prefix/v1/log/entries?wait=proof', body: '{"a":1}', type: 'application/json' },
    ]);
  });

  it('tries again after 429, 503, a broken connection and a timeout, for as long as told', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const client = new LogClient(url, { timeoutMs: 20_000 });
    script = [{ status: 429 }, { status: 503, body: 'busy' }, 'cut', ok];
    expect(await client.submit(entry)).toEqual(result);
    expect(requests).toHaveLength(4);
    requests = [];
    script = [{ status: 503, body: '{"code":"proof-pending","leaf_index":4}' }];
    await expect(client.submit(entry, { attempts: 2 })).rejects.toMatchObject({
      kind: 'status',
      status: 503,
      body: '{"code":"proof-pending","leaf_index":4}',
    });
    expect(requests).toHaveLength(2);
  });

  it.each([0, -1, 0.5, Number.NaN, null])('takes %j for no count of attempts', async (attempts) => {
    const bad = new LogClient(url).submit(entry, { attempts: attempts as number });
    await expect(bad).rejects.toThrow(attempts === null ? TypeError : RangeError);
    expect(requests).toEqual([]);
  });

  it('waits as long as the server asks, before it tries again', async () => {
    script = [{ status: 429, headers: { 'retry-after': '1' } }, ok];
    const startedMs = performance.now();
    await new LogClient(url).submit(entry);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
  });

  it('ends with the reason of its signal also while it waits for another try', async () => {
    script = [{ status: 503, headers: { 'retry-after': '600' } }];
    const patience = new AbortController();
    const reason = new Error('enough');
    const client = new LogClient(url, { signal: patience.signal });
    const startedMs = performance.now();
    const submitted = client.submit(entry);
    await until(() => requests.length === 1);
    // Let the answer come: from then on only the pause is left to be ended.
    setTimeout(() => patience.abort(reason), 200);
    await expect(submitted).rejects.toBe(reason);
    expect(performance.now() - startedMs).toBeLessThan(300_000);
    expect(requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308, 400, 404, 413, 415, 500])(
    'does not try again after %i',
    async (status) => {
      const headers = { location: `${url}/elsewhere` };
      script = [{ status, body: '{"code":"E-SIG-002","detail":"no"}', headers }];
      await expect(new LogClient(url).submit(entry)).rejects.toMatchObject({ status });
      expect(requests).toHaveLength(1);
    },
  );

  it.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['no JSON', 'x'],
    ['an array', '[]'],
    ['no index', '{"leaf_hash":"ab","duplicate":false}'],
    ['an index below 0', '{"leaf_index":-1,"leaf_hash":"ab","duplicate":false}'],
    ['an index that is no number', '{"leaf_index":"4","leaf_hash":"ab","duplicate":false}'],
    ['a proof that is no text', '{"leaf_index":4,"leaf_hash":"ab","duplicate":false,"proof":1}'],
    ['a proof that is null', '{"leaf_index":4,"leaf_hash":"ab","duplicate":false,"proof":null}'],
    ['a hash that is no valid Unicode', '{"leaf_index":4,"leaf_hash":"\\ud800","duplicate":false}'],
    ...['{}', '[{}]', '[null]', '["a"]', '[{"code":"a","message":1}]', '[{"code":"\\ud800"}]'].map(
      (warnings): [string, string] => [
        `the warnings ${warnings}`,
        `{"leaf_index":4,"leaf_hash":"ab","duplicate":false,"warnings":${warnings}}`,
      ],
    ),
    ['bytes that are no text', Uint8Array.of(0x22, 0xff)],
  ])('rejects an answer that is none: %s', async (_, body) => {
    script = [{ status: 200, body }];
    await expect(new LogClient(url).submit(entry)).rejects.toMatchObject({
      name: 'RemoteError',
      kind: 'bad-content',
    });
  });

  it('submits lines, and insists on one result for each', async () => {
    const line = JSON.stringify({ status: 200, ...result });
    script = [{ status: 200, body: `${line}\n{"status":400,"code":"x","detail":"y"}\n` }];
    const client = new LogClient(url);
    const results = await client.submitBatch([entry, Buffer.from('bad')], { waitForProof: true });
    expect(results.map(({ status }) => status)).toEqual([200, 400]);
    expect(requests[0]).toEqual({
      url: '/v1/log/entries?wait=proof',
      body: '{"a":1}\nbad\n',
      type: 'application/x-ndjson',
    });
    const others = [
      'x',
      '{}',
      '{"status":200}',
      '{"status":"400","code":"x","detail":"y"}',
      '{"status":99,"code":"x","detail":"y"}',
      '{"status":1000,"code":"x","detail":"y"}',
      '{"status":400.5,"code":"x","detail":"y"}',
      '{"status":400,"code":"\\udc00","detail":"y"}',
    ];
    const counts = ['', line, `${line}\n`, `${line}\n\n`, `${line}\n${line}\n${line}\n`];
    for (const body of [...counts, ...others.map((other) => `${line}\n${other}\n`)]) {
      script = [{ status: 200, body }];
      await expect(client.submitBatch([entry, entry])).rejects.toMatchObject({
        kind: 'bad-content',
      });
    }
  });

  it('takes a last line without a newline, and refusals that say their status only', async () => {
    const line = JSON.stringify({ status: 200, ...result });
    const client = new LogClient(url);
    script = [{ status: 200, body: `{"status":400}\n${line}` }];
    const ok = { status: 200, ...result };
    expect(await client.submitBatch([entry, entry])).toEqual([{ status: 400 }, ok]);
    script = [{ status: 200, body: '{"status":999,"code":5,"detail":null,"field":"ts"}\n' }];
    expect(await client.submitBatch([entry])).toEqual([{ status: 999, field: 'ts' }]);
  });

  it('hands on what is known, and nothing else that a log says', async () => {
    const other = '"other":1,"__proto__":{"proof":"x"}';
    const known = `"leaf_index":4,"leaf_hash":"ab","duplicate":false`;
    const warnings = `[{"code":"a",${other},"field":7},{"code":"b","message":"c","field":"d"}]`;
    const client = new LogClient(url);
    script = [{ status: 200, body: `{${known},${other},"warnings":${warnings}}` }];
    const submitted = await client.submit(entry);
    expect(JSON.stringify(submitted)).toBe(
      `{${known},"warnings":[{"code":"a","message":""},{"code":"b","message":"c","field":"d"}]}`,
    );
    expect(submitted.proof).toBeUndefined();
    const refusal = '"status":503,"code":"proof-pending"';
    script = [{ status: 200, body: `{${known},${refusal},${other}}\n` }];
    expect(JSON.stringify(await client.submitBatch([entry]))).toBe(`[{${refusal}}]`);
  });

  it('asks for proofs by leaf hash or index, and for the policy', async () => {
    script = [{ status: 200, body: 'text' }];
    const client = new LogClient(url);
    expect(await client.proof({ index: 3 })).toBe('text');
    await client.proof({ leafHash: 'ab' });
    await client.policy();
    expect(requests.map((request) => request.url)).toEqual([
      '/v1/log/proof?index=3',
      '/v1/log/proof?leaf=ab',
      '/v1/log/policy',
    ]);
    script = [{ status: 404, body: '' }];
    await expect(client.proof({ index: 3 })).rejects.toMatchObject({ kind: 'status', status: 404 });
    script = [{ status: 200, body: Uint8Array.of(255) }];
    await expect(client.policy()).rejects.toMatchObject({ kind: 'bad-content' });
    script = [{ status: 200, body: '' }];
    await expect(client.proof({ index: 3 })).rejects.toMatchObject({ kind: 'bad-content' });
  });

  it('gets proofs from a real log that verify offline', async () => {
    const log = await startTestLog();
    const client = new LogClient(log.url);
    const policy = parsePolicy(await client.policy());
    const receipts = [freshReceipt(), freshReceipt()];
    const single = await client.submit(receipts[0]!, { waitForProof: true });
    const [first, second] = await client.submitBatch(receipts, { waitForProof: true });
    expect(first).toMatchObject({ status: 200, duplicate: true, leaf_index: single.leaf_index });
    expect(second).toMatchObject({ status: 200, duplicate: false });
    const text = await client.proof({ leafHash: single.leaf_hash });
    const leaf = asLeafHash(fromHex(single.leaf_hash, 32));
    for (const proof of [text, single.proof!]) {
      expect(verifyTlogProof(parseTlogProof(proof), leaf, policy).quorumMet).toBe(true);
    }
    await log.close();
  });
});

describe('the witness client', () => {
  it('offers a checkpoint in the form of the specification, and takes the signature lines', async () => {
    const log = new MemoryLog().growTo(6);
    const witness = new FakeWitness('w', 1);
    const request = await log.request(4);
    script = [{ status: 200, body: witness.lines(request.checkpoint) }];
    const answer = await new WitnessClient(`${url}/w`).addCheckpoint(request);
    expect(answer).toMatchObject({ kind: 'cosigned', signatures: [{}, {}] });
    expect(requests[0]?.url).toBe('/w/add-checkpoint');
    const parsed = parseAddCheckpoint(requests[0]!.body);
    expect([parsed.oldSize, parsed.checkpoint]).toEqual([4, request.checkpoint]);
    expect(parsed.proof.map((h) => Buffer.from(h))).toEqual(
      request.proof.map((h) => Buffer.from(h)),
    );
  });

  it('takes the size of a 409', async () => {
    script = [{ status: 409, body: '17\n' }];
    const request = await new MemoryLog().request(0);
    expect(await new WitnessClient(url).addCheckpoint(request)).toEqual({
      kind: 'other-size',
      size: 17,
    });
  });

  it.each([
    [{ status: 200, body: '' }, 'bad-content'],
    [{ status: 200, body: 'x' }, 'bad-content'],
    [{ status: 200, body: Uint8Array.of(255) }, 'bad-content'],
    [{ status: 409, body: '17' }, 'bad-content'],
    [{ status: 409, body: '-1\n' }, 'bad-content'],
    [{ status: 409, body: '1'.repeat(1_000_000) }, 'too-large'],
    [{ status: 422, body: '' }, 'status'],
    [{ status: 422, body: 'x'.repeat(1_000_000) }, 'status'],
    [{ status: 200, body: 'x'.repeat(1_000_000) }, 'too-large'],
    ['cut', 'unreachable'],
  ] as const)('reports %j as %s', async (answer, kind) => {
    script = [answer];
    const request = await new MemoryLog().request(0);
    await expect(new WitnessClient(url).addCheckpoint(request)).rejects.toMatchObject({ kind });
  });

  it('asks what was cosigned last; 404 is nothing', async () => {
    const client = new WitnessClient(url);
    script = [{ status: 200, body: 'a note' }];
    expect(await client.checkpoint('log.example/test')).toBe('a note');
    expect(requests[0]?.url).toMatch(/^\/[0-9a-f]{64}\/checkpoint$/);
    script = [{ status: 404 }];
    expect(await client.checkpoint('log.example/test')).toBeUndefined();
    script = [{ status: 500 }];
    await expect(client.checkpoint('x')).rejects.toMatchObject({ status: 500 });
    script = [{ status: 200, body: Uint8Array.of(255) }];
    await expect(client.checkpoint('x')).rejects.toMatchObject({ kind: 'bad-content' });
  });
});
