/** `policy` and `proof` (docs/spec/verifier.md, section 5). */
import type { JsonObject } from '#protocol/json/canonical.ts';
import { parsePolicy, verifyProof } from '../proofs.ts';
import { asBytes, asHash, badRequest, orRefuse, type Request } from './request.ts';
import { readPolicy } from './verdict.ts';

export function answerPolicy(request: Request): JsonObject {
  const bytes = asBytes(request.policy);
  const policy = orRefuse(() => parsePolicy(bytes));
  return {
    logs: policy.logs.map(({ key, url }) => withUrl({ key: key.text }, url)),
    witnesses: policy.witnesses.map(({ name, key, url }) => withUrl({ name, key: key.text }, url)),
    groups: policy.groups.map(({ name, threshold, members }) => ({
      name,
      threshold,
      members: [...members],
    })),
    quorum: policy.quorum,
  };
}

function withUrl(answer: JsonObject, url: string | undefined): JsonObject {
  return url === undefined ? answer : { ...answer, url };
}

export function answerProof(request: Request): JsonObject {
  const bytes = asBytes(request.proof);
  const leaf = asHash(request.leaf);
  if (request.policy === undefined) throw badRequest();
  const policy = readPolicy(request.policy);
  const { loggedAt, ...proof } = orRefuse(() => verifyProof(bytes, leaf, policy));
  return {
    origin: proof.origin,
    index: proof.index,
    tree_size: proof.treeSize,
    witnesses: [...proof.witnesses],
    quorum_met: proof.quorumMet,
    ...(loggedAt === undefined ? {} : { logged_at: loggedAt }),
  };
}
