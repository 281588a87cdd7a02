/** The primitives (docs/spec/verifier.md, section 2): canonical JSON, signatures, trees. */
import { verifyEcdsa, verifyEd25519, verifyMlDsa44 } from '#crypto';
import { encodeBase64 } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { canonicalize, parseJson } from '../json.ts';
import { verifyConsistency, verifyInclusion } from '../trees.ts';
import { asBytes, asCount, asHash, asHashes, orRefuse, type Request } from './request.ts';

export function answerCanonical(request: Request): JsonObject {
  const json = asBytes(request.json);
  return { canonical: encodeBase64(orRefuse(() => canonicalize(parseJson(json)))) };
}

export function answerLeafHash({ entry }: Request): JsonObject {
  return { leaf_hash: toHex(leafHash(asBytes(entry))) };
}

type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

function answerSignature(verify: Verify): (request: Request) => JsonObject {
  return ({ key, message, sig }) => ({
    valid: verify(asBytes(key), asBytes(message), asBytes(sig)),
  });
}

export const answerEd25519 = answerSignature(verifyEd25519);
export const answerMlDsa44 = answerSignature(verifyMlDsa44);
export const answerEcdsa = answerSignature(verifyEcdsa);

export function answerInclusion({ leaf, index, size, proof, root }: Request): JsonObject {
  const valid = verifyInclusion(
    asHash(leaf),
    asCount(index),
    asCount(size),
    asHashes(proof),
    asHash(root),
  );
  return { valid };
}

export function answerConsistency(request: Request): JsonObject {
  const valid = verifyConsistency(
    asCount(request.old_size),
    asHash(request.old_root),
    asCount(request.new_size),
    asHash(request.new_root),
    asHashes(request.proof),
  );
  return { valid };
}
