/** The other end of `main.ts`: logs, witnesses and links of that process, as objects of this one. */
import { fileURLToPath } from 'node:url';
import { TestProcess } from '#test/support/processes.ts';
import type { Link } from './link.ts';
import type { LyingLog } from './log.ts';
import type { Call } from './main.ts';
import type { LyingWitness } from './witness.ts';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The methods of an object in another process. An absent argument at the end is left out. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class Liars {
  readonly process = new TestProcess({ name: 'liars', args: [PROGRAM] });
  readonly #child = this.process.start();
  // Owned by `#call` and the handlers installed below.
  readonly #open = new Map<number, (reply: Reply) => void>();
  #called = 0;

  constructor() {
    this.#child.on('message', (reply: Reply) => this.#open.get(reply.id)?.(reply));
    this.#child.once('exit', () => {
      for (const [id, settle] of this.#open) settle({ id, error: 'the liars have ended' });
    });
  }

  log(origin: string): Remote<LyingLog> {
    return this.#remote<LyingLog>('log', origin);
  }

  witness(name: string): Remote<LyingWitness> {
    return this.#remote<LyingWitness>('witness', name);
  }

  link(name: string): Remote<Link> {
    return this.#remote<Link>('link', name);
  }

  #remote<T>(kind: Call['kind'], name: string): Remote<T> {
    return new Proxy({} as Remote<T>, {
      get: (_, method) => {
        // Or awaiting the object itself would call it.
        if (method === 'then') return undefined;
        return (...args: unknown[]) => this.#call({ kind, name, method: String(method), args });
      },
    });
  }

  #call(call: Omit<Call, 'id'>): Promise<unknown> {
    const id = this.#called++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, ({ error, result }) => {
        this.#open.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${call.kind} ${call.name}, ${call.method}: ${error}`));
      });
      this.#child.send({ ...call, id });
    });
  }
}
