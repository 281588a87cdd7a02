/**
 * Front ends in threads, each with its own listener on the one port: the kernel spreads connections over
 * them. Their sequencer stays in the thread that starts them. They load their program while the logs are being opened.
 *
 * A front end that ends by itself ends the process: its clients would be told nothing.
 */
import type { MessagePort, TransferListItem, Worker } from 'node:worker_threads';
import type { ListeningAddress } from '#service/http.ts';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger, LogLevel } from '#service/logging.ts';
import type { MetricValues } from '#service/metrics.ts';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import { siblingModule } from '#service/sibling-module.ts';
import { startThread } from '#service/threads.ts';
import type { LogServerConfig } from '../config.ts';
import type { HostedLog } from '../hosted-log.ts';
import { newSharing, type Sharing } from '../serving/clients.ts';
import { FAILURES } from './failures.ts';
import { claimPort, type PortClaim } from './port-claim.ts';
import { newLink, serveLink } from './port-link.ts';
import type { FrontEndCall, FrontEndThreadData, ThreadedLog } from './thread-data.ts';

/**
 * Of each front end, of which V8 uses two thirds. Left alone it takes 64 MiB in each thread and gives them back
 * late, at no less processor time for a submission.
 */
const YOUNG_GENERATION_MB = 24;

export interface FrontEndThreadsOptions {
  readonly config: LogServerConfig;
  /** In the order of the configuration. Open before `start`. */
  readonly logs: readonly HostedLog[];
  readonly logger: Logger;
  /** What the main thread has counted. */
  readonly ownValues: () => Promise<MetricValues>;
  readonly onFatal: Fatal;
}

export class FrontEndThreads {
  readonly #options: FrontEndThreadsOptions;
  readonly #sharing: Sharing;
  readonly #threads: readonly FrontEndThread[];
  /** Owned by `start`. */
  #claim: PortClaim | undefined;

  constructor(options: FrontEndThreadsOptions) {
    const { config, onFatal } = options;
    this.#options = options;
    this.#sharing = newSharing(config.workers);
    this.#threads = Array.from({ length: config.workers }, () => new FrontEndThread(onFatal));
  }

  /** Rejects with `ConfigError` for a port or an address that cannot be had; it is to be closed then, too. */
  async start(): Promise<ListeningAddress> {
    const { listen } = this.#options.config;
    this.#claim = await claimPort(listen);
    // All before the first client, whose connections might take away the files that they still open.
    await Promise.all(this.#threads.map((thread) => this.#open(thread)));
    const [first, ...others] = this.#threads;
    const address = await first!.listen(listen.port);
    await Promise.all(others.map((thread) => thread.listen(address.port)));
    return address;
  }

  /** What the threads have counted, but for the one that asks. */
  async values(asking?: FrontEndThread): Promise<MetricValues[]> {
    const others = this.#threads.filter((thread) => thread !== asking);
    return await Promise.all(others.map((thread) => thread.values()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
    await this.#claim?.release();
  }

  async #open(thread: FrontEndThread): Promise<void> {
    const { config, logs, logger, ownValues } = this.#options;
    const { logs: logConfigs, ...settings } = config;
    const others = new MessageChannel();
    const threaded = logs.map((log, i): ThreadedLog => {
      const link = newLink(log.isShared);
      serveLink(link.sequencer, log);
      return {
        config: { ...logConfigs[i]!, entry_types: log.types.map(({ name }) => name) },
        verifierKey: log.key.verifier.text,
        policyText: log.policyText,
        link: link.frontEnd,
      };
    });
    const data: FrontEndThreadData = {
      settings,
      logs: threaded,
      logLevel: logger.level as LogLevel,
      sharing: this.#sharing,
      others: others.port1 as unknown as MessagePort,
    };
    performCalls(others.port2 as unknown as MessagePort, FAILURES, async () => ({
      value: [await ownValues(), ...(await this.values(thread))],
    }));
    const ports = threaded.flatMap(({ link }) => [link.entries, link.news]);
    await thread.open(data, [...ports, data.others]);
  }
}

/** One of them, as the main thread has it. */
class FrontEndThread {
  readonly #worker: Worker;
  readonly #caller: PortCaller;
  /** Set before the thread is told to end. */
  #isClosing = false;

  constructor(onFatal: Fatal) {
    this.#worker = startThread(siblingModule('thread', import.meta.url), {
      name: 'front end',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#caller = new PortCaller(this.#worker, FAILURES);
    const end = (error: Error) => {
      this.#caller.end(error);
      if (this.#isClosing) return;
      this.#isClosing = true;
      onFatal(error);
    };
    this.#worker.on('error', (cause) => end(new Error('a front end failed', { cause })));
    this.#worker.on('exit', (code) => end(new Error(`a front end ended with code ${code}`)));
  }

  async open(data: FrontEndThreadData, transfer: readonly TransferListItem[]): Promise<void> {
    await this.#call({ do: 'open', data }, transfer);
  }

  async listen(port: number): Promise<ListeningAddress> {
    return (await this.#call({ do: 'listen', port })) as ListeningAddress;
  }

  async values(): Promise<MetricValues> {
    return (await this.#call({ do: 'values' })) as MetricValues;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    try {
      await this.#call({ do: 'close' });
    } finally {
      await this.#worker.terminate();
    }
  }

  #call(call: FrontEndCall, transfer: readonly TransferListItem[] = []): Promise<unknown> {
    return this.#caller.call(call, transfer);
  }
}
