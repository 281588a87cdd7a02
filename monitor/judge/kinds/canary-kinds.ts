/** Alerts of the canary: receipts of the monitor's own do not get through, or not as they should. */
import { critical, warning } from './kind.ts';

export const CANARY_KINDS = {
  'canary-failing': critical({
    title: 'Nothing gets a proof from the log',
    meaning:
      "The monitor's own receipts, sent as anybody would send one, have got no proof that verifies, several " +
      'times in a row. Whoever uses this log now has the same trouble.',
    step: 'Read at which stage it fails: that says whether to look at the log, its witnesses or the network.',
  }),
  'slo-burn': warning({
    title: 'The log misses its objective',
    meaning:
      "Too many of the monitor's own receipts fail, or are too slow, for the objective in its configuration " +
      'to be kept if it goes on like this. Most still get through.',
    step: 'See when it began and at which stage receipts fail, and what was changed at that time.',
  }),
} as const;
