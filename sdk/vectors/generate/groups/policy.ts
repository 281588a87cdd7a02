/**
 * Trust policies, docs/spec/log.md sections 8 and 10, and docs/spec/verifier.md section 5.
 */
import type { Group } from '../case.ts';
import { keyCases, urlCases } from './policy/keys.ts';
import { lineCases } from './policy/lines.ts';
import { depthCases, groupCases, nameCases } from './policy/names.ts';

export const policies: Group = {
  file: 'policy',
  description:
    'Trust policies, docs/spec/log.md sections 8 and 10, and docs/spec/verifier.md section 5. The counts and the size are in sizes.vectors.json.gz.',
  cases: [...lineCases, ...nameCases, ...groupCases, ...depthCases, ...urlCases, ...keyCases],
};
