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
  'monitor-backlog': warning({
    title: 'The monitor does not get its work done',
    meaning:
      'Messages about alerts are not taken by a sink, or something that the monitor does again and again ' +
      'has not ended for minutes. Other sinks and checks go on.',
    step: 'Look at the sink or the server that it names, then at the log of the monitor.',
  }),
  'monitor-limit': warning({
    title: 'The monitor has met a limit',
    meaning:
      'Something that the monitor keeps has reached its limit, and more of it is dropped. What proves a ' +
      'fork is never what is dropped.',
    step: 'See what fills it: usually one log that is unwell, or somebody with very many keys.',
  }),
  'policy-file-changed': warning({
    title: 'The policy file changed after the start',
    meaning:
      'The monitor watches by the policy that it read when it started; the file says something else now.',
    step: 'Restart the monitor if the new policy is meant; otherwise find out who changed it.',
  }),
  'deadline-near': warning({
    title: 'Something ends soon',
    meaning:
      'A certificate of a server that is watched, or something with a date in the configuration, ends ' +
      'soon or has ended.',
    step: 'Renew it, or tell whoever does; then change the date in the configuration.',
  }),
} as const;
