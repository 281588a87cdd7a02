/** Submitting one entry over HTTP: each rule of the JSON API, with its exact answer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { canonicalize } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { expectLogSound } from '#test/support/check.ts';
import { post, postLines, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';

let server: TestLog;
let entries: string;
let nowMs = Date.now();

beforeAll(async () => {
  server = await startTestLog({ dependencies: { now: () => nowMs } });
  entries = `${server.url}/v1/log/entries`;
});
afterEach(async () => {
  nowMs = Date.now();
  await expectLogSound(server.logs[0]!);
});
afterAll(async () => {
  await server.close();
  expect(server.fatal).toEqual([]);
});

const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
const size = () => server.logs[0]!.head.size;

describe('an entry that is admitted', () => {
  it('gets the next index and its leaf hash', async () => {
    const receipt = freshReceipt();
    const before = size();
    const response = await post(entries, receipt);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await submittedOf(response)).toEqual({
      leaf_index: before,
      leaf_hash: toHex(leafHash(receipt)),
      duplicate: false,
    });
    expect(size()).toBe(before + 1);
  });

  it('gets its first index again when it is sent again', async () => {
    const receipt = freshReceipt();
    const first = await submittedOf(await post(entries, receipt));
    await post(entries, freshReceipt());
    const again = await submittedOf(await post(entries, receipt));
    expect(again).toEqual({ ...first, duplicate: true });
  });

  it('gets one index when it is sent fifty times at the same instant', async () => {
    const receipt = freshReceipt();
    const before = size();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => submittedOf(await post(entries, receipt))),
    );
    expect(answers.map(({ leaf_index }) => leaf_index)).toEqual(Array(50).fill(before));
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(size()).toBe(before + 1);
  });

  it('is logged in canonical form, whatever JSON of the same receipt was sent', async () => {
    const receipt = freshReceipt();
    const members = Object.entries(parse(receipt)).reverse();
    const pretty = JSON.stringify(Object.fromEntries(members), undefined, 2);
    const escaped = `\r\n${pretty.replace('"git:', '"\\u0067it:')}\t`;
    const answer = await submittedOf(await post(entries, escaped));
    expect(answer.leaf_hash).toBe(toHex(leafHash(receipt)));
    const again = await submittedOf(await post(entries, receipt));
    expect(again).toEqual({ ...answer, duplicate: true });
  });

  it('is logged without log_inclusion, and is the same entry with and without it', async () => {
    const receipt = freshReceipt();
    const proven = { ...parse(receipt), log_inclusion: { proof: 'c2sp.org/tlog-proof@v1\n' } };
    const answer = await submittedOf(await post(entries, canonicalize(proven)));
    expect(answer.leaf_hash).toBe(toHex(leafHash(receipt)));
    expect(await submittedOf(await post(entries, receipt))).toEqual({ ...answer, duplicate: true });
    expect(await server.logs[0]!.store.entries(answer.leaf_index, 1)).toEqual([
      Buffer.from(receipt),
    ]);
  });

  it('may carry an old proof as large as 256 witnesses make it', async () => {
    const receipt = freshReceipt();
    const first = await submittedOf(await post(entries, receipt));
    const proof = `\u2014 witness.example ${'A'.repeat(3244)}\n`.repeat(300);
    const proven = { ...parse(receipt), log_inclusion: { proof } };
    const again = await submittedOf(await post(entries, JSON.stringify(proven, null, 2)));
    expect(again).toEqual({ ...first, duplicate: true });
  });

  it('may name the charset in its content type', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post(entries, freshReceipt(), headers)).status).toBe(200);
  });

  it('is answered with a warning if most verifiers will find it too old, alone and in a batch', async () => {
    const hour = 3600_000;
    const aged = (hours: number) => freshReceipt({ ts: Date.now() - hours * hour });
    const warning = {
      code: 'W-TS-002',
      field: 'ts',
      message: expect.stringContaining('tecp-v0.1'),
    };
    for (const hours of [25, 24 * 7 - 1]) {
      const answer = await submittedOf(await post(`${entries}?wait=proof`, aged(hours)));
      expect(answer.warnings).toEqual([warning]);
    }
    for (const hours of [0, 23]) {
      expect(await submittedOf(await post(entries, aged(hours)))).not.toHaveProperty('warnings');
    }
    const results = await postLines(entries, [aged(1), aged(25)]);
    expect(results.map(({ status, warnings }) => [status, warnings])).toEqual([
      [200, undefined],
      [200, [warning]],
    ]);
  });

  it('may be of any age once it is in the log', async () => {
    const receipt = freshReceipt();
    const first = await submittedOf(await post(entries, receipt));
    nowMs += 365 * 24 * 3600 * 1000;
    expect(await submittedOf(await post(entries, receipt))).toEqual({ ...first, duplicate: true });
  });
});

const day = 24 * 3600 * 1000;
const smallOrder = encodeBase64Url(Uint8Array.of(1, ...new Uint8Array(31)));

/** Canonical bytes of a valid receipt with some members replaced; undefined removes one. */
function altered(change: Record<string, unknown>): Uint8Array {
  return Buffer.from(JSON.stringify(sorted({ ...parse(freshReceipt()), ...change })));
}

function sorted(object: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of a valid receipt with a piece of it replaced. */
function edited(find: string | RegExp, replacement: string): string {
  const text = Buffer.from(freshReceipt()).toString();
  const result = text.replace(find, replacement);
  if (result === text) throw new Error(`nothing to replace: ${find}`);
  return result;
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}

function flippedSignature(): Uint8Array {
  const receipt = parse(freshReceipt());
  const bytes = decodeBase64Url(receipt.sig);
  bytes[40]! ^= 1;
  return altered({ ...receipt, sig: encodeBase64Url(bytes) });
}

type Refusal = [string, () => Uint8Array | string, number, string, string | undefined];

const REFUSALS: Refusal[] = [
  ['an empty body', () => '', 400, 'E-SCHEMA-003', undefined],
  ['text that is not JSON', () => 'hello', 400, 'E-SCHEMA-003', undefined],
  ['JSON cut short', () => freshReceipt().subarray(0, -1), 400, 'E-SCHEMA-003', undefined],
  [
    'bytes that are not UTF-8',
    () => Uint8Array.of(0x22, 0xff, 0x22),
    400,
    'E-SCHEMA-003',
    undefined,
  ],
  ['a byte order mark', () => edited('{', '\ufeff{'), 400, 'E-SCHEMA-003', undefined],
  ['an array', () => '[]', 400, 'E-SCHEMA-002', undefined],
  ['null', () => 'null', 400, 'E-SCHEMA-002', undefined],
  ['a repeated member', () => edited('{', '{"ts":1,'), 400, 'E-SCHEMA-003', undefined],
  ['a fraction', () => edited(/"ts":\d+/, '"ts":1.5'), 400, 'E-SCHEMA-003', undefined],
  ['an exponent', () => edited(/"ts":\d+/, '"ts":1e3'), 400, 'E-SCHEMA-003', undefined],
  ['minus zero', () => edited(/"ts":\d+/, '"ts":-0'), 400, 'E-SCHEMA-003', undefined],
  [
    'a number above 2^53-1',
    () => edited(/"ts":\d+/, '"ts":9007199254740992'),
    400,
    'E-SCHEMA-003',
    undefined,
  ],
  ['a lone surrogate', () => edited('git:', '\\ud800'), 400, 'E-SCHEMA-003', undefined],
  ['nesting deeper than 16', () => altered({ ext: nested(20) }), 400, 'E-SCHEMA-003', undefined],
  [
    'nesting of a thousand',
    () => `${'['.repeat(1000)}${']'.repeat(1000)}`,
    400,
    'E-SCHEMA-003',
    undefined,
  ],
  ['a missing member', () => altered({ nonce: undefined }), 400, 'E-SCHEMA-001', 'nonce'],
  ['a member of the wrong type', () => altered({ ts: '1' }), 400, 'E-SCHEMA-002', 'ts'],
  ['a null member', () => altered({ policy_ids: null }), 400, 'E-SCHEMA-002', 'policy_ids'],
  [
    'unsorted policies',
    () => altered({ policy_ids: ['b', 'a'] }),
    400,
    'E-SCHEMA-002',
    'policy_ids',
  ],
  [
    'a padded hash',
    () => altered({ input_hash: `${'A'.repeat(43)}=` }),
    400,
    'E-SCHEMA-002',
    'input_hash',
  ],
  ['another version', () => altered({ version: 'TECP-0.2' }), 400, 'E-SCHEMA-004', 'version'],
  ['time zero', () => altered({ ts: 0 }), 400, 'E-TS-001', 'ts'],
  ['a time in the future', () => freshReceipt({ ts: nowMs + 16 * 60_000 }), 400, 'E-TS-002', 'ts'],
  ['a time too long ago', () => freshReceipt({ ts: nowMs - 8 * day }), 400, 'E-TS-003', 'ts'],
  ['a key of small order', () => altered({ pubkey: smallOrder }), 400, 'E-SIG-001', 'pubkey'],
  ['a short signature', () => altered({ sig: 'AAAA' }), 400, 'E-SIG-001', 'sig'],
  ['a changed signature', flippedSignature, 400, 'E-SIG-002', 'sig'],
  ['a changed member', () => altered({ code_ref: 'git:other' }), 400, 'E-SIG-002', 'sig'],
  ['an unsigned extra member', () => altered({ zzz: 1 }), 400, 'E-SIG-002', 'sig'],
  [
    'an entry above 8 KiB',
    () => altered({ ext: { pad: 'x'.repeat(8192) } }),
    413,
    'E-SIZE-001',
    undefined,
  ],
  ['a body above 1 MiB', () => ' '.repeat(1024 * 1024 + 1), 413, 'E-SIZE-001', undefined],
  ['64 KiB outside of strings', () => ' '.repeat(64 * 1024 + 1), 413, 'E-SIZE-001', undefined],
  ['a body of ten megabytes', () => ' '.repeat(10_000_000), 413, 'E-SIZE-001', undefined],
];

describe('an entry that is refused', () => {
  it.each(REFUSALS)('%s: nothing is stored, and the code says why', async (...refusal) => {
    const [, body, status, code, field] = refusal;
    const before = size();
    const problem = await problemOf(await post(entries, body()));
    expect({ status: problem.status, code: problem.code, field: problem.field }).toEqual({
      status,
      code,
      field,
    });
    expect(problem.detail).not.toBe('');
    expect(size()).toBe(before);
  });

  it('may be sent again, mended', async () => {
    const receipt = freshReceipt();
    const broken = Buffer.from(receipt).toString().replace('"ts"', '"tz"');
    expect((await post(entries, broken)).status).toBe(400);
    expect((await submittedOf(await post(entries, receipt))).duplicate).toBe(false);
  });

  it.each(['text/plain', 'application/octet-stream', 'application/jsonx', ''])(
    'has a content type of %j: 415',
    async (type) => {
      const problem = await problemOf(
        await post(entries, freshReceipt(), { 'content-type': type }),
      );
      expect(problem).toMatchObject({
        status: 415,
        code: 'unsupported-media-type',
        field: 'content-type',
      });
    },
  );

  it('is compressed: 415', async () => {
    const response = await post(entries, freshReceipt(), { 'content-encoding': 'gzip' });
    expect(await problemOf(response)).toMatchObject({ status: 415, code: 'unsupported-encoding' });
  });

  it('asks to wait for something else than its proof: 400', async () => {
    const problem = await problemOf(await post(`${entries}?wait=for-me`, freshReceipt()));
    expect(problem).toMatchObject({ status: 400, code: 'bad-request', field: 'wait' });
  });

  it('comes by another method or path: 404, as a problem document', async () => {
    for (const path of ['/v1/log/nothing', '/add', '/v1/log/entries/']) {
      const response = await fetch(`${server.url}${path}`, { method: 'DELETE' });
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'not-found' });
    }
  });
});
