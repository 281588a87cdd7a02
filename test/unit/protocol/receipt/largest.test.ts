/** Receipts under policies of many witnesses: the limits hold what the largest policy makes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import {
  formatCheckpoint,
  MAX_CHECKPOINT_TEXT_BYTES,
  signCheckpoint,
} from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import {
  KEY_TYPES,
  type KeyType,
  MAX_KEY_NAME_BYTES,
  makeSignerKey,
  type SignerKey,
} from '#protocol/note/key.ts';
import { formatNote, MAX_NOTE_BYTES, parseNote } from '#protocol/note/note.ts';
import { MAX_POLICY_WITNESSES, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { formatTlogProof, MAX_PROOF_BYTES } from '#protocol/proof/tlog-proof.ts';
import { encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import {
  MAX_RECEIPT_BYTES,
  MAX_RECEIPT_ENTRY_BYTES,
  type Receipt,
} from '#protocol/receipt/types.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { makeReceipt, STRICT_FIELDS, seed, TS, TS_SECONDS } from './fixture.ts';

/** A name as long as a key's name may be. */
function longName(text: string): string {
  return text.padEnd(MAX_KEY_NAME_BYTES, 'n');
}

const LOG = makeSignerKey(longName('log.example/'), KEY_TYPES.ed25519, seed(2));

function witnessKey(name: string, type: KeyType, index: number): SignerKey {
  const own = seed(3);
  new DataView(own.buffer).setUint32(0, index + 1);
  return makeSignerKey(name, type, own);
}

/** A policy that asks for all of these keys. */
function policyOf(keys: readonly SignerKey[]): Policy {
  const names = keys.map((_, i) => `w${i}`);
  return parsePolicy(
    [
      `log ${LOG.verifier.text}`,
      ...keys.map(({ verifier }, i) => `witness ${names[i]} ${verifier.text}`),
      `group everybody all ${names.join(' ')}`,
      'quorum everybody\n',
    ].join('\n'),
  );
}

/** The receipt as the first entry of the largest tree, cosigned by all keys on a long checkpoint. */
function provenBy(receipt: Receipt, keys: readonly SignerKey[], extensions: readonly string[]) {
  let root = nodeHash(leafHash(receiptFromObject(receipt).entryBytes), SIBLING);
  for (let level = 1; level < 52; level++) root = nodeHash(root, SIBLING);
  const checkpoint = { origin: LOG.verifier.name, size: 2 ** 52, root, extensions };
  const text = formatCheckpoint(checkpoint);
  const { signatures } = parseNote(signCheckpoint(checkpoint, LOG));
  const cosignatures = keys.map((key) => cosign(text, key, TS_SECONDS + 1));
  const note = formatNote({ text, signatures: [...signatures, ...cosignatures] });
  const hashes = Array.from({ length: 52 }, () => SIBLING);
  const proof = formatTlogProof({ index: 0, hashes, checkpoint: note });
  return { note, proof, bytes: encodeReceipt(withProof(receipt, proof)) };
}

const SIBLING = leafHash(encodeUtf8('another entry'));
const STRICT = { profile: 'tecp-strict', nowMs: TS } as const;

describe('a receipt with its proof', () => {
  let largest: Receipt;

  beforeAll(() => {
    const padded = (pad: string) =>
      makeReceipt({ ...STRICT_FIELDS, ext: { ...STRICT_FIELDS.ext, pad } });
    const rest = MAX_RECEIPT_ENTRY_BYTES - receiptFromObject(padded('')).entryBytes.length;
    largest = padded('x'.repeat(rest));
  });

  it('fits, and is valid, under twenty witnesses with keys of both kinds', () => {
    const keys = Array.from({ length: 20 }, (_, i) => [
      witnessKey(`w${i}.example`, KEY_TYPES.cosignatureEd25519, 2 * i),
      witnessKey(`w${i}.example`, KEY_TYPES.cosignatureMlDsa44, 2 * i + 1),
    ]).flat();
    const { bytes } = provenBy(makeReceipt(STRICT_FIELDS), keys, []);
    expect(bytes.length).toBeGreaterThan(65_536);
    const verdict = verifyReceipt(bytes, { ...STRICT, policy: policyOf(keys) });
    expect(verdict).toMatchObject({ valid: true, errors: [], logged_at: TS + 1000 });
    expect(verdict.witnesses).toHaveLength(40);
  });

  it('fits under the largest policy: 256 ML-DSA-44 keys, the longest names, text and entry', () => {
    const keys = Array.from({ length: MAX_POLICY_WITNESSES }, (_, i) =>
      witnessKey(longName(`w${i}.example/`), KEY_TYPES.cosignatureMlDsa44, i),
    );
    const extension = 'x'.repeat(MAX_CHECKPOINT_TEXT_BYTES - 400);
    const { note, proof, bytes } = provenBy(largest, keys, [extension]);
    expect(encodeUtf8(note).length).toBeLessThanOrEqual(MAX_NOTE_BYTES);
    expect(proof.length).toBeLessThanOrEqual(MAX_PROOF_BYTES);
    expect(bytes.length).toBeLessThanOrEqual(MAX_RECEIPT_BYTES);
    expect(bytes.length).toBeGreaterThan(900_000);
    const verdict = verifyReceipt(bytes, { ...STRICT, policy: policyOf(keys) });
    expect(verdict).toMatchObject({ valid: true, errors: [], logged_at: TS + 1000 });
  });

  it('fits whatever note fits: a note, an inclusion proof and an entry at their limits', () => {
    const newlines = 2 * 64 + 512 + 64;
    const hashes = 63 * 46;
    const members =
      '"log_inclusion":{"proof":""},c2sp.org/tlog-proof@v1\\nindex 9007199254740991\\n\\n';
    expect(
      MAX_NOTE_BYTES + newlines + hashes + members.length + MAX_RECEIPT_ENTRY_BYTES,
    ).toBeLessThan(MAX_RECEIPT_BYTES);
  });
});
