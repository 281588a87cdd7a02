/**
 * Signatures, docs/spec/receipt.md section 6.2 and docs/spec/verifier.md section 2: the strict Ed25519 verdict, and
 * lengths and forms of all three kinds.
 */
import type { Group } from '../case.ts';
import { ecdsaCases } from './signatures/ecdsa.ts';
import { ed25519Cases } from './signatures/ed25519.ts';
import { mlDsaCases } from './signatures/ml-dsa.ts';

export const signatures: Group = {
  file: 'signatures',
  description:
    'Signatures, docs/spec/receipt.md section 6.2, docs/spec/log.md section 3 and docs/spec/verifier.md section 2: the strict Ed25519 verdict, and lengths and forms of Ed25519, ML-DSA-44 and ECDSA.',
  cases: [...ed25519Cases, ...mlDsaCases, ...ecdsaCases],
};
