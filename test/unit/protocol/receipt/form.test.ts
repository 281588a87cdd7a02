/** The form of receipts: which code and member each violation gives, and in which order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyEd25519 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { concatBytes, decodeUtf8, encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { canonicalize, type JsonObject, type JsonValue } from '#protocol/json/canonical.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { parseReceipt, receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { FIELDS, looseReceipt, makeReceipt, STRICT_FIELDS } from './fixture.ts';

/** `code field` of the ReceiptError thrown, or `ok`; anything else fails the test. */
function outcome(action: () => unknown): string {
  try {
    action();
    return 'ok';
  } catch (error) {
    expect(error).toBeInstanceOf(ReceiptError);
    const { code, field } = error as ReceiptError;
    return field === undefined ? code : `${code} ${field}`;
  }
}

/** The outcome for a good receipt with these members replaced, as bytes and as an object. */
function outcomeWith(changes: JsonObject): string {
  const object = { ...looseReceipt(STRICT_FIELDS), ...changes };
  const fromObject = outcome(() => receiptFromObject(object));
  expect(outcome(() => parseReceipt(canonicalize(object, 65_536)))).toBe(fromObject);
  return fromObject;
}

const b64u = (length: number, fill = 5): string =>
  encodeBase64Url(new Uint8Array(length).fill(fill));
const hexKey = (hex: string): string => encodeBase64Url(fromHex(hex));
const REQUIRED = [
  ...['version', 'code_ref', 'ts', 'nonce', 'input_hash', 'output_hash'],
  ...['policy_ids', 'pubkey', 'sig'],
];

describe('a receipt', () => {
  it.each(REQUIRED)('without %s is refused with E-SCHEMA-001', (member) => {
    const { [member]: _, ...rest } = looseReceipt();
    expect(outcome(() => receiptFromObject(rest))).toBe(`E-SCHEMA-001 ${member}`);
  });

  it.each([...REQUIRED, 'key_erasure', 'environment', 'chain', 'ext', 'log_inclusion'])(
    'with a wrong type in %s is refused with E-SCHEMA-002',
    (member) => {
      for (const value of [null, true, [null]]) {
        expect(outcomeWith({ [member]: value })).toBe(`E-SCHEMA-002 ${member}`);
      }
    },
  );

  const cases: [member: string, value: JsonValue, expected: string][] = [
    ['version', 'TECP-0.2', 'E-SCHEMA-004 version'],
    ['version', '', 'E-SCHEMA-004 version'],
    ['code_ref', 'x', 'ok'],
    ['code_ref', 'x y~'.repeat(64), 'ok'],
    ['code_ref', '', 'E-SCHEMA-002 code_ref'],
    ['code_ref', 'x'.repeat(257), 'E-SCHEMA-002 code_ref'],
    ['code_ref', 'git:\n', 'E-SCHEMA-002 code_ref'],
    ['code_ref', 'é', 'E-SCHEMA-002 code_ref'],
    ['ts', 1, 'ok'],
    ['ts', Number.MAX_SAFE_INTEGER, 'ok'],
    ['ts', 0, 'E-TS-001 ts'],
    ['ts', -1, 'E-TS-001 ts'],
    ['ts', '1753000000000', 'E-SCHEMA-002 ts'],
    ['nonce', b64u(16), 'ok'],
    ['nonce', b64u(64), 'ok'],
    ['nonce', b64u(15), 'E-SCHEMA-002 nonce'],
    ['nonce', b64u(65), 'E-SCHEMA-002 nonce'],
    ['nonce', `${b64u(16)}==`, 'E-SCHEMA-002 nonce'],
    ['nonce', `${b64u(16).slice(0, -1)}R`, 'E-SCHEMA-002 nonce'],
    ['nonce', b64u(18, 0xff).replaceAll('_', '/'), 'E-SCHEMA-002 nonce'],
    ['input_hash', b64u(31), 'E-SCHEMA-002 input_hash'],
    ['output_hash', b64u(33), 'E-SCHEMA-002 output_hash'],
    ['policy_ids', [], 'ok'],
    ['policy_ids', ['0', 'a', 'a_', 'b'], 'ok'],
    ['policy_ids', ['a'.repeat(64)], 'ok'],
    ['policy_ids', ['a'.repeat(65)], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', ['b', 'a'], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', ['a', 'a'], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', ['_a'], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', ['A'], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', ['a\n'], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', [''], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', [1], 'E-SCHEMA-002 policy_ids'],
    ['policy_ids', Array.from({ length: 64 }, (_, i) => `p${10 + i}`), 'ok'],
    ['policy_ids', Array.from({ length: 65 }, (_, i) => `p${10 + i}`), 'E-SCHEMA-002 policy_ids'],
    ['pubkey', b64u(31), 'E-SIG-001 pubkey'],
    ['pubkey', `${b64u(32)}=`, 'E-SIG-001 pubkey'],
    ['pubkey', 'not base64url', 'E-SIG-001 pubkey'],
    ['pubkey', hexKey('00'.repeat(32)), 'E-SIG-001 pubkey'],
    ['pubkey', hexKey(`${'00'.repeat(31)}80`), 'E-SIG-001 pubkey'],
    ['pubkey', hexKey(`01${'00'.repeat(31)}`), 'E-SIG-001 pubkey'],
    ['pubkey', hexKey(`01${'00'.repeat(30)}80`), 'E-SIG-001 pubkey'],
    ['pubkey', hexKey(`ec${'ff'.repeat(31)}`), 'E-SIG-001 pubkey'],
    ['pubkey', hexKey(`ef${'ff'.repeat(30)}7f`), 'E-SIG-001 pubkey'],
    ['sig', b64u(63), 'E-SIG-001 sig'],
    ['sig', hexKey(`${'00'.repeat(64)}`), 'E-SIG-001 sig'],
    // S = L, then S = L - 1.
    [
      'sig',
      hexKey(`${'05'.repeat(32)}edd3f55c1a631258d69cf7a2def9de14${'00'.repeat(15)}10`),
      'E-SIG-001 sig',
    ],
    ['sig', hexKey(`${'05'.repeat(32)}ecd3f55c1a631258d69cf7a2def9de14${'00'.repeat(15)}10`), 'ok'],
    ['key_erasure', { scheme: 'sw-sim', evidence: '' }, 'ok'],
    ['key_erasure', { scheme: 'shredder', evidence: '' }, 'E-SCHEMA-002 key_erasure.scheme'],
    ['key_erasure', { scheme: 'sw-sim' }, 'E-SCHEMA-001 key_erasure.evidence'],
    ['key_erasure', { evidence: '' }, 'E-SCHEMA-001 key_erasure.scheme'],
    ['key_erasure', { scheme: 'sw-sim', evidence: 1 }, 'E-SCHEMA-002 key_erasure.evidence'],
    ['key_erasure', { scheme: 'sw-sim', evidence: '', x: 1 }, 'E-SCHEMA-002 key_erasure.x'],
    ['environment', {}, 'ok'],
    ['environment', { region: 'eu', provider: 'own' }, 'ok'],
    ['environment', { region: 1 }, 'E-SCHEMA-002 environment.region'],
    ['environment', { provider: null }, 'E-SCHEMA-002 environment.provider'],
    ['environment', { zone: 'b' }, 'E-SCHEMA-002 environment.zone'],
    ['chain', { seq: 0 }, 'ok'],
    ['chain', { seq: 1, prev: b64u(32) }, 'ok'],
    ['chain', { seq: 0, prev: b64u(32) }, 'E-SCHEMA-002 chain.prev'],
    ['chain', { seq: 1 }, 'E-SCHEMA-001 chain.prev'],
    ['chain', { seq: 1, prev: b64u(31) }, 'E-SCHEMA-002 chain.prev'],
    ['chain', { seq: -1 }, 'E-SCHEMA-002 chain.seq'],
    ['chain', { seq: '1', prev: b64u(32) }, 'E-SCHEMA-002 chain.seq'],
    ['chain', {}, 'E-SCHEMA-001 chain.seq'],
    ['ext', {}, 'ok'],
    ['ext', { anything: [1, { goes: null }] }, 'ok'],
    ['log_inclusion', { proof: 'anything' }, 'ok'],
    ['log_inclusion', {}, 'E-SCHEMA-001 log_inclusion.proof'],
    ['log_inclusion', { proof: 1 }, 'E-SCHEMA-002 log_inclusion.proof'],
    ['log_inclusion', { proof: '', url: '' }, 'E-SCHEMA-002 log_inclusion.url'],
  ];
  it.each(cases)('with %s = %j gives %s', (member, value, expected) => {
    expect(outcomeWith({ [member]: value })).toBe(expected);
  });

  it('reports the first violation in the order of the member table', () => {
    expect(outcomeWith({ version: 'TECP-9', code_ref: '' })).toBe('E-SCHEMA-004 version');
    expect(outcomeWith({ ts: 0, nonce: '' })).toBe('E-TS-001 ts');
    expect(outcomeWith({ sig: '', pubkey: '' })).toBe('E-SIG-001 pubkey');
    expect(outcomeWith({ ext: 1, chain: 1 })).toBe('E-SCHEMA-002 chain');
    const { nonce: _, ...rest } = looseReceipt();
    expect(outcome(() => receiptFromObject({ ...rest, ts: -5 }))).toBe('E-TS-001 ts');
  });

  it.each([
    ['white space', (text: string) => ` ${text}`],
    ['a newline at the end', (text: string) => `${text}\n`],
    ['a repeated member', (text: string) => text.replace('{', '{"code_ref":"git:other",')],
    ['another order', (text: string) => text.replace(/^\{("code_ref":"[^"]*"),(.*)\}$/, '{$2,$1}')],
    ['an odd escape', (text: string) => text.replace('git:', '\\u0067it:')],
    ['a fraction', (text: string) => text.replace(/"ts":(\d+)/, '"ts":$1.0')],
    ['a number above 2^53-1', (text: string) => text.replace(/"ts":\d+/, '"ts":9007199254740992')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['its end cut off', (text: string) => text.slice(0, -1)],
  ])('in bytes with %s is refused with E-SCHEMA-003', (_name, change) => {
    const text = decodeUtf8(encodeReceipt(makeReceipt()));
    expect(change(text)).not.toBe(text);
    expect(outcome(() => parseReceipt(encodeUtf8(change(text))))).toBe('E-SCHEMA-003');
  });

  it.each([['null'], ['[]'], ['"text"'], ['1']])('that is %s gives E-SCHEMA-002', (text) => {
    expect(outcome(() => parseReceipt(encodeUtf8(text)))).toBe('E-SCHEMA-002');
    expect(outcome(() => receiptFromObject(JSON.parse(text)))).toBe('E-SCHEMA-002');
  });

  it('in memory with something JSON cannot express is refused with E-SCHEMA-003', () => {
    const object = looseReceipt();
    for (const value of [0.5, -0, undefined, '\ud800', new Map(), 1n]) {
      expect(outcome(() => receiptFromObject({ ...object, ext: value }))).toBe('E-SCHEMA-003');
    }
    expect(outcome(() => receiptFromObject(new Map(Object.entries(object))))).toBe('E-SCHEMA-003');
  });

  it('may have an entry of 8,192 bytes and no more, whatever its proof', () => {
    const empty = canonicalize({ ...looseReceipt(), ext: { pad: '' } }).length;
    const pad = (length: number) => ({ ...looseReceipt(), ext: { pad: 'x'.repeat(length) } });
    const fits = receiptFromObject(pad(8192 - empty));
    expect(fits.entryBytes).toHaveLength(8192);
    expect(outcome(() => receiptFromObject(pad(8193 - empty)))).toBe('E-SIZE-001');
    const proven = withProof(fits.receipt, 'p'.repeat(1_000_000));
    expect(parseReceipt(encodeReceipt(proven)).entryBytes).toEqual(fits.entryBytes);
  });

  it('may have 1,048,576 bytes with its proof and no more', () => {
    const receipt = makeReceipt();
    const fixed = encodeReceipt(withProof(receipt, '')).length;
    const largest = withProof(receipt, 'p'.repeat(MAX_RECEIPT_BYTES - fixed));
    expect(outcome(() => parseReceipt(encodeReceipt(largest)))).toBe('ok');
    const tooLarge = canonicalize(
      withProof(receipt, 'p'.repeat(MAX_RECEIPT_BYTES + 1 - fixed)),
      2 * MAX_RECEIPT_BYTES,
    );
    expect(outcome(() => parseReceipt(tooLarge))).toBe('E-SIZE-001');
    expect(
      outcome(() => receiptFromObject(withProof(receipt, 'p'.repeat(MAX_RECEIPT_BYTES)))),
    ).toBe('E-SIZE-001');
  });

  it('is counted in bytes, also in memory, and in what it is, not in how it is spelled', () => {
    const wide = withProof(makeReceipt(), '\u4e16'.repeat(400_000));
    const bytes = canonicalize(wide, 2 * MAX_RECEIPT_BYTES);
    expect(outcome(() => parseReceipt(bytes))).toBe('E-SIZE-001');
    expect(outcome(() => receiptFromObject(wide))).toBe('E-SIZE-001');
    const short = `[${'1e15,'.repeat(200_000)}1]`;
    expect(short.length).toBeLessThan(MAX_RECEIPT_BYTES);
    expect(outcome(() => parseReceipt(encodeUtf8(short)))).toBe('E-SCHEMA-003');
  });

  it('in memory is first canonicalised, then measured, then its members are looked at', () => {
    const large = { ...looseReceipt(), zebra: 'x'.repeat(MAX_RECEIPT_BYTES) };
    expect(outcome(() => receiptFromObject({ ...large, version: 1 }))).toBe('E-SIZE-001');
    expect(outcome(() => receiptFromObject({ ...large, zz: 0.5 }))).toBe('E-SCHEMA-003');
    const largeEntry = { ...looseReceipt(), zebra: 'x'.repeat(8192) };
    expect(outcome(() => receiptFromObject({ ...largeEntry, version: 1 }))).toBe('E-SIZE-001');
  });

  it('names the first of several surplus members by the code units of their names', () => {
    const erasure = { scheme: 'shredder', evidence: 1 };
    for (const [first, second] of [
      ['a', 'b'],
      ['B', 'a'],
      ['\u{1f600}', '\uffff'],
    ] as const) {
      const key_erasure = { ...erasure, [second]: 1, [first]: 1 };
      expect(outcomeWith({ key_erasure })).toBe(`E-SCHEMA-002 key_erasure.${first}`);
    }
    expect(outcomeWith({ key_erasure: { scheme: 'sw-sim', a: 1 } })).toBe(
      'E-SCHEMA-001 key_erasure.evidence',
    );
  });

  it('looks for chain.prev after surplus members and the form of chain.seq', () => {
    expect(outcomeWith({ chain: { seq: 1, next: 1 } })).toBe('E-SCHEMA-002 chain.next');
    expect(outcomeWith({ chain: { seq: 'x' } })).toBe('E-SCHEMA-002 chain.seq');
    expect(outcomeWith({ chain: { seq: 1 } })).toBe('E-SCHEMA-001 chain.prev');
    expect(outcomeWith({ chain: { seq: 0, prev: 1 } })).toBe('E-SCHEMA-002 chain.prev');
  });

  it('is checked member by member: the presence of one after the form of those before it', () => {
    const { version: _v, ...noVersion } = looseReceipt();
    expect(outcome(() => receiptFromObject({ ...noVersion, code_ref: '' }))).toBe(
      'E-SCHEMA-001 version',
    );
    const { sig: _s, ...noSig } = looseReceipt();
    expect(outcome(() => receiptFromObject({ ...noSig, pubkey: '' }))).toBe('E-SIG-001 pubkey');
    expect(outcome(() => receiptFromObject({ ...noSig, chain: 1 }))).toBe('E-SCHEMA-001 sig');
  });

  it('gives two views: signed without sig and proof, logged without proof', () => {
    const receipt = withProof(makeReceipt(STRICT_FIELDS), 'proof');
    const parsed = parseReceipt(encodeReceipt(receipt));
    const { log_inclusion: _proof, ...entry } = receipt;
    const { sig: _sig, ...signed } = entry;
    expect(parsed.receipt).toEqual(receipt);
    expect(parsed.entryBytes).toEqual(canonicalize(entry));
    expect(parsed.signedBytes).toEqual(canonicalize(signed));
    const { publicKey, signedBytes, signature } = parsed;
    expect(verifyEd25519(publicKey, signedBytes, signature)).toBe(true);
  });

  it('leaves its own sig and proof out of what is signed, and nothing that looks like them', () => {
    const { sig, ...unsigned } = looseReceipt();
    const text = decodeUtf8(canonicalize(unsigned));
    const inside = `{"log_inclusion":{"proof":"p"},"sig":"${sig}"}`;
    const signed = text
      .replace('{', `{"10":${inside},"9":[${inside}],"__proto__":${inside},`)
      .replace('"input_hash"', `"ext":${inside},"input_hash"`)
      .replace('"ts"', `"sig2":${inside},"ts"`);
    const entry = signed.replace('"sig2"', `"sig":"${sig}","sig2"`);
    const whole = entry.replace('"nonce"', '"log_inclusion":{"proof":"p"},"nonce"');
    const parsed = parseReceipt(encodeUtf8(whole));
    expect(decodeUtf8(parsed.entryBytes)).toBe(entry);
    expect(decodeUtf8(parsed.signedBytes)).toBe(signed);
    expect(parsed.unknownMembers).toEqual(['10', '9', '__proto__', 'sig2']);
  });

  it('keeps unknown members under the signature and names them', () => {
    const object = { ...looseReceipt(), zebra: 1, anchors: {}, __proto__x: null };
    const parsed = receiptFromObject(object);
    expect(parsed.unknownMembers).toEqual(['__proto__x', 'anchors', 'zebra']);
    expect(decodeUtf8(parsed.signedBytes)).toContain('"zebra":1');
  });

  it('survives arbitrary bytes and arbitrary JSON with nothing but ReceiptError', () => {
    const members = Object.keys(looseReceipt(STRICT_FIELDS));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(() => parseReceipt(bytes));
        outcome(() => parseReceipt(concatBytes(encodeUtf8('{"'), bytes)));
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.jsonValue(), (member, value) => {
        outcome(() => receiptFromObject({ ...FIELDS, ...looseReceipt(), [member]: value }));
        outcome(() => receiptFromObject(value));
      }),
      { numRuns: 500 },
    );
  });
});
