/**
 * What the SDKs are measured and compared with: a receipt as issuers make them, and the same with its proof in a log of a
 * milliard entries, cosigned by three witnesses. Of the log's tree there is only the way from the leaf to the root.
 */
import { canonicalize } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, type KeyType, makeSignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { Random } from '#test/fuzz/random.ts';
import { base64Url } from '#test/fuzz/request.ts';
import { inclusionIn } from '#test/fuzz/trees.ts';

export interface SdkMaterial {
  /** Of the issuer: 32 bytes. */
  readonly seed: Uint8Array;
  readonly receipt: Uint8Array;
  /** With the proof, Ed25519 cosignatures only. */
  readonly proven: Uint8Array;
  /** With cosignatures of both kinds by each witness. */
  readonly provenMlDsa: Uint8Array;
  /** Trusts the log, and asks for two of the Ed25519 keys. */
  readonly policy: string;
  /** Unix milliseconds at which both are valid. */
  readonly nowMs: number;
}

const ENTRIES = 1_000_000_000;
/** Its way to the root is as long as any. */
const INDEX = 123_456_789;
const NOW_MS = 1_753_000_000_000;
const WITNESSES = ['witness-1.example', 'witness-2.example', 'witness-3.example'];

/** Made at this time, in Unix milliseconds, which is a whole second. */
export function sdkMaterial(randomSeed: number, nowMs = NOW_MS): SdkMaterial {
  const random = new Random(randomSeed, 0);
  const seed = random.bytes(32);
  const receipt = createReceipt(
    {
      code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
      ts: nowMs,
      nonce: base64Url(random.bytes(16)),
      input_hash: base64Url(random.bytes(32)),
      output_hash: base64Url(random.bytes(32)),
      policy_ids: ['eu_region', 'no_retention'],
    },
    seed,
  );
  const inclusion = inclusionIn(random, leafHash(canonicalize(receipt)), ENTRIES, INDEX);
  const key = (name: string, type: KeyType) => makeSignerKey(name, type, random.bytes(32));
  const log = key('log.example/2025', KEY_TYPES.ed25519);
  const signed = signCheckpoint(
    { origin: log.verifier.name, size: ENTRIES, root: inclusion.root, extensions: [] },
    log,
  );
  const cosigned = (types: readonly KeyType[]) => {
    const keys = WITNESSES.flatMap((name) => types.map((type) => key(name, type)));
    const { text, signatures } = parseNote(signed);
    const cosignatures = keys.map((witness) => cosign(text, witness, nowMs / 1000 + 1));
    const checkpoint = formatNote({ text, signatures: [...signatures, ...cosignatures] });
    const proof = formatTlogProof({ index: INDEX, hashes: inclusion.hashes, checkpoint });
    return { keys, proven: encodeReceipt(withProof(receipt, proof)) };
  };
  const { keys, proven } = cosigned([KEY_TYPES.cosignatureEd25519]);
  const policy = [
    `log ${log.verifier.text}\n`,
    ...keys.map(({ verifier }, i) => `witness w${i + 1} ${verifier.text}\n`),
    'group majority 2 w1 w2 w3\nquorum majority\n',
  ].join('');
  const { valid, witnesses } = verifyReceipt(proven, {
    nowMs,
    policy: parsePolicy(policy),
  });
  if (!valid || witnesses?.length !== WITNESSES.length) throw new Error('not a valid receipt');
  const both = [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44];
  return {
    seed,
    receipt: encodeReceipt(receipt),
    proven,
    provenMlDsa: cosigned(both).proven,
    policy,
    nowMs,
  };
}
