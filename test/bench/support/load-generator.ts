/**
 * Loads a server from a process of its own, so that neither its processor time nor its pauses are counted
 * as the server's or as those of whoever prepares the requests.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { LoadOptions, LoadResult } from './load-client.ts';
import { end } from './network.ts';
import { processorMs, threadsOf } from './processor-time.ts';

export interface Measured extends LoadResult {
  readonly perSecond: number;
  /** Of the server's process, for one request. */
  readonly serverUs: number;
  /** The same of each of its threads that took any, by id and name. */
  readonly threadsUs: ReadonlyMap<string, number>;
}

/** The status of all answers. */
type Expected = number | 'any';

export class LoadGenerator {
  readonly #child: ChildProcess;

  constructor() {
    const script = new URL('./load-process.ts', import.meta.url);
    this.#child = fork(script, { serialization: 'advanced' });
  }

  /** Rejects when an answer has another status than `expected`; all are welcome if that is `any`. */
  async run(load: LoadOptions, expected: Expected = 200): Promise<LoadResult> {
    const answer = new Promise<{ result: LoadResult; error?: string }>((resolve, reject) => {
      this.#child.once('message', resolve);
      this.#child.once('exit', (code) => reject(new Error(`load generator: exit code ${code}`)));
    });
    this.#child.send(load);
    const { result, error } = await answer;
    this.#child.removeAllListeners('exit');
    if (error !== undefined) throw new Error(error);
    const others = [...result.statuses].filter(([status]) => status !== expected);
    if (expected !== 'any' && others.length > 0)
      throw new Error(`answers other than ${expected}: ${String(others)}`);
    return result;
  }

  /** The same, and what it cost the server `pid`. */
  async measure(pid: number, load: LoadOptions, expected: Expected = 200): Promise<Measured> {
    const [before, threads] = [processorMs(pid), threadsOf(pid)];
    const result = await this.run(load, expected);
    const count = load.requests.length;
    const eachUs = (ms: number) => (1000 * ms) / count;
    const threadsUs = new Map<string, number>();
    for (const [id, { name, ms }] of threadsOf(pid)) {
      const spentMs = ms - (threads.get(id)?.ms ?? 0);
      if (spentMs > 0) threadsUs.set(`${name} ${id}`, eachUs(spentMs));
    }
    const serverUs = eachUs(processorMs(pid) - before);
    return { ...result, perSecond: count / result.seconds, serverUs, threadsUs };
  }

  close(): Promise<void> {
    return end(this.#child);
  }
}
