/**
 * Signed notes, docs/spec/log.md sections 1, 3 and 10, and docs/spec/verifier.md section 5.
 */
import type { Group } from '../case.ts';
import { badKeyCases } from './note/keys.ts';
import { ecdsaCases, keyCases } from './note/signers.ts';
import { countCases, lineCases, nameCases, textCases } from './note/text.ts';

export const notes: Group = {
  file: 'note',
  description:
    'Signed notes and verifier keys, docs/spec/log.md sections 1, 3 and 10, and docs/spec/verifier.md section 5. The size of a note is in sizes.vectors.json.gz.',
  cases: [
    ...textCases,
    ...lineCases,
    ...nameCases,
    ...countCases,
    ...keyCases,
    ...ecdsaCases,
    ...badKeyCases,
  ],
};
