/** Making receipts: what is made verifies, and what is wrong is said before anything is signed. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import {
  attachProof,
  createReceipt,
  encodeReceipt,
  hashStream,
  IssuerKey,
  type ReceiptParams,
  receiptLeafHash,
  verifyReceipt,
} from '../src/index.ts';

const key = IssuerKey.fromSeed(new Uint8Array(32).fill(1));
const PARAMS = { key, codeRef: 'git:0123', input: 'in', output: Uint8Array.of(1, 2) };
const FIXED = { ...PARAMS, ts: 1_753_000_000_000, nonce: new Uint8Array(16).fill(9) };

describe('createReceipt', () => {
  it('makes a receipt of now, with a nonce of its own', () => {
    const [one, other] = [createReceipt(PARAMS), createReceipt(PARAMS)];
    expect(one.nonce).not.toBe(other.nonce);
    expect(verifyReceipt(encodeReceipt(one), { nowMs: Date.now() }).errors).toEqual([]);
  });

  it('makes equal receipts of equal parameters, whatever the order of policies', () => {
    const one = createReceipt({ ...FIXED, policyIds: ['no_pii', 'eu_region'] });
    const other = createReceipt({ ...FIXED, policyIds: ['eu_region', 'no_pii'] });
    expect(one).toEqual(other);
    expect(one.policy_ids).toEqual(['eu_region', 'no_pii']);
  });

  it('takes hashes in the place of data, also of streams', async () => {
    const parts = new Blob(['i', 'n']).stream();
    const { input: _input, output: _output, ...rest } = FIXED;
    const hashed = {
      inputHash: await hashStream(parts),
      outputHash: await hashStream(
        (async function* () {
          yield Uint8Array.of(1);
          yield Uint8Array.of(2);
        })(),
      ),
    };
    expect(createReceipt({ ...rest, ...hashed })).toEqual(createReceipt(FIXED));
  });

  it('signs all that it is given', () => {
    const optional = {
      keyErasure: { scheme: 'hw-hsm', evidence: 'slot 7' },
      environment: { region: 'eu' },
      chain: { seq: 0 },
      ext: { a: [1, 'ü'] },
    } as const;
    const receipt = createReceipt({ ...FIXED, ...optional, ext: { a: [1, 'ü'] } });
    const { keyErasure, ...same } = optional;
    expect(receipt).toMatchObject({ ...same, key_erasure: keyErasure });
    expect(verifyReceipt(receipt, { nowMs: FIXED.ts }).errors).toEqual([]);
  });

  it.each<[string, object, string, string | undefined]>([
    ['a repeated policy', { policyIds: ['a', 'a'] }, 'E-SCHEMA-002', 'policy_ids'],
    ['a time of 0', { ts: 0 }, 'E-TS-001', 'ts'],
    ['a short nonce', { nonce: new Uint8Array(15) }, 'E-SCHEMA-002', 'nonce'],
    ['a fraction', { ext: { a: 0.5 } }, 'E-SCHEMA-003', undefined],
    ['too much', { ext: { a: 'x'.repeat(8192) } }, 'E-SIZE-001', undefined],
    ['no code', { codeRef: '' }, 'E-SCHEMA-002', 'code_ref'],
  ])('refuses %s with the code of a verifier', (_name, change, code, field) => {
    const refusal = expect.objectContaining({ name: 'ReceiptError', code, field });
    expect(() => createReceipt({ ...FIXED, ...change })).toThrow(refusal);
  });

  it.each<[string, object, ErrorConstructor]>([
    [
      'another key',
      { key: { publicKey: key.publicKey, sign: () => new Uint8Array(64) } },
      TypeError,
    ],
    ['both data and hash', { inputHash: new Uint8Array(32) }, TypeError],
    ['neither', { input: undefined }, TypeError],
    ['a short hash', { input: undefined, inputHash: new Uint8Array(31) }, RangeError],
    ['a number as data', { output: 5 }, TypeError],
    ['a text without UTF-8', { input: '\ud800' }, RangeError],
    ['a text as nonce', { nonce: 'x' }, TypeError],
    ['no code', { codeRef: undefined }, TypeError],
    ['what is misspelt', { policyIDs: ['no_pii'] }, TypeError],
  ])('takes %s for a mistake of the program', (_name, change, error) => {
    expect(() => createReceipt({ ...FIXED, ...change } as ReceiptParams)).toThrow(error);
  });
});

describe('hashStream', () => {
  it('hashes nothing and much as one would at once', async () => {
    const much = encodeUtf8('tecp'.repeat(300_000));
    expect(await hashStream(new Blob([]).stream())).toEqual(sha256(new Uint8Array(0)));
    expect(await hashStream(new Blob([much]).stream())).toEqual(sha256(much));
  });

  it('rejects with the error of its source, and for parts that are no bytes', async () => {
    const broken = new ReadableStream({ start: (c) => c.error(new Error('gone')) });
    await expect(hashStream(broken)).rejects.toThrow('gone');
    const texts = new ReadableStream({ start: (c) => c.enqueue('abc') });
    await expect(hashStream(texts)).rejects.toThrow(TypeError);
  });
});

it('attaching a proof changes neither leaf hash nor signature', () => {
  const receipt = createReceipt(FIXED);
  const proven = attachProof(receipt, 'c2sp.org/tlog-proof@v1\n');
  expect(proven.log_inclusion).toEqual({ proof: 'c2sp.org/tlog-proof@v1\n' });
  expect(receiptLeafHash(proven)).toEqual(receiptLeafHash(receipt));
  expect(verifyReceipt(proven, { nowMs: FIXED.ts }).errors).toEqual([]);
});
