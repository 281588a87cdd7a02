/**
 * The indexer as the main thread has it: a thread that follows all logs and writes the index, so that neither hashing
 * nor a transaction ever holds up the thread that answers HTTP. It says at any time how each log stands.
 */
import { MessageChannel, type Worker } from 'node:worker_threads';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger } from '#service/logging.ts';
import { PortCaller } from '#service/port-calls.ts';
import { siblingModule } from '#service/sibling-module.ts';
import { MAINLY_GARBAGE, startThread } from '#service/threads.ts';
import { FAILURES } from '../index/failures.ts';
import type { LogStatus } from './log-status.ts';
import type {
  IndexerCall,
  IndexerNews,
  IndexerSettings,
  IndexerThreadData,
  OpenAnswer,
} from './messages.ts';

/** Accusations, and what is of this machine. */
const GRAVE: readonly string[] = ['contradiction', 'storage'];

export interface IndexerOptions {
  readonly logger: Logger;
  /** Told when the thread ends by itself. */
  readonly onFatal: Fatal;
}

export class Indexer {
  readonly #worker: Worker;
  readonly #caller: PortCaller;
  readonly #logger: Logger;
  // All owned by this object.
  readonly #statuses = new Map<string, LogStatus>();
  #isClosing = false;

  private constructor(settings: IndexerSettings, { logger, onFatal }: IndexerOptions) {
    this.#logger = logger;
    const { port1: news, port2 } = new MessageChannel();
    const workerData: IndexerThreadData = { ...settings, news: port2 };
    this.#worker = startThread(siblingModule('thread', import.meta.url), {
      name: 'indexer',
      workerData,
      transferList: [port2],
      resourceLimits: MAINLY_GARBAGE,
    });
    this.#caller = new PortCaller(this.#worker, FAILURES);
    const end = (error: Error) => {
      this.#caller.end(error);
      news.close();
      if (this.#isClosing) return;
      this.#isClosing = true;
      onFatal(error);
    };
    this.#worker.on('error', (cause) => end(new Error('the indexer failed', { cause })));
    this.#worker.on('exit', (code) => end(new Error(`the indexer ended with code ${code}`)));
    news.on('message', (message: IndexerNews) => this.#hear(message));
  }

  /** Opens the index, or makes it. Rejects with `ConfigError`, `PassingError` or `SearchIndexError`. */
  static async open(settings: IndexerSettings, options: IndexerOptions): Promise<Indexer> {
    const indexer = new Indexer(settings, options);
    try {
      const statuses = (await indexer.#call('open')) as OpenAnswer;
      for (const status of statuses) indexer.#statuses.set(status.origin, status);
      return indexer;
    } catch (error) {
      await indexer.close();
      throw error;
    }
  }

  /** From now on the logs are asked. */
  async follow(): Promise<void> {
    await this.#call('follow');
  }

  /** In the order of the configuration. */
  get statuses(): readonly LogStatus[] {
    return [...this.#statuses.values()];
  }

  /** Of a log of the configuration. */
  statusOf(origin: string): LogStatus {
    return this.#statuses.get(origin)!;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    try {
      await this.#call('close');
    } finally {
      await this.#worker.terminate();
    }
  }

  #call(call: IndexerCall): Promise<unknown> {
    return this.#caller.call(call);
  }

  #hear(news: IndexerNews): void {
    if ('status' in news) {
      this.#statuses.set(news.status.origin, news.status);
      return;
    }
    const { origin, trouble } = news;
    if (trouble === undefined) {
      this.#logger.info({ origin }, 'the log is followed again');
      return;
    }
    const { kind, message } = trouble;
    const level = GRAVE.includes(kind) ? 'error' : 'warn';
    this.#logger[level]({ origin, kind, reason: message }, 'the log is not followed further');
  }
}
