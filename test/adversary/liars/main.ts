/**
 * The process of all that lie: `node test/adversary/liars/main.ts`. It makes logs, witnesses and links
 * and calls their methods, as it is told over the IPC channel (`remote.ts`).
 */
import { Link } from './link.ts';
import { LyingLog } from './log.ts';
import { LyingWitness } from './witness.ts';

export const KINDS = {
  log: (name: string) => new LyingLog(name),
  witness: (name: string) => new LyingWitness(name),
  link: () => new Link(),
};

export interface Call {
  readonly id: number;
  readonly kind: keyof typeof KINDS;
  /** Made at the first call. */
  readonly name: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Method = (...args: readonly unknown[]) => unknown;

const things = new Map<string, unknown>();

async function carryOut({ kind, name, method, args }: Call): Promise<unknown> {
  const key = `${kind} ${name}`;
  const thing = things.get(key) ?? KINDS[kind](name);
  things.set(key, thing);
  return await (thing as Record<string, Method>)[method]!(...args);
}

process.on('disconnect', () => process.exit(0));
process.on('message', (call: Call) => {
  carryOut(call).then(
    (result) => process.send!({ id: call.id, result }),
    (error: unknown) => process.send!({ id: call.id, error: String((error as Error).stack) }),
  );
});
