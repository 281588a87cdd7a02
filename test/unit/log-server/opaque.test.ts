/** The entry type `opaque`: raw bytes to POST /add, only where it is enabled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { expectLogSound } from '#test/support/check.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

let both: TestLog;
let opaqueOnly: TestLog;

beforeAll(async () => {
  both = await startTestLog({ log: { entry_types: ['opaque', 'tecp-receipt'] } });
  opaqueOnly = await startTestLog({ log: { entry_types: ['opaque'] } });
});
afterAll(async () => {
  for (const server of [both, opaqueOnly]) {
    await expectLogSound(server.logs[0]!);
    await server.close();
  }
});

const add = (server: TestLog, bytes: Uint8Array) =>
  post(`${server.url}/add`, bytes, { 'content-type': 'application/octet-stream' });

describe('POST /add', () => {
  it('answers the decimal index and nothing else, and the first one for a duplicate', async () => {
    const size = both.logs[0]!.head.size;
    for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(0), new Uint8Array(0)]) {
      const response = await add(both, bytes);
      const index = await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(index).toMatch(/^[0-9]+$/);
      expect(await (await add(both, bytes)).text()).toBe(index);
    }
    expect(both.logs[0]!.head.size).toBe(size + 3);
  });

  it('serves the bytes back as bytes', async () => {
    const bytes = Uint8Array.of(255, 0, 254);
    const index = Number(await (await add(both, bytes)).text());
    await until(() => (both.logs[0]!.published?.size ?? 0) > index);
    const response = await fetch(`${both.url}/v1/log/entries/${index}`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  it('answers the proof and nothing else where that is waited for', async () => {
    const bytes = encodeUtf8('waits');
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await post(`${both.url}/add?wait=proof`, bytes, headers);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const proof = parseTlogProof(await response.text());
    expect(proof.index).toBe(Number(await (await add(both, bytes)).text()));
    verifyTlogProof(proof, leafHash(bytes), both.logs[0]!.policy);
    const wrong = await post(`${both.url}/add?wait=1`, bytes, headers);
    expect(await problemOf(wrong)).toMatchObject({ status: 400, field: 'wait' });
    const twice = await post(`${both.url}/add?wait=proof&wait=proof`, bytes, headers);
    expect(await problemOf(twice)).toMatchObject({ status: 400, field: 'wait' });
  });

  it('takes an entry of 65,535 bytes and none larger', async () => {
    expect((await add(both, new Uint8Array(MAX_ENTRY_BYTES).fill(7))).status).toBe(200);
    const problem = await problemOf(await add(both, new Uint8Array(MAX_ENTRY_BYTES + 1)));
    expect(problem).toMatchObject({ status: 413, code: 'E-SIZE-001' });
  });

  it('does not let a receipt in unchecked, where receipts are checked', async () => {
    const broken = Buffer.from(freshReceipt()).toString().replace('no_retention', 'no_pii');
    for (const body of [Buffer.from(broken), freshReceipt()]) {
      expect(await problemOf(await add(both, body))).toMatchObject({
        status: 400,
        code: 'E-SCHEMA-002',
      });
    }
    expect((await add(opaqueOnly, freshReceipt())).status).toBe(200);
  });

  it('is not there in a log of receipts only', async () => {
    const server = await startTestLog();
    try {
      expect(await problemOf(await add(server, Uint8Array.of(1)))).toMatchObject({ status: 404 });
    } finally {
      await server.close();
    }
  });

  it('leaves receipts to the JSON API, which is there only if they are enabled', async () => {
    const entries = '/v1/log/entries';
    await submittedOf(await post(`${both.url}${entries}`, freshReceipt()));
    expect(
      await problemOf(await post(`${opaqueOnly.url}${entries}`, freshReceipt())),
    ).toMatchObject({ status: 415, code: 'unsupported-media-type' });
  });
});
