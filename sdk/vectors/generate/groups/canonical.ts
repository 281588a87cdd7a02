/**
 * Canonical JSON of texts that need not be canonical, docs/spec/receipt.md section 3 and docs/spec/verifier.md
 * section 2.
 */
import type { Group } from '../case.ts';
import { depthCases, memberCases } from './canonical/members.ts';
import { encodingCases, stringCases } from './canonical/strings.ts';
import { numberCases, syntaxCases, valueCases } from './canonical/values.ts';

export const canonical: Group = {
  file: 'canonical',
  description:
    'Canonical JSON of texts that need not be canonical, docs/spec/receipt.md section 3 and docs/spec/verifier.md section 2. The limit of the size is in sizes.vectors.json.gz.',
  cases: [
    ...valueCases,
    ...syntaxCases,
    ...numberCases,
    ...stringCases,
    ...encodingCases,
    ...memberCases,
    ...depthCases,
  ],
};
