/** Submitting many entries as lines: a result for each line, in order, each with its own status. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { expectLogSound } from '#test/support/check.ts';
import { post, postLines, problemOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';

let server: TestLog;
let entries: string;
const NDJSON = { 'content-type': 'application/x-ndjson' };

beforeAll(async () => {
  server = await startTestLog({
    settings: { limits: { batch_lines: 600, batch_body_bytes: 2_000_000 } },
  });
  entries = `${server.url}/v1/log/entries`;
});
afterEach(() => expectLogSound(server.logs[0]!));
afterAll(async () => {
  await server.close();
  expect(server.fatal).toEqual([]);
});

const size = () => server.logs[0]!.head.size;

describe('a batch', () => {
  it('is answered line by line, in order, and its entries stand in the order of its lines', async () => {
    const receipts = Array.from({ length: 300 }, () => freshReceipt());
    const first = size();
    const results = await postLines(entries, receipts);
    expect(
      results.map(({ status, leaf_hash, duplicate }) => [status, leaf_hash, duplicate]),
    ).toEqual(receipts.map((receipt) => [200, toHex(leafHash(receipt)), false]));
    expect(results.map(({ leaf_index }) => leaf_index)).toEqual(receipts.map((_, i) => first + i));
  });

  it('with bad lines among good ones spoils only those', async () => {
    const good = [freshReceipt(), freshReceipt(), freshReceipt()];
    const future = freshReceipt({ ts: Date.now() + 3_600_000 });
    const first = size();
    const huge = `{"pad":"${'x'.repeat(70_000)}"}`;
    const results = await postLines(entries, [
      good[0]!,
      'not json',
      good[1]!,
      '',
      future,
      huge,
      good[0]!,
      good[2]!,
    ]);
    const brief = results.map(({ status, code, leaf_index, duplicate }) => {
      return status === 200 ? [status, Number(leaf_index) - first, duplicate] : [status, code];
    });
    expect(brief).toEqual([
      [200, 0, false],
      [400, 'E-SCHEMA-003'],
      [200, 1, false],
      [400, 'E-SCHEMA-003'],
      [400, 'E-TS-002'],
      [413, 'E-SIZE-001'],
      [200, 0, true],
      [200, 2, false],
    ]);
    expect(results[4]).toMatchObject({ field: 'ts', title: 'Bad Request', type: 'about:blank' });
    expect(size()).toBe(first + 3);
  });

  it('gives one index to the same receipt in two batches at the same instant', async () => {
    const receipts = Array.from({ length: 50 }, () => freshReceipt());
    const [a, b] = await Promise.all([
      postLines(entries, receipts),
      postLines(entries, receipts.toReversed()),
    ]);
    const index = (results: Record<string, unknown>[]) => results.map((r) => r.leaf_index);
    expect(index(a!)).toEqual(index(b!).reverse());
    expect([...a!, ...b!].filter(({ duplicate }) => !duplicate)).toHaveLength(50);
  });

  it('may end its lines with CR LF, and its last line with a newline or without', async () => {
    for (const end of ['', '\n', '\r\n']) {
      const lines = [freshReceipt(), freshReceipt()].map((r) => Buffer.from(r).toString());
      const response = await post(entries, lines.join('\r\n') + end, NDJSON);
      const results = (await response.text()).split('\n').slice(0, -1);
      expect(results.map((line) => JSON.parse(line).status)).toEqual([200, 200]);
    }
  });

  it('of no lines is answered with no lines', async () => {
    const response = await post(entries, '', NDJSON);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  });

  it('with too many lines is refused as a whole', async () => {
    const before = size();
    const response = await post(entries, `${Buffer.from(freshReceipt())}\n`.repeat(601), NDJSON);
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'E-SIZE-001' });
    expect(size()).toBe(before);
  });

  it('with too many bytes is refused as a whole, declared or not', async () => {
    const before = size();
    const body = Buffer.alloc(2_000_001, '\n');
    expect(await problemOf(await post(entries, body, NDJSON))).toMatchObject({ status: 413 });
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.alloc(65_536, ' ')),
    });
    const init = { method: 'POST', headers: NDJSON, body: stream, duplex: 'half' };
    const endless = await fetch(entries, init as RequestInit).then(problemOf, () => undefined);
    expect(endless?.code ?? 'connection cut').toMatch(/^E-SIZE-001$|^connection cut$/);
    expect(size()).toBe(before);
  });

  it('waits for the proof of each line, and each verifies', async () => {
    const receipts = Array.from({ length: 40 }, () => freshReceipt());
    const results = await postLines(`${entries}?wait=proof`, [...receipts, 'bad']);
    expect(results.pop()).toMatchObject({ status: 400 });
    const policy = parsePolicy(server.logs[0]!.policyText);
    for (const [i, { leaf_index, proof }] of results.entries()) {
      const parsed = parseTlogProof(String(proof));
      expect(parsed.index).toBe(leaf_index);
      expect(verifyTlogProof(parsed, leafHash(receipts[i]!), policy).quorumMet).toBe(true);
    }
  });
});
