/** Making receipts: what is made verifies, and wrong fields are refused before signing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '#protocol/base64.ts';
import { parseCanonical } from '#protocol/json/canonical.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { createReceipt, encodeReceipt, type ReceiptFields } from '#protocol/receipt/create.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { KEY_ERASURE_SCHEMES } from '#protocol/receipt/types.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { FIELDS, ISSUER_SEED, makeReceipt, TS } from './fixture.ts';

const b64u = (min: number, max = min) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map(encodeBase64Url);
const policyId = fc.stringMatching(/^[a-z0-9][a-z0-9_]{0,20}$/);
const fields: fc.Arbitrary<ReceiptFields> = fc.record(
  {
    code_ref: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 256 }),
    ts: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    nonce: b64u(16, 64),
    input_hash: b64u(32),
    output_hash: b64u(32),
    policy_ids: fc.uniqueArray(policyId, { maxLength: 10 }).map((ids) => ids.sort()),
    key_erasure: fc.record({
      scheme: fc.constantFrom(...KEY_ERASURE_SCHEMES),
      evidence: fc.string({ unit: 'grapheme' }),
    }),
    environment: fc.record({ region: fc.string(), provider: fc.string() }, { requiredKeys: [] }),
    chain: fc.oneof(
      fc.constant({ seq: 0 }),
      fc.record({ seq: fc.integer({ min: 1 }), prev: b64u(32) }),
    ),
    ext: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(fc.integer(), fc.boolean())),
  },
  {
    requiredKeys: ['code_ref', 'ts', 'nonce', 'input_hash', 'output_hash', 'policy_ids'],
    noNullPrototype: true,
  },
);

describe('createReceipt', () => {
  it('makes receipts that verify, from any fields that obey the rules', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ minLength: 32, maxLength: 32 }), (input, seed) => {
        const receipt = createReceipt(input, seed);
        const bytes = encodeReceipt(receipt);
        const verdict = verifyReceipt(bytes, { nowMs: input.ts });
        expect(verdict.errors).toEqual([]);
        expect(parseReceipt(bytes).receipt).toEqual(receipt);
        expect(parseCanonical(bytes)).toEqual(receipt);
      }),
      { numRuns: 60 },
    );
  });

  it('signs the same bytes for the same fields', () => {
    expect(makeReceipt()).toEqual(makeReceipt());
    expect(makeReceipt({ ...FIELDS, ts: TS + 1 }).sig).not.toBe(makeReceipt().sig);
  });

  it('signs anew what was signed before, without the proof that was for the other receipt', () => {
    const old = { ...makeReceipt({ ...FIELDS, ts: TS - 1 }), log_inclusion: { proof: '\ud800' } };
    expect(makeReceipt({ ...old, ts: TS })).toEqual(makeReceipt());
  });

  it('refuses fields that no verifier would accept, with the verifier\u2019s code', () => {
    const bad: [Partial<ReceiptFields>, string][] = [
      [{ ts: 0 }, 'E-TS-001'],
      [{ ts: 1.5 }, 'E-SCHEMA-003'],
      [{ code_ref: '' }, 'E-SCHEMA-002'],
      [{ policy_ids: ['b', 'a'] }, 'E-SCHEMA-002'],
      [{ ext: { pad: 'x'.repeat(9000) } }, 'E-SIZE-001'],
    ];
    for (const [change, code] of bad) {
      let thrown: unknown;
      try {
        createReceipt({ ...FIELDS, ...change }, ISSUER_SEED);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ReceiptError);
      expect((thrown as ReceiptError).code).toBe(code);
    }
  });

  it('makes no receipt that any single changed byte leaves valid', () => {
    const bytes = encodeReceipt(makeReceipt());
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= mask;
        expect(verifyReceipt(changed, { nowMs: TS }).valid).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});
