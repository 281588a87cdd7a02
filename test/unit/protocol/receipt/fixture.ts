/** One issuer, one log, three witnesses and a policy of two of them: everything from fixed seeds. */
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { asHash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { createReceipt, type ReceiptFields, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';

export const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

export const ISSUER_SEED = seed(1);
/** 2025-07-20T08:26:40Z. */
export const TS = 1_753_000_000_000;
export const TS_SECONDS = TS / 1000;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const FIELDS: ReceiptFields = {
  code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
  ts: TS,
  nonce: encodeBase64Url(new Uint8Array(16).fill(9)),
  input_hash: 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0',
  output_hash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  policy_ids: ['eu_region', 'no_retention'],
};

/** Fields that satisfy every demand of tecp-strict but the proof. */
export const STRICT_FIELDS: ReceiptFields = {
  ...FIELDS,
  key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7, counter 41' },
  ext: { policy_enforced: { eu_region: { region: 'eu-west-1' }, no_retention: 'tmpfs' } },
};

export const makeReceipt = (fields: ReceiptFields = FIELDS): Receipt =>
  createReceipt(fields, ISSUER_SEED);

/** A receipt as a loose object, for breaking it. */
export const looseReceipt = (fields: ReceiptFields = FIELDS): JsonObject =>
  JSON.parse(JSON.stringify(makeReceipt(fields)));

export const LOG_KEY = makeSignerKey('log.example/2025', KEY_TYPES.ed25519, seed(2));
export const WITNESS_KEYS = ['w1', 'w2', 'w3'].map((name, i) =>
  makeSignerKey(`${name}.example`, KEY_TYPES.cosignatureEd25519, seed(3 + i)),
);

export const policyText = (quorum: string, logVkey = LOG_KEY.verifier.text): string =>
  [
    `log ${logVkey}`,
    ...WITNESS_KEYS.map(({ verifier }, i) => `witness w${i + 1} ${verifier.text}`),
    'group two-of-three 2 w1 w2 w3',
    `quorum ${quorum}`,
    '',
  ].join('\n');

export const POLICY = parsePolicy(policyText('two-of-three'));

export interface ProofOptions {
  /** Cosignature time of each witness in POSIX seconds; undefined for none. */
  times?: readonly (number | undefined)[];
  logKey?: typeof LOG_KEY;
}

const OTHER_LEAF = leafHash(encodeUtf8('another entry'));

/** A tlog-proof of the receipt at index 1 of a tree of 2. */
export function proofOf(receipt: Receipt, options: ProofOptions = {}): string {
  const { times = [TS_SECONDS + 1, TS_SECONDS + 3, TS_SECONDS + 2], logKey = LOG_KEY } = options;
  const root = nodeHash(OTHER_LEAF, leafHash(receiptFromObject(receipt).entryBytes));
  const origin = logKey.verifier.name;
  const checkpoint = { origin, size: 2, root: asHash(root), extensions: [] };
  const text = formatCheckpoint(checkpoint);
  const signed = parseNote(signCheckpoint(checkpoint, logKey));
  const cosignatures = WITNESS_KEYS.flatMap((key, i) => {
    const time = times[i];
    return time === undefined ? [] : [cosign(text, key, time)];
  });
  const note = formatNote({ text, signatures: [...signed.signatures, ...cosignatures] });
  return formatTlogProof({ index: 1, hashes: [OTHER_LEAF], checkpoint: note });
}

export function provenReceipt(fields: ReceiptFields, options?: ProofOptions): Receipt {
  const receipt = makeReceipt(fields);
  return withProof(receipt, proofOf(receipt, options));
}
