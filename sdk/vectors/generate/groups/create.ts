/**
 * Receipts that are made, docs/spec/verifier.md section 4 and docs/spec/receipt.md section 6.1: equal requests have
 * equal answers, and what a verifier would refuse is not signed.
 */
import type { Group } from '../case.ts';
import { badCases } from './create/bad.ts';
import { goodCases } from './create/good.ts';

export const creating: Group = {
  file: 'create',
  description:
    'Receipts that are made, docs/spec/verifier.md section 4 and docs/spec/receipt.md section 6.1: equal requests have equal answers, and what a verifier would refuse is not signed.',
  cases: [...goodCases, ...badCases],
};
