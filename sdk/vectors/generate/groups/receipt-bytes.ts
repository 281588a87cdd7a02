/**
 * Receipts as bytes, docs/spec/receipt.md sections 3, 5 and 7.3: what is not canonical, and how large it may be.
 */
import type { Group } from '../case.ts';
import { aroundCases, nameCases, notObjectCases, numberCases } from './receipt-bytes/json.ts';
import { depthCases, sizeCases } from './receipt-bytes/sizes.ts';
import { encodingCases, stringCases } from './receipt-bytes/texts.ts';

export const receiptBytes: Group = {
  file: 'receipt-bytes',
  description:
    'Receipts as bytes, docs/spec/receipt.md sections 3, 5 and 7.3: what is not canonical, and how large it may be. The sizes of a whole receipt are in sizes.vectors.json.gz.',
  cases: [
    ...aroundCases,
    ...notObjectCases,
    ...nameCases,
    ...numberCases,
    ...stringCases,
    ...encodingCases,
    ...depthCases,
    ...sizeCases,
  ],
};
