/**
 * Offline proofs, docs/spec/log.md sections 8 and 9, and docs/spec/verifier.md section 5: their text, whom they are
 * signed by, and the quorum.
 */
import type { Group } from '../case.ts';
import { formCases } from './proof/form.ts';
import { inclusionCases } from './proof/inclusion.ts';
import { quorumCases } from './proof/quorum.ts';
import { kindCases, signerCases } from './proof/signers.ts';

export const proofs: Group = {
  file: 'proof',
  description:
    'Offline proofs, docs/spec/log.md sections 8 and 9, and docs/spec/verifier.md section 5: their text, inclusion, signatures, and the quorum and its time. The sizes are in sizes.vectors.json.gz.',
  cases: [...formCases, ...inclusionCases, ...signerCases, ...quorumCases, ...kindCases],
};
