/** On the monitor itself: what it does not get done, which limits it has met, and its own files. Pure. */
import { duration, type Judgement, judgementsAbout } from './judgement.ts';

export interface OwnObservation {
  /** Messages that each sink has not taken. */
  readonly sinks: readonly { readonly name: string; readonly waiting: number }[];
  /** What is done again and again, and for how long it has been at it; not of walks, which may be long. */
  readonly loops: readonly { readonly name: string; readonly busyMs: number }[];
  /** Whatever has a limit that was met. */
  readonly limits: readonly {
    readonly name: string;
    readonly used: number;
    readonly limit: number;
  }[];
  /** Whether the policy file is another one than that which was read at the start. */
  readonly isPolicyChanged: boolean;
}

/** A sink that takes nothing for so long is away. */
export const SINK_BEHIND_MS = 600_000;
/** The longest of what is waited for ends far sooner. */
export const LOOP_HUNG_MS = 300_000;

export function judgeOwn(own: OwnObservation): Judgement[] {
  const about = judgementsAbout('');
  const sinks = own.sinks.map(({ name, waiting }) => {
    const subject = `sink ${name}`;
    if (waiting === 0) return about.good('monitor-backlog', subject);
    const words = `${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'} and none is taken.`;
    return about.bad('monitor-backlog', subject, words, SINK_BEHIND_MS);
  });
  const loops = own.loops.map(({ name, busyMs }) => {
    if (busyMs < LOOP_HUNG_MS) return about.good('monitor-backlog', name);
    return about.bad('monitor-backlog', name, `It has been at it for ${duration(busyMs)}.`, 0);
  });
  const limits = own.limits.map(({ name, used, limit }) => {
    if (used < limit) return about.good('monitor-limit', name);
    return about.bad('monitor-limit', name, `${used} of ${limit}: what comes now is dropped.`, 0);
  });
  const words =
    'The policy file is another one than at the start, and does not count before a restart.';
  const policy = own.isPolicyChanged
    ? about.bad('policy-file-changed', '', words, 0)
    : about.good('policy-file-changed', '');
  return [...sinks, ...loops, ...limits, policy];
}
