/** Asks a command all vectors, and tells each difference as it is found. */
import { unusable } from '#cli/lib/errors.ts';
import type { Vector } from './cases.ts';
import type { LineProcess, Reply } from './line-process.ts';

/** After so many ends and silences the rest would be no news. */
const MAX_FAULTS = 10;

export interface Comparison {
  readonly asked: number;
  readonly differences: number;
  /** What is wrong with how the command ended, in words. */
  readonly ending: string | undefined;
}

/** Throws when the command cannot be started, or does not even answer the first request. */
export async function compareAnswers(
  command: LineProcess,
  vectors: readonly Vector[],
  tell: (vector: Vector, reply: Reply) => Promise<void>,
): Promise<Comparison> {
  let asked = 0;
  let differences = 0;
  let faults = 0;
  for (const vector of vectors) {
    const reply = await command.ask(vector.request);
    asked++;
    if ('line' in reply && reply.line.equals(vector.answer)) continue;
    if ('fault' in reply && asked === 1) throw unusable(`Asked the first case, it ${reply.fault}.`);
    await tell(vector, reply);
    differences++;
    if ('fault' in reply && ++faults === MAX_FAULTS) break;
  }
  return { asked, differences, ending: await command.end() };
}
