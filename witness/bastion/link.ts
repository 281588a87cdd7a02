/**
 * Keeps the witness reachable through one bastion (C2SP https-bastion): dials out, serves the requests
 * that come over that connection, and dials again when it ends, ever more seldom while it is in vain.
 */

import { type Http2Connection, type Http2Limits, serveHttp2 } from '#service/http2-server.ts';
import type { Logger } from '#service/logging.ts';
import type { Exchange } from '#service/pipeline.ts';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { backendCredentials } from './certificate.ts';
import type { BastionAddress } from './config.ts';
import { dial } from './dial.ts';

export interface LinkOptions {
  readonly address: BastionAddress;
  /** Of the Ed25519 key by which the bastion knows this witness. */
  readonly seed: Uint8Array;
  readonly ca?: string | undefined;
  /** Begins the answer to a request. */
  readonly answer: (exchange: Exchange) => void;
  readonly limits?: Http2Limits;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
  /** Called at the end of each try. */
  readonly onTry: (result: 'connected' | 'failed') => void;
}

/** From a failure to the next try: doubled each time, shortened at random by up to a half. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that has lasted so long was a good one: pauses begin anew. */
const GOOD_MS = 30_000;
const DIAL_TIMEOUT_MS = 10_000;

export class BastionLink {
  readonly address: string;
  readonly #options: LinkOptions;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  // Owned by the loop.
  #connection: Http2Connection | undefined;
  #since: number;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.address = options.address.text;
    this.#since = options.now();
    this.#ended = this.#loop();
  }

  /** Whether requests can come over the bastion now. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Since when it is so, in Unix milliseconds. */
  get sinceMs(): number {
    return this.#since;
  }

  /** Lets requests in progress end, but not for long. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const lastedMs = await this.#connectOnce(signal);
      pauseMs = lastedMs >= GOOD_MS ? FIRST_PAUSE_MS : pauseMs;
      await sleep(pauseMs * (1 - Math.random() / 2), signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** One connection from dialling to its end. Returns for how long it was one. */
  async #connectOnce(signal: AbortSignal): Promise<number> {
    const { logger, onTry } = this.#options;
    const bastion = this.address;
    let connection: Http2Connection;
    try {
      connection = await this.#connect(signal);
    } catch (error) {
      if (signal.aborted) return 0;
      onTry('failed');
      logger.warn({ bastion, reason: reasonOf(error) }, 'the bastion cannot be reached');
      return 0;
    }
    onTry('connected');
    logger.info({ bastion }, 'connected to the bastion');
    const startMs = monotonicMs();
    this.#become(connection);
    const reason = await connection.closed;
    this.#become(undefined);
    const lastedMs = Math.round(monotonicMs() - startMs);
    if (!signal.aborted) {
      const why = reason === undefined ? 'closed by the bastion' : reasonOf(reason);
      logger.warn({ bastion, reason: why, lastedMs }, 'the connection to the bastion has ended');
    }
    return lastedMs;
  }

  async #connect(signal: AbortSignal): Promise<Http2Connection> {
    const { address, seed, ca, answer, limits, now } = this.#options;
    const credentials = backendCredentials(seed, now());
    const { host, port } = address;
    const socket = await dial({ host, port, credentials, ca, timeoutMs: DIAL_TIMEOUT_MS, signal });
    const connection = serveHttp2(socket, answer, limits);
    const close = () => void connection.close();
    if (signal.aborted) close();
    signal.addEventListener('abort', close, { once: true });
    void connection.closed.then(() => signal.removeEventListener('abort', close));
    // A bastion that does not want this witness says so after the handshake, by closing.
    await connection.ready;
    return connection;
  }

  #become(connection: Http2Connection | undefined): void {
    this.#connection = connection;
    this.#since = this.#options.now();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
