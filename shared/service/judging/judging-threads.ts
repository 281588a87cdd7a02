/**
 * Judges the entries of walks in threads, so that signatures are verified on all cores that it may use
 * while the tree is made beside it. Several walks may share it.
 *
 * A bundle crosses to a thread in one message, as its own bytes without another copy, and its faults come
 * back in one. Threads are started one by one as there is work for them, and live until `close`; one that
 * ends by itself takes what it had with it, and the next work starts another.
 */
import type { Worker } from 'node:worker_threads';
import { type EntryFault, type EntryJudge, judgeHere } from '#client/entry-judge.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { encodeEntryBundle } from '#protocol/merkle/tiles.ts';
import { siblingModule } from '../sibling-module.ts';
import { MAINLY_GARBAGE, startThread } from '../threads.ts';

export interface JudgingThreadData {
  readonly types: readonly string[];
}

export interface ToJudge {
  readonly bundle: Uint8Array;
  readonly count: number;
}

export type JudgedMessage = readonly EntryFault[];

interface Task {
  readonly entries: readonly Uint8Array[];
  readonly resolve: (faults: readonly EntryFault[]) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Sent and not answered, in their order. */
  readonly tasks: Task[];
}

/** What one thread has at once: enough to do while the caller's thread is at something else, as at a transaction. */
const TASKS_OF_THREAD = 8;
/** A thread takes longer to start than so many signatures to verify, and this one is not held up by them. */
const FEW_ENTRIES = 32;

export class JudgingThreads implements EntryJudge {
  readonly bundlesAtOnce: number;
  readonly #types: readonly EntryType[];
  readonly #maxThreads: number;
  // Owned by this object.
  #threads: readonly Thread[] = [];
  readonly #waiting: Task[] = [];
  #isClosed = false;

  /** Types that are not of the program are judged on the caller's thread: no other knows them. */
  constructor(types: readonly EntryType[], threads: number) {
    this.#types = types;
    this.#maxThreads = threads;
    this.bundlesAtOnce = TASKS_OF_THREAD * threads;
  }

  /** Rejects if its thread ends by itself, and once closed. */
  readonly judge = (entries: readonly Uint8Array[]): Promise<readonly EntryFault[]> => {
    const isKnown = this.#types.every((type) => ENTRY_TYPES.includes(type));
    if (entries.length <= FEW_ENTRIES || !isKnown) return judgeHere(this.#types).judge(entries);
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#handOut();
    });
  };

  /** Ends all threads; what they have not judged is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const task = this.#waiting.shift()!;
      thread.tasks.push(task);
      const bundle = encodeEntryBundle(task.entries);
      const message: ToJudge = { bundle, count: task.entries.length };
      thread.worker.postMessage(message, [bundle.buffer as ArrayBuffer]);
    }
  }

  /** One that has nothing to do, a new one, or the one that has least. */
  #freeThread(): Thread | undefined {
    const least = this.#threads.toSorted((a, b) => a.tasks.length - b.tasks.length)[0];
    if (least?.tasks.length === 0) return least;
    if (this.#threads.length < this.#maxThreads) return this.#start();
    return least !== undefined && least.tasks.length < TASKS_OF_THREAD ? least : undefined;
  }

  #start(): Thread {
    const workerData: JudgingThreadData = { types: this.#types.map(({ name }) => name) };
    const worker = startThread(siblingModule('thread', import.meta.url), {
      workerData,
      resourceLimits: MAINLY_GARBAGE,
    });
    const thread: Thread = { worker, tasks: [] };
    worker.on('message', (faults: JudgedMessage) => {
      thread.tasks.shift()?.resolve(faults);
      this.#handOut();
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      this.#threads = this.#threads.filter((other) => other !== thread);
      const failure = new Error(`a judging thread ended with code ${code}`, { cause });
      for (const { reject } of thread.tasks) reject(this.#isClosed ? closed() : failure);
      if (!this.#isClosed) this.#handOut();
    });
    this.#threads = [...this.#threads, thread];
    return thread;
  }
}

function closed(): Error {
  return new Error('the judging threads are closed');
}
