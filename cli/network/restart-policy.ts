/**
 * Whether a process that ended by itself is started again, and when: at once at first, then ever later,
 * and no more when it keeps ending or said that its operator has to mend something.
 */
import { EXIT } from '#cli/lib/errors.ts';
import type { ChildEnd } from './child.ts';

const WINDOW_MS = 60_000;
/** Before each restart within the window; one end more, and the process is left dead. */
const DELAYS_MS = [100, 1000, 2000, 4000];
export const MAX_ENDS = DELAYS_MS.length + 1;

export type Decision =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'leave'; readonly why: string };

/** `endsMs` are the times at which it ended by itself, the last one included, on any clock. */
export function decide(
  { code }: ChildEnd,
  endsMs: readonly number[],
  mayRestart: boolean,
): Decision {
  if (!mayRestart) return { kind: 'leave', why: 'as --no-restart says' };
  if (code === EXIT.unusable) {
    return { kind: 'leave', why: 'as something has to be mended before it can run' };
  }
  const lastMs = endsMs.at(-1)!;
  const recent = endsMs.filter((atMs) => atMs > lastMs - WINDOW_MS).length;
  const delayMs = DELAYS_MS[recent - 1];
  if (delayMs !== undefined) return { kind: 'restart', delayMs };
  return { kind: 'leave', why: `as it ended ${MAX_ENDS} times within a minute` };
}
