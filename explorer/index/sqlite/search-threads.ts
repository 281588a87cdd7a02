/**
 * A reader for a process that answers many: searches run in threads, each with a connection of its own, so that none
 * holds up the thread that asks. Whatever else is read is one row or a bundle, which takes less than a message to a
 * thread and back.
 *
 * A thread has one search at a time, and others wait in their order. There is one thread at first: another is started,
 * up to a limit, when a search has to wait. What is beyond a limit is refused at once.
 */
import type { Worker } from 'node:worker_threads';
import { PortCaller } from '#service/port-calls.ts';
import { siblingModule } from '#service/sibling-module.ts';
import { startThread } from '#service/threads.ts';
import { FAILURES } from '../failures.ts';
import {
  type FoundPage,
  type IndexOptions,
  type IndexReader,
  SearchIndexError,
} from '../search-index.ts';
import { openSqliteReader } from './reader.ts';

/** What waits then is answered within seconds, however costly all of it is. */
const MAX_WAITING = 256;

export interface SearchThreadData {
  readonly path: string;
  /** Names. */
  readonly types: readonly string[];
}

/** Of `IndexReader`. */
export type SearchCall = Parameters<IndexReader['search']>;

export interface SearchThreadsOptions extends IndexOptions {
  /** At most. */
  readonly threads: number;
  /** Told when a thread ends by itself, or a later one cannot start: the process cannot go on. */
  readonly onFatal: (error: Error) => void;
}

/** Opens an index that a writer has made; `types` are of the program. Rejects with `ConfigError`. */
export async function openSearchThreads(
  path: string,
  options: SearchThreadsOptions,
): Promise<IndexReader> {
  const reader = openSqliteReader(path, options);
  const threads = new SearchThreads(path, options);
  const close = async () => {
    await Promise.all([threads.close(), reader.close()]);
  };
  try {
    await threads.open();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    logs: () => reader.logs(),
    log: (origin) => reader.log(origin),
    search: (...call) => threads.search(call),
    entry: (...call) => reader.entry(...call),
    firstSeenMs: (...call) => reader.firstSeenMs(...call),
    entries: (...call) => reader.entries(...call),
    tile: (...call) => reader.tile(...call),
    counts: (origin) => reader.counts(origin),
    checkpoints: (...call) => reader.checkpoints(...call),
    evidence: (id) => reader.evidence(id),
    close,
  };
}

interface Waiting {
  readonly call: SearchCall;
  readonly resolve: (page: Promise<FoundPage>) => void;
}

class SearchThreads {
  readonly #data: SearchThreadData;
  readonly #most: number;
  readonly #onFatal: (error: Error) => void;
  // Owned by this object: all threads, those that have nothing to do, and searches that no thread has yet.
  readonly #threads: SearchThread[] = [];
  readonly #idle: SearchThread[] = [];
  readonly #waiting: Waiting[] = [];
  #isClosed = false;
  #hasFailed = false;

  constructor(path: string, { types, threads, onFatal }: SearchThreadsOptions) {
    this.#data = { path, types: types.map(({ name }) => name) };
    this.#most = threads;
    this.#onFatal = onFatal;
  }

  /** Starts a thread. Rejects with `ConfigError`. */
  async open(): Promise<void> {
    const thread = new SearchThread(this.#data, (error) => this.#fail(error));
    this.#threads.push(thread);
    await thread.opened;
    this.#next(thread);
  }

  search(call: SearchCall): Promise<FoundPage> {
    const thread = this.#idle.pop();
    if (thread !== undefined) return this.#run(thread, call);
    if (this.#waiting.length >= MAX_WAITING) {
      const message = `${MAX_WAITING} searches wait already`;
      return Promise.reject(new SearchIndexError('overloaded', message));
    }
    const mayStart = this.#threads.length < this.#most && !this.#isClosed;
    if (mayStart) this.open().catch((error) => this.#fail(error));
    return new Promise((resolve) => this.#waiting.push({ call, resolve }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** Tells once, also of a thread that dies while it is opened. */
  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFatal(error);
  }

  async #run(thread: SearchThread, call: SearchCall): Promise<FoundPage> {
    try {
      return await thread.search(call);
    } finally {
      this.#next(thread);
    }
  }

  /** It has nothing to do: who has waited longest comes next. */
  #next(thread: SearchThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next.resolve(this.#run(thread, next.call));
  }
}

class SearchThread {
  /** Rejects with `ConfigError`. */
  readonly opened: Promise<unknown>;
  readonly #worker: Worker;
  readonly #caller: PortCaller;
  #isClosing = false;

  constructor(workerData: SearchThreadData, onFatal: (error: Error) => void) {
    this.#worker = startThread(siblingModule('search-thread', import.meta.url), {
      name: 'search',
      workerData,
    });
    this.#caller = new PortCaller(this.#worker, FAILURES);
    const end = (reason: string, cause?: unknown) => {
      const error = new SearchIndexError('failed', reason, { cause });
      this.#caller.end(error);
      if (this.#isClosing) return;
      this.#isClosing = true;
      onFatal(error);
    };
    this.#worker.on('error', (cause) => end('a search thread failed', cause));
    this.#worker.on('exit', (code) => end(`a search thread ended with code ${code}`));
    this.opened = this.#caller.call('open');
  }

  async search(call: SearchCall): Promise<FoundPage> {
    return (await this.#caller.call(call)) as FoundPage;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    try {
      await this.#caller.call('close');
    } finally {
      await this.#worker.terminate();
    }
  }
}
