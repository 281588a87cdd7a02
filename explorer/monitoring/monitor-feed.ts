/**
 * Asks a monitor for its status and its alerts, again and again, so that visitors see them without asking the
 * monitor. What it said last stays while it does not answer, with the time at which it said so.
 */

import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { get, RemoteError } from '#client/http.ts';
import { sha256 } from '#crypto';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_EVIDENCE_BYTES } from '#protocol/evidence/evidence.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { repeat } from '#service/schedule.ts';
import type { MonitorAnswer, Told } from '../search/answers.ts';
import { toldAlerts, toldStatus } from './told.ts';

const MAX_STATUS_BYTES = 8 * 1024 * 1024;
const ALERTS = 200;
/** At most 16 MiB of them. A monitor that is asked for each of many visitors would refuse to tell its status, too. */
const MAX_DOCUMENTS = 128;

export interface MonitorFeedOptions {
  /** URL prefix of the monitor. */
  readonly url: string;
  /** Between two looks. */
  readonly intervalMs: number;
  /** For each request. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export class MonitorFeed {
  readonly #options: MonitorFeedOptions;
  readonly #stop = new AbortController();
  /** Owned by `evidence`: documents by their ids, which never change, as they are asked for or have been. */
  readonly #documents = new LRUCache<string, Promise<Uint8Array<ArrayBuffer>>>({
    max: MAX_DOCUMENTS,
  });
  /** Owned by `start`. */
  #ended: Promise<void> | undefined;
  // Both owned by `look`.
  #told: Told | undefined;
  #trouble: string | undefined;

  constructor(options: MonitorFeedOptions) {
    this.#options = options;
  }

  start(): void {
    const { intervalMs, logger } = this.#options;
    const { signal } = this.#stop;
    const schedule = { intervalMs, signal, logger, name: 'monitor' };
    this.#ended = repeat(() => this.look(), schedule);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  get answer(): MonitorAnswer {
    const { url } = this.#options;
    return {
      url,
      ...(this.#told && { told: this.#told }),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    };
  }

  /** Asks once. Does not reject for what the monitor does. */
  async look(): Promise<void> {
    const { now } = this.#options;
    try {
      const [status, { alerts }] = await Promise.all([
        this.#read('/v1/status', toldStatus),
        this.#read(`/v1/alerts?state=all&limit=${ALERTS}`, toldAlerts),
      ]);
      this.#told = { at_ms: now(), ...status, alerts };
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (!this.#stop.signal.aborted) this.#trouble = error.message;
    }
  }

  /**
   * The document of this id, not verified; undefined where the monitor has not said that it has it, or has it no more.
   * It is asked for once. Rejects with `RemoteError`, also where it hands out another one.
   */
  async evidence(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#told?.evidence.some((item) => item.id === id) !== true) return undefined;
    try {
      return await this.#document(id);
    } catch (error) {
      if (error instanceof RemoteError && error.status === 404) return undefined;
      throw error;
    }
  }

  #document(id: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#documents.get(id);
    if (known !== undefined) return known;
    const document = this.#readDocument(id);
    document.catch(() => this.#documents.delete(id));
    this.#documents.set(id, document);
    return document;
  }

  async #readDocument(id: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = `/evidence/${id}`;
    const document = await this.#get(path, MAX_EVIDENCE_BYTES);
    if (toHex(sha256(document)) === id) return document;
    throw new RemoteError('bad-content', `${this.#options.url}${path}`, 'another document');
  }

  async #read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const url = `${this.#options.url}${path}`;
    const result = schema.safeParse(parseJson(await this.#get(path, MAX_STATUS_BYTES), url));
    if (result.success) return result.data;
    throw new RemoteError('bad-content', url, 'not what a monitor answers there');
  }

  async #get(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const { url, timeoutMs } = this.#options;
    const { signal } = this.#stop;
    return await get(`${url}${path}`, { timeoutMs, maxBytes, signal, fetch: outboundFetch });
  }
}

function parseJson(bytes: Uint8Array, url: string): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ProtocolError)) throw error;
    throw new RemoteError('bad-content', url, 'not JSON in UTF-8');
  }
}
