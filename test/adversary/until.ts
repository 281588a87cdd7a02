/**
 * Waiting in the laboratory: two dozen lies at a time share the processes that are to notice them, and on a
 * machine with a load of thirty each of these gets a twentieth of a core. What is asserted of times is
 * in `play.ts`.
 */
import { until as untilWithin, type WaitOptions } from '#test/support/wait.ts';

/** Only what hangs takes so long; below the time that a test of the laboratory has. */
const timeoutMs = 900_000;

export async function until<T>(
  check: () => T | Promise<T>,
  options: Pick<WaitOptions, 'what'> = {},
): Promise<Exclude<T, false | undefined>> {
  return await untilWithin(check, { ...options, timeoutMs });
}
