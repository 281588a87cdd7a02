/**
 * Limits of sizes and counts, docs/spec/receipt.md section 5 and docs/spec/log.md section 10, on both sides of each.
 * The texts are large and repeat themselves, so the file is compressed.
 */
import type { Group } from '../case.ts';
import { checkpointCases, noteCases, proofCases } from './sizes/notes.ts';
import { crowdCases, policyCases } from './sizes/policies.ts';
import { jsonCases, receiptCases } from './sizes/receipts.ts';

export const sizes: Group = {
  file: 'sizes',
  description:
    'Limits of sizes and counts, docs/spec/receipt.md section 5 and docs/spec/log.md section 10, on both sides of each.',
  isLarge: true,
  cases: [
    ...jsonCases,
    ...receiptCases,
    ...noteCases,
    ...checkpointCases,
    ...policyCases,
    ...proofCases,
    ...crowdCases,
  ],
};
