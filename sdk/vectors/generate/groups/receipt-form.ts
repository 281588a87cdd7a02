/**
 * The members of a receipt, docs/spec/receipt.md section 4: every rule, each side of every limit, and which of
 * two faults is reported.
 */
import type { Group } from '../case.ts';
import {
  chainCases,
  environmentCases,
  erasureCases,
  extCases,
  inclusionCases,
} from './receipt-form/objects.ts';
import { orderCases } from './receipt-form/order.ts';
import { presentCases, unknownMemberCases } from './receipt-form/presence.ts';
import { pubkeyCases, sigCases } from './receipt-form/signature.ts';
import {
  codeRefCases,
  hashCases,
  nonceCases,
  policyIdCases,
  tsCases,
  versionCases,
} from './receipt-form/texts.ts';

export const receiptForm: Group = {
  file: 'receipt-form',
  description:
    'The members of a receipt, docs/spec/receipt.md section 4: every rule, each side of every limit, and which of two faults is reported.',
  cases: [
    ...presentCases,
    ...versionCases,
    ...codeRefCases,
    ...tsCases,
    ...nonceCases,
    ...hashCases,
    ...policyIdCases,
    ...pubkeyCases,
    ...sigCases,
    ...erasureCases,
    ...environmentCases,
    ...chainCases,
    ...extCases,
    ...inclusionCases,
    ...unknownMemberCases,
    ...orderCases,
  ],
};
