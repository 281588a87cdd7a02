/**
 * Receipts with proofs, docs/spec/receipt.md sections 7.4 to 7.6: the log judgement, the logged time, and times at
 * each boundary of each profile judged by it.
 */
import type { Group } from '../case.ts';
import { badCases, givenCases } from './receipt-proof/judgement.ts';
import { togetherCases } from './receipt-proof/order.ts';
import { otherCases, quorumCases } from './receipt-proof/quorum.ts';
import { timeCases } from './receipt-proof/times.ts';

export const receiptProof: Group = {
  file: 'receipt-proof',
  description:
    'Receipts with proofs, docs/spec/receipt.md sections 7.4 to 7.6: the log judgement, the logged time, each boundary of each profile judged by it, and the order of errors and warnings.',
  cases: [
    ...givenCases,
    ...badCases,
    ...togetherCases,
    ...timeCases,
    ...quorumCases,
    ...otherCases,
  ],
};
