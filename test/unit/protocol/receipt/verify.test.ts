/** Verdicts: every code, the limits of the profiles, and the fixed order of the findings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { MAX_COSIGNATURE_SECONDS } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import {
  createReceipt,
  encodeReceipt,
  type ReceiptFields,
  withProof,
} from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import { type VerifyOptions, verifyReceipt } from '#protocol/receipt/verify.ts';
import {
  DAY,
  FIELDS,
  HOUR,
  LOG_KEY,
  looseReceipt,
  MINUTE,
  makeReceipt,
  POLICY,
  policyText,
  proofOf,
  provenReceipt,
  SECOND,
  STRICT_FIELDS,
  seed,
  TS,
  TS_SECONDS,
} from './fixture.ts';

const findings = (list: { code: string; field?: string }[]): string[] =>
  list.map(({ code, field }) => (field === undefined ? code : `${code} ${field}`));

const errorsOf = (input: unknown, options: Partial<VerifyOptions> = {}): string[] => {
  const verdict = verifyReceipt(input, { nowMs: TS, ...options });
  expect(verdict.valid).toBe(verdict.errors.length === 0);
  return findings(verdict.errors);
};
const warningsOf = (input: unknown, options: Partial<VerifyOptions> = {}): string[] =>
  findings(verifyReceipt(input, { nowMs: TS, ...options }).warnings);

const OTHER_ISSUER = createReceipt(FIELDS, seed(99)).pubkey;
const STRICT = { profile: 'tecp-strict', policy: POLICY } as const;

describe('verifyReceipt', () => {
  it('accepts a good receipt and states its facts', () => {
    const receipt = makeReceipt();
    expect(verifyReceipt(encodeReceipt(receipt), { nowMs: TS })).toStrictEqual({
      valid: true,
      errors: [],
      warnings: [],
      profile: 'tecp-v0.1',
      issuer: receipt.pubkey,
      leaf_hash: toHex(leafHash(receiptFromObject(receipt).entryBytes)),
    });
  });

  it('states where and when a proven receipt was logged, and by whom that is witnessed', () => {
    const receipt = provenReceipt(FIELDS);
    const verdict = verifyReceipt(receipt, { nowMs: TS, policy: POLICY });
    expect(verdict).toStrictEqual({
      valid: true,
      errors: [],
      warnings: [],
      profile: 'tecp-v0.1',
      issuer: receipt.pubkey,
      leaf_hash: toHex(leafHash(receiptFromObject(receipt).entryBytes)),
      origin: 'log.example/2025',
      index: 1,
      tree_size: 2,
      witnesses: ['w1', 'w2', 'w3'],
      // The second of three times: the first at which two witnesses had cosigned.
      logged_at: (TS_SECONDS + 2) * 1000,
    });
    expect(JSON.parse(JSON.stringify(verdict))).toStrictEqual(verdict);
  });

  it('gives one error for bytes of bad form, and an object the benefit of canonical form', () => {
    const receipt = makeReceipt();
    const pretty = JSON.stringify(receipt, null, 2);
    expect(errorsOf(encodeUtf8(pretty))).toEqual(['E-SCHEMA-003']);
    expect(errorsOf(JSON.parse(pretty))).toEqual([]);
    const verdict = verifyReceipt(new Uint8Array(0), { nowMs: TS });
    expect(verdict).toStrictEqual({
      valid: false,
      errors: [{ code: 'E-SCHEMA-003', message: verdict.errors[0]!.message }],
      warnings: [],
      profile: 'tecp-v0.1',
    });
  });

  it('throws nothing, whatever the input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.anything(), fc.jsonValue()), (input) => {
        expect(verifyReceipt(input, { nowMs: TS }).valid).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (proof) => {
        const errors = errorsOf(withProof(makeReceipt(), proof), { policy: POLICY });
        expect(errors).toEqual(['E-LOG-002 log_inclusion.proof']);
      }),
    );
  });
});

describe('the signature', () => {
  it('must verify: E-SIG-002', () => {
    expect(errorsOf({ ...makeReceipt(), code_ref: 'git:other' })).toEqual(['E-SIG-002 sig']);
    expect(errorsOf({ ...looseReceipt(), added: 1 })).toEqual(['E-SIG-002 sig']);
    const { environment: _, ...without } = looseReceipt({ ...FIELDS, environment: {} });
    expect(errorsOf(without)).toEqual(['E-SIG-002 sig']);
  });

  it('must be by a trusted key where trusted keys are given: E-SIG-003', () => {
    const receipt = makeReceipt();
    expect(errorsOf(receipt, { trustedKeys: [receipt.pubkey] })).toEqual([]);
    expect(errorsOf(receipt, { trustedKeys: [] })).toEqual(['E-SIG-003 pubkey']);
    expect(errorsOf({ ...receipt, ts: TS + 1 }, { trustedKeys: [OTHER_ISSUER] })).toEqual([
      'E-SIG-002 sig',
      'E-SIG-003 pubkey',
    ]);
  });

  it('covers unknown members, which are reported as warnings', () => {
    const receipt = makeReceipt({ ...FIELDS, zebra: [1], anchors: 2 } as ReceiptFields);
    expect(errorsOf(receipt)).toEqual([]);
    expect(warningsOf(receipt)).toEqual(['W-SCHEMA-001 anchors', 'W-SCHEMA-001 zebra']);
  });
});

describe('the time of a receipt without a proof', () => {
  const limits: [Profile, number, number][] = [
    ['tecp-lite', 15 * MINUTE, 7 * DAY],
    ['tecp-v0.1', 5 * MINUTE, DAY],
    ['tecp-strict', 60 * SECOND, HOUR],
  ];
  it.each(limits)('in %s may be %i ms ahead and %i ms old, not one more', (profile, skew, age) => {
    const timeErrors = (nowMs: number) =>
      errorsOf(makeReceipt(), { profile, nowMs }).filter((code) => code.startsWith('E-TS'));
    expect(timeErrors(TS - skew)).toEqual([]);
    expect(timeErrors(TS - skew - 1)).toEqual(['E-TS-002 ts']);
    expect(timeErrors(TS + age)).toEqual([]);
    expect(timeErrors(TS + age + 1)).toEqual(['E-TS-003 ts']);
  });
});

describe('the time of a receipt with a verified proof', () => {
  const at = (seconds: number) => ({ times: [seconds, seconds, undefined] });

  it('is judged at the logged time, so that an archive verifies for ever', () => {
    const later = { nowMs: TS + 20 * 365 * DAY };
    expect(errorsOf(provenReceipt(FIELDS), { ...later, policy: POLICY })).toEqual([]);
    expect(errorsOf(provenReceipt(FIELDS), later)).toEqual(['E-TS-003 ts']);
    expect(errorsOf(provenReceipt(STRICT_FIELDS), { ...later, ...STRICT })).toEqual([]);
  });

  it('must lie within the limits of the logged time', () => {
    const day = DAY / SECOND;
    const errors = (seconds: number) =>
      errorsOf(provenReceipt(FIELDS, at(TS_SECONDS + seconds)), { policy: POLICY });
    expect(errors(day)).toEqual([]);
    expect(errors(day + 1)).toEqual(['E-TS-003 ts']);
    expect(errors(-300)).toEqual([]);
    expect(errors(-301)).toEqual(['E-TS-002 ts']);
  });

  it('is remarked on when the witnesses cosigned in the future', () => {
    const receipt = provenReceipt(FIELDS, at(TS_SECONDS + 3600));
    const options = { nowMs: TS, policy: POLICY };
    expect(errorsOf(receipt, options)).toEqual([]);
    expect(warningsOf(receipt, options)).toEqual(['W-TS-001 log_inclusion.proof']);
    const warned = (seconds: number) =>
      warningsOf(provenReceipt(FIELDS, at(TS_SECONDS + seconds)), options);
    expect(warned(300)).toEqual([]);
    expect(warned(301)).toEqual(['W-TS-001 log_inclusion.proof']);
  });

  it('gives a logged time from 1,000 to the last whole second below 2^53 milliseconds', () => {
    for (const seconds of [1, MAX_COSIGNATURE_SECONDS]) {
      const verdict = verifyReceipt(provenReceipt(FIELDS, at(seconds)), {
        nowMs: TS,
        policy: POLICY,
      });
      expect(verdict.logged_at).toBe(seconds * 1000);
      expect(Number.isSafeInteger(verdict.logged_at)).toBe(true);
    }
  });

  it('is judged at any now from 0 to 2^53-1', () => {
    expect(errorsOf(makeReceipt(), { nowMs: 0 })).toEqual(['E-TS-002 ts']);
    expect(errorsOf(makeReceipt(), { nowMs: Number.MAX_SAFE_INTEGER })).toEqual(['E-TS-003 ts']);
  });

  it('is judged at now when the proof gives no time, as with quorum none', () => {
    const policy = parsePolicy(policyText('none'));
    const receipt = provenReceipt(FIELDS, { times: [] });
    expect(errorsOf(receipt, { policy })).toEqual([]);
    const verdict = verifyReceipt(receipt, { policy, nowMs: TS + DAY + 1 });
    expect(findings(verdict.errors)).toEqual(['E-TS-003 ts']);
    expect(verdict).toMatchObject({ origin: 'log.example/2025', witnesses: [] });
    expect(verdict).not.toHaveProperty('logged_at');
  });
});

describe('the proof', () => {
  it('is required by tecp-strict: E-LOG-001', () => {
    const receipt = makeReceipt(STRICT_FIELDS);
    expect(errorsOf(receipt, STRICT)).toEqual(['E-LOG-001 log_inclusion']);
    expect(errorsOf(receipt, { policy: POLICY })).toEqual([]);
  });

  it('must verify where it is present, in every profile: E-LOG-002', () => {
    const receipt = makeReceipt(STRICT_FIELDS);
    const other = proofOf(makeReceipt({ ...STRICT_FIELDS, ts: TS - 1 }));
    const moved = proofOf(receipt).replace('index 1', 'index 0');
    const outside = proofOf(receipt).replace('index 1', 'index 2');
    const forged = proofOf(receipt).replace(
      /(w3\.example )(.*)(.)\n$/,
      (_all, name: string, body: string, last: string) =>
        `${name}${body.slice(0, -8)}AAAAAAA${last}\n`,
    );
    for (const proof of [other, moved, outside, forged, '', 'c2sp.org/tlog-proof@v1\n']) {
      for (const profile of ['tecp-lite', 'tecp-v0.1', 'tecp-strict'] as const) {
        const errors = errorsOf(withProof(receipt, proof), { policy: POLICY, profile });
        expect(errors).toEqual(['E-LOG-002 log_inclusion.proof']);
      }
    }
  });

  it('must meet the quorum of the policy: E-LOG-003, naming who did cosign', () => {
    const receipt = provenReceipt(FIELDS, { times: [undefined, TS_SECONDS, undefined] });
    const verdict = verifyReceipt(receipt, { nowMs: TS, policy: POLICY });
    expect(findings(verdict.errors)).toEqual(['E-LOG-003 log_inclusion.proof']);
    expect(verdict.witnesses).toEqual(['w2']);
    expect(verdict).not.toHaveProperty('logged_at');
  });

  it('needs witnesses in tecp-strict even if the policy needs none: E-LOG-003', () => {
    const policy = parsePolicy(policyText('none'));
    const receipt = provenReceipt(STRICT_FIELDS);
    expect(errorsOf(receipt, { ...STRICT, policy })).toEqual(['E-LOG-003 log_inclusion.proof']);
  });

  it('must be by a log of the policy: E-LOG-004', () => {
    const stranger = makeSignerKey('log.example/2025', KEY_TYPES.ed25519, seed(77));
    const receipt = provenReceipt(FIELDS, { logKey: stranger });
    expect(errorsOf(receipt, { policy: POLICY })).toEqual(['E-LOG-004 log_inclusion.proof']);
    const otherPolicy = parsePolicy(policyText('two-of-three', stranger.verifier.text));
    expect(errorsOf(provenReceipt(FIELDS), { policy: otherPolicy })).toEqual([
      'E-LOG-004 log_inclusion.proof',
    ]);
    expect(LOG_KEY.verifier.name).toBe(stranger.verifier.name);
  });

  it('cannot be checked without a policy: a warning, and E-LOG-004 in tecp-strict', () => {
    const receipt = provenReceipt(STRICT_FIELDS);
    expect(errorsOf(receipt)).toEqual([]);
    expect(warningsOf(receipt)).toEqual(['W-LOG-001 log_inclusion.proof']);
    expect(errorsOf(receipt, { profile: 'tecp-strict' })).toEqual([
      'E-LOG-004 log_inclusion.proof',
    ]);
  });
});

describe('the policies', () => {
  const strictWith = (change: Partial<ReceiptFields>) =>
    errorsOf(provenReceipt({ ...STRICT_FIELDS, ...change }), STRICT);
  const enforced = (...ids: string[]) => ({
    policy_ids: ids,
    ext: { policy_enforced: Object.fromEntries(ids.map((id) => [id, true])) },
  });

  it('satisfy tecp-strict when known, sufficient and shown to be enforced', () => {
    expect(strictWith({})).toEqual([]);
    for (const id of ['no_retention', 'key_erasure', 'ttl_5s', 'no_network', 'no_pii']) {
      expect(strictWith(enforced(id))).toEqual([]);
    }
  });

  it('draw a warning when unknown, and E-POLICY-001 in tecp-strict', () => {
    const ids = ['no_retention', 'zz_one', 'zz_two'];
    const receipt = makeReceipt({ ...FIELDS, policy_ids: ids });
    expect(errorsOf(receipt)).toEqual([]);
    expect(errorsOf(receipt, { profile: 'tecp-lite' })).toEqual([]);
    expect(warningsOf(receipt)).toEqual(['W-POLICY-001 policy_ids', 'W-POLICY-001 policy_ids']);
    expect(strictWith(enforced(...ids))).toEqual([
      'E-POLICY-001 policy_ids',
      'E-POLICY-001 policy_ids',
    ]);
    expect(strictWith(enforced('no_retention', 'ttl_1s'))).toEqual(['E-POLICY-001 policy_ids']);
  });

  it('must not be too weak for tecp-strict: E-POLICY-002', () => {
    expect(strictWith(enforced())).toEqual(['E-POLICY-002 policy_ids']);
    expect(strictWith(enforced('audit_trail', 'eu_region'))).toEqual(['E-POLICY-002 policy_ids']);
    expect(strictWith(enforced('ttl_1s'))).toEqual([
      'E-POLICY-001 policy_ids',
      'E-POLICY-002 policy_ids',
    ]);
  });

  it('need key erasure and evidence of each in tecp-strict: E-POLICY-003', () => {
    const { key_erasure: _, ...noErasure } = STRICT_FIELDS;
    expect(errorsOf(provenReceipt(noErasure), STRICT)).toEqual(['E-POLICY-003 key_erasure']);
    const both = ['eu_region', 'no_retention'].map(
      (id) => `E-POLICY-003 ext.policy_enforced.${id}`,
    );
    expect(strictWith({ ext: {} })).toEqual(both);
    expect(strictWith({ ext: { policy_enforced: ['eu_region', 'no_retention'] } })).toEqual(both);
    expect(
      strictWith({ ext: { policy_enforced: { eu_region: null, no_retention: false } } }),
    ).toEqual(both);
    expect(strictWith({ ext: { policy_enforced: { eu_region: {} } } })).toEqual([both[1]]);
  });

  it('draw a warning when the key erasure is simulated', () => {
    const key_erasure = { scheme: 'sw-sim', evidence: '' } as const;
    expect(warningsOf(makeReceipt({ ...FIELDS, key_erasure }))).toEqual([
      'W-POLICY-002 key_erasure.scheme',
    ]);
  });
});

describe('the findings', () => {
  it('come in the order signature, log, time, policies', () => {
    const fields = { ...FIELDS, policy_ids: ['zz_unknown'] };
    const broken = { ...looseReceipt(fields), code_ref: 'git:other' };
    const options = { ...STRICT, nowMs: TS + DAY, trustedKeys: [] };
    expect(errorsOf(broken, options)).toEqual([
      'E-SIG-002 sig',
      'E-SIG-003 pubkey',
      'E-LOG-001 log_inclusion',
      'E-TS-003 ts',
      'E-POLICY-001 policy_ids',
      'E-POLICY-002 policy_ids',
      'E-POLICY-003 key_erasure',
      'E-POLICY-003 ext.policy_enforced.zz_unknown',
    ]);
  });
});
