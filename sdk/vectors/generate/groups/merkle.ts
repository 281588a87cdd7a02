/**
 * Leaf hashes, and proofs of inclusion and consistency: RFC 6962 section 2.1 and docs/spec/log.md section 2.
 */
import { bytes } from '../bytes.ts';
import { type Case, type Group, request } from '../case.ts';
import { damagedPairCases, edgeCases, largePairCases, pairCases } from './merkle/consistency.ts';
import {
  damagedCases,
  LEAF,
  largeTreeCases,
  leafCases,
  otherPlaceCases,
  smallTreeCases,
  specialCases,
} from './merkle/inclusion.ts';

const KNOWN: Case = {
  name: 'leaf hash: the published one of no bytes',
  why: `${LEAF} RFC 9162 and CT implementations give this one.`,
  request: request('leaf-hash', { entry: bytes() }),
  answer: { leaf_hash: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d' },
};

export const inclusion: Group = {
  file: 'inclusion',
  description:
    'Leaf hashes and proofs of inclusion, RFC 6962 section 2.1 and docs/spec/log.md section 2: all leaves of trees of 1 to 17, large trees, and every kind of damage.',
  cases: [
    KNOWN,
    ...leafCases,
    ...smallTreeCases,
    ...largeTreeCases,
    ...damagedCases,
    ...otherPlaceCases,
    ...specialCases,
  ],
};

export const consistency: Group = {
  file: 'consistency',
  description:
    'Proofs of consistency, RFC 6962 section 2.1.2 and docs/spec/log.md section 2: all pairs of sizes up to 12, large trees, and every kind of damage.',
  cases: [...pairCases, ...largePairCases, ...damagedPairCases, ...edgeCases],
};
