/**
 * Checkpoints and cosignatures, docs/spec/log.md sections 3, 4 and 6, and docs/spec/verifier.md section 5.
 */
import type { Group } from '../case.ts';
import { cosignatureCases } from './checkpoint/cosignatures.ts';
import { extensionCases, formCases } from './checkpoint/form.ts';
import { kindCases } from './checkpoint/kinds.ts';
import { badKeyCases, logCases } from './checkpoint/logs.ts';

export const checkpoints: Group = {
  file: 'checkpoint',
  description:
    'Checkpoints and cosignatures of both kinds, docs/spec/log.md sections 3, 4 and 6, and docs/spec/verifier.md section 5. The size of a text is in sizes.vectors.json.gz.',
  cases: [
    ...formCases,
    ...extensionCases,
    ...logCases,
    ...cosignatureCases,
    ...kindCases,
    ...badKeyCases,
  ],
};
