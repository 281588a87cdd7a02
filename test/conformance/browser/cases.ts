/** Receipts of every kind of good and bad, made from one receipt with its proof from a real log. */
import { encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { concatBytes, decodeUtf8, encodeUtf8, fromHex } from '#protocol/bytes.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { formatTlogProof, parseTlogProof, type TlogProof } from '#protocol/proof/tlog-proof.ts';
import {
  createReceipt,
  encodeReceipt,
  type ReceiptFields,
  withProof,
} from '#protocol/receipt/create.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { newKey } from '#test/support/keys.ts';
import type { Case, ReceiptOptions } from './judge.ts';

export interface NamedCase {
  readonly name: string;
  /** What the verdict must say: the codes of its errors in order. */
  readonly expected: readonly string[];
  readonly question: Case;
}

/** What the cases are made from. */
export interface Material {
  /** Of `strictReceipt`, with the proof that the log gave. */
  readonly proven: Receipt;
  /** Text of the policy that its witnesses satisfy. */
  readonly policy: string;
}

const ISSUER_SEED = new Uint8Array(32).fill(9);
const DAY_MS = 86_400_000;

/** A receipt that satisfies every demand of tecp-strict but the proof. */
export function strictReceipt(
  nowMs: number,
  fields: Partial<ReceiptFields> = {},
  issuerSeed: Uint8Array = ISSUER_SEED,
): Receipt {
  return createReceipt(
    {
      code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
      ts: nowMs,
      nonce: encodeBase64Url(new Uint8Array(16).fill(9)),
      input_hash: 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0',
      output_hash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
      policy_ids: ['eu_region', 'no_retention'],
      key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7, counter 41' },
      ext: { policy_enforced: { eu_region: { region: 'eu-west-1' }, no_retention: 'tmpfs' } },
      ...fields,
    },
    issuerSeed,
  );
}

const optionsOf = ({ proven, policy }: Material) => {
  const nowMs = proven.ts + 1000;
  const lite: ReceiptOptions = { profile: 'tecp-lite', nowMs, policy };
  const normal: ReceiptOptions = { profile: 'tecp-v0.1', nowMs, policy };
  const strict: ReceiptOptions = { profile: 'tecp-strict', nowMs, policy };
  return { nowMs, lite, normal, strict };
};

function bytesCase(
  name: string,
  expected: readonly string[],
  options: ReceiptOptions,
  bytes: Uint8Array,
): NamedCase {
  return { name, expected, question: { kind: 'receipt', bytes: encodeBase64(bytes), options } };
}

const receiptCase = (
  name: string,
  expected: readonly string[],
  options: ReceiptOptions,
  receipt: Receipt,
): NamedCase => bytesCase(name, expected, options, encodeReceipt(receipt));

function goodCases(material: Material): NamedCase[] {
  const { proven } = material;
  const { nowMs, lite, normal, strict } = optionsOf(material);
  const later = { ...strict, nowMs: nowMs + 365 * DAY_MS };
  const value: JsonObject = JSON.parse(decodeUtf8(encodeReceipt(proven)));
  return [
    receiptCase('valid by tecp-lite', [], lite, proven),
    receiptCase('valid by tecp-v0.1', [], normal, proven),
    receiptCase('valid by tecp-strict', [], strict, proven),
    receiptCase('valid a year later, because it was logged', [], later, proven),
    receiptCase('of a trusted issuer', [], { ...strict, trustedKeys: [proven.pubkey] }, proven),
    receiptCase('no policy to check it by', [], { profile: 'tecp-lite', nowMs }, proven),
    receiptCase('without a proof', [], normal, strictReceipt(nowMs)),
    receiptCase('with an unknown policy', [], lite, strictReceipt(nowMs, { policy_ids: ['x'] })),
    {
      name: 'an object in memory',
      expected: [],
      question: { kind: 'object', value, options: strict },
    },
  ];
}

/** The receipt with its proof changed. */
export function changeProof(receipt: Receipt, change: (proof: TlogProof) => TlogProof): Receipt {
  const proof = parseTlogProof(receipt.log_inclusion!.proof);
  return withProof(receipt, formatTlogProof(change(proof)));
}

/** The receipt with the signature lines of its checkpoint changed. */
export function changeLines(
  receipt: Receipt,
  change: (lines: readonly NoteSignature[]) => readonly NoteSignature[],
): Receipt {
  return changeProof(receipt, (proof) => {
    const { text, signatures } = parseNote(proof.checkpoint);
    return { ...proof, checkpoint: formatNote({ text, signatures: change(signatures) }) };
  });
}

/** One bit of the last byte is another. */
function flip(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

const isLog = ({ bytes }: NoteSignature): boolean => bytes.length === 64;
const isEd25519 = ({ bytes }: NoteSignature): boolean => bytes.length === 8 + 64;
const isMlDsa = ({ bytes }: NoteSignature): boolean => bytes.length === 8 + 2420;

function logCases(material: Material): NamedCase[] {
  const { proven, policy } = material;
  const { nowMs, normal, strict } = optionsOf(material);
  const stranger = newKey('log.example/test', KEY_TYPES.ed25519).verifier.text;
  const otherLog = { ...strict, policy: policy.replace(/^log .*$/m, `log ${stranger}`) };
  const only = (kept: (line: NoteSignature) => boolean) =>
    changeLines(proven, (lines) => lines.filter((line) => isLog(line) || kept(line)));
  const forged = (isForged: (line: NoteSignature) => boolean) =>
    changeLines(proven, (lines) =>
      lines.map((line) => (isForged(line) ? { ...line, bytes: flip(line.bytes) } : line)),
    );
  const otherHash = changeProof(proven, (proof) => ({
    ...proof,
    hashes: proof.hashes.map((hash) => asHash(flip(hash))),
  }));
  const otherIndex = changeProof(proven, (proof) => ({ ...proof, index: proof.index + 1 }));
  const noLog = changeLines(proven, (lines) => lines.filter((line) => !isLog(line)));
  const unbound = { profile: 'tecp-strict', nowMs } as const;
  return [
    receiptCase('strict without a proof', ['E-LOG-001'], strict, strictReceipt(nowMs)),
    receiptCase('strict without a policy', ['E-LOG-004'], unbound, proven),
    receiptCase('a policy of another log', ['E-LOG-004'], otherLog, proven),
    receiptCase('no signature by the log', ['E-LOG-004'], strict, noLog),
    receiptCase(
      'no cosignature',
      ['E-LOG-003'],
      normal,
      only(() => false),
    ),
    receiptCase('only Ed25519 cosignatures', ['E-LOG-003'], strict, only(isEd25519)),
    receiptCase('only ML-DSA-44 cosignatures', ['E-LOG-003'], strict, only(isMlDsa)),
    receiptCase('a forged signature by the log', ['E-LOG-002'], normal, forged(isLog)),
    receiptCase('forged Ed25519 cosignatures', ['E-LOG-002'], normal, forged(isEd25519)),
    receiptCase('forged ML-DSA-44 cosignatures', ['E-LOG-002'], strict, forged(isMlDsa)),
    receiptCase('another sibling hash', ['E-LOG-002'], normal, otherHash),
    receiptCase('another index', ['E-LOG-002'], normal, otherIndex),
    receiptCase('no proof at all', ['E-LOG-002'], normal, withProof(proven, 'proof')),
  ];
}

/** What signed-note says of the lines of keys that are known, and of those that are not. */
function noteCases(material: Material): NamedCase[] {
  const { proven, policy } = material;
  const { normal } = optionsOf(material);
  const other = newKey('other.example', KEY_TYPES.ed25519).verifier;
  const both = { ...normal, policy: `log ${other.text}\n${policy}` };
  const byOther: NoteSignature = { name: other.name, id: other.id, bytes: new Uint8Array(64) };
  const added = (line: NoteSignature) => changeLines(proven, (lines) => [...lines, line]);
  // 68 bytes leave two spare bits, which a known key's line must have zero.
  const loose = (line: NoteSignature) => {
    const typed = encodeBase64(concatBytes(fromHex(line.id), line.bytes));
    const last = DIGITS.indexOf(typed.charAt(typed.length - 2));
    return { ...line, loose: `${typed.slice(0, -2)}${DIGITS.charAt(last + 1)}=` };
  };
  const looseLog = changeLines(proven, (lines) =>
    lines.map((line) => (isLog(line) ? loose(line) : line)),
  );
  const longName = withProof(
    proven,
    added({ ...byOther, name: 'n'.repeat(255) }).log_inclusion!.proof.replace('nnn', 'nnnn'),
  );
  return [
    receiptCase('a line of an unknown log', [], normal, added(byOther)),
    receiptCase(
      'a bad line of a listed log of another origin',
      ['E-LOG-002'],
      both,
      added(byOther),
    ),
    receiptCase('spare bits in the line of an unknown key', [], normal, added(loose(byOther))),
    receiptCase('spare bits in the line of the log', ['E-LOG-002'], normal, looseLog),
    receiptCase(
      'a control character in the name of an unknown key',
      [],
      normal,
      added({ ...byOther, name: 'o\u0090' }),
    ),
    receiptCase('a name of 256 bytes in a line', ['E-LOG-002'], normal, longName),
  ];
}

/** Options that nobody can mean: no verdict, here or there. */
function optionCases(material: Material): NamedCase[] {
  const { normal } = optionsOf(material);
  const cases: [name: string, expected: string, change: object][] = [
    ['no profile of this name', 'RangeError', { profile: 'constructor' }],
    ['no profile', 'TypeError', { profile: null }],
    ['no time', 'TypeError', { nowMs: null }],
    ['a time before 1970', 'RangeError', { nowMs: -5 }],
    ['a time with a fraction', 'RangeError', { nowMs: 0.5 }],
    ['one key instead of a list', 'TypeError', { trustedKeys: material.proven.pubkey }],
    ['a trusted key of small order', 'RangeError', { trustedKeys: [encoded(IDENTITY)] }],
  ];
  return cases.map(([name, expected, change]) =>
    receiptCase(name, [expected], { ...normal, ...change }, material.proven),
  );
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** R and S of a signature, or a key, from hex. */
const encoded = (...hex: string[]): string => encodeBase64Url(fromHex(hex.join('')));

const IDENTITY = `01${'00'.repeat(31)}`;
const Y_ABOVE_P = `f0${'ff'.repeat(30)}7f`;
const NOT_ON_THE_CURVE = `02${'00'.repeat(31)}`;
const ZERO = '00'.repeat(32);
const GROUP_ORDER = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
const BASE_POINT = `58${'66'.repeat(31)}`;

function signatureCases(material: Material): NamedCase[] {
  const { proven } = material;
  const { nowMs, normal, strict } = optionsOf(material);
  const bare = strictReceipt(nowMs);
  const otherSig = { ...bare, sig: strictReceipt(nowMs + 1).sig };
  const otherOutput = { ...bare, output_hash: bare.input_hash };
  // By an equation with a cofactor, or none at all, these two would sign any message.
  const smallKey = { ...bare, pubkey: encoded(IDENTITY), sig: encoded(IDENTITY, ZERO) };
  const smallR = { ...bare, sig: encoded(IDENTITY, ZERO) };
  const cases: [name: string, code: string, receipt: Receipt][] = [
    ['the signature of another receipt', 'E-SIG-002', otherSig],
    ['another output hash', 'E-SIG-002', otherOutput],
    ['a small-order key', 'E-SIG-001', smallKey],
    ['a small-order R', 'E-SIG-001', smallR],
    ['a key with y above p', 'E-SIG-001', { ...bare, pubkey: encoded(Y_ABOVE_P) }],
    ['a key off the curve', 'E-SIG-002', { ...bare, pubkey: encoded(NOT_ON_THE_CURVE) }],
    ['S not reduced', 'E-SIG-001', { ...bare, sig: encoded(BASE_POINT, GROUP_ORDER) }],
    ['a short signature', 'E-SIG-001', { ...bare, sig: encoded(BASE_POINT) }],
  ];
  const strangers = { ...strict, trustedKeys: [encoded(BASE_POINT)] };
  return [
    ...cases.map(([name, code, receipt]) => receiptCase(name, [code], normal, receipt)),
    receiptCase('an issuer that is not trusted', ['E-SIG-003'], strangers, proven),
  ];
}

function formCases(material: Material): NamedCase[] {
  const { nowMs, normal } = optionsOf(material);
  const receipt = strictReceipt(nowMs);
  const text = decodeUtf8(encodeReceipt(receipt));
  const { nonce: _nonce, ...withoutNonce } = receipt;
  const missing = encodeReceipt(withoutNonce as Receipt);
  const cases: [name: string, code: string, text: string][] = [
    ['white space', 'E-SCHEMA-003', ` ${text}`],
    ['a newline at its end', 'E-SCHEMA-003', `${text}\n`],
    ['a byte order mark', 'E-SCHEMA-003', `\ufeff${text}`],
    [
      'a number that is longer when it is written out',
      'E-SCHEMA-003',
      `[${'1e15,'.repeat(200_000)}1]`,
    ],
    ['a duplicate key', 'E-SCHEMA-003', text.replace('{', '{"code_ref":"git:0",')],
    ['a float', 'E-SCHEMA-003', text.replace(/"ts":\d+/, '$&.5')],
    ['an odd escape', 'E-SCHEMA-003', text.replace('git:', '\\u0067it:')],
    ['keys in another order', 'E-SCHEMA-003', JSON.stringify(receipt)],
    ['text that is not JSON', 'E-SCHEMA-003', 'receipt'],
    ['an unknown version', 'E-SCHEMA-004', text.replace('TECP-0.1', 'TECP-0.2')],
    ['a wrong type', 'E-SCHEMA-002', text.replace(/"ts":\d+/, '"ts":"now"')],
    ['an entry of too many bytes', 'E-SIZE-001', text.replace('slot 7', 'slot 7'.padEnd(70_000))],
    ['too many bytes', 'E-SIZE-001', text.replace('slot 7', 'slot 7'.padEnd(1_100_000))],
  ];
  return [
    ...cases.map(([name, code, content]) => bytesCase(name, [code], normal, encodeUtf8(content))),
    bytesCase('a member missing', ['E-SCHEMA-001'], normal, missing),
    bytesCase(
      'bytes that are not UTF-8',
      ['E-SCHEMA-003'],
      normal,
      Uint8Array.of(0x22, 0xff, 0x22),
    ),
  ];
}

function demandCases(material: Material): NamedCase[] {
  const { nowMs, lite, normal, strict } = optionsOf(material);
  const made = (fields: Partial<ReceiptFields>) => strictReceipt(nowMs, fields);
  const weak = made({ policy_ids: ['eu_region'], ext: {} });
  const weakCodes = ['E-LOG-001', 'E-POLICY-002', 'E-POLICY-003'];
  const many = { ...made({ ts: nowMs - 8 * DAY_MS }), sig: strictReceipt(nowMs).sig };
  const unknown = made({ policy_ids: ['no_retention', 'our_own'] });
  return [
    receiptCase('expired', ['E-TS-003'], normal, made({ ts: nowMs - 2 * DAY_MS })),
    receiptCase('not expired by tecp-lite', [], lite, made({ ts: nowMs - 2 * DAY_MS })),
    receiptCase('in the future', ['E-TS-002'], lite, made({ ts: nowMs + DAY_MS })),
    receiptCase('weak policies by tecp-strict', weakCodes, strict, weak),
    receiptCase(
      'an unknown policy by tecp-strict',
      ['E-LOG-001', 'E-POLICY-001', 'E-POLICY-003'],
      strict,
      unknown,
    ),
    receiptCase('several faults, in order', ['E-SIG-002', 'E-TS-003'], lite, many),
  ];
}

/** Every case, each with a name of its own. */
export function receiptCases(material: Material): NamedCase[] {
  return [
    ...goodCases(material),
    ...logCases(material),
    ...noteCases(material),
    ...optionCases(material),
    ...signatureCases(material),
    ...formCases(material),
    ...demandCases(material),
  ];
}
