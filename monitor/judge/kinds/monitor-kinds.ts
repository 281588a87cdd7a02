/** Alerts about the monitor itself. */
import { warning } from './kind.ts';

export const MONITOR_KINDS = {
  'monitor-lag': warning({
    title: 'The monitor is behind the log',
    meaning:
      'What the log published some time ago is not checked yet, so what is wrong in it is not known. ' +
      'The log serves its entries too slowly, or this machine is too busy.',
    step: 'See whether the number of entries left goes down; if not, look at the log and at this machine.',
  }),
} as const;
