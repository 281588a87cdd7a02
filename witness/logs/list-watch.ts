/**
 * Follows a public list of logs. It may add logs; what is known it neither changes nor removes, so who
 * holds the list cannot take a log away, or put a key under it. Where the list says otherwise than
 * what is known, the operator is told, once for each change.
 */
import { setImmediate } from 'node:timers/promises';
import { get, type HttpOptions, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type ListedLog, MAX_LOG_LIST_LENGTH, parseLogList } from '#protocol/witness/log-list.ts';
import { ConfigError } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { LogRegistry } from './registry.ts';

export interface ListWatchOptions {
  readonly url: string;
  readonly logs: LogRegistry;
  readonly logger: Logger;
  /** For the whole list. */
  readonly timeoutMs: number;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** New logs that are stored in one transaction. */
const LOGS_AT_ONCE = 200;

export class ListWatch {
  readonly #options: ListWatchOptions;
  readonly #logger: Logger;
  readonly #source: string;
  /** Owned by `#say`: what was said of the list as it was last seen; at most a few lines for each log. */
  #said = new Set<string>();

  constructor(options: ListWatchOptions) {
    this.#options = options;
    this.#source = `list ${options.url}`;
    this.#logger = options.logger.child({ list: options.url });
  }

  /** Fetches the list once. Rejects only for failures of our own, such as the storage's. */
  readonly round = async (signal: AbortSignal): Promise<void> => {
    const saying = new Set<string>();
    const say = (fields: object, message: string): void => {
      const line = `${message} ${JSON.stringify(fields)}`;
      saying.add(line);
      if (!this.#said.has(line)) this.#logger.warn(fields, message);
    };
    try {
      await this.#adopt(signal, say);
    } catch (error) {
      if (signal.aborted) return;
      const isTheirs = error instanceof RemoteError || error instanceof ProtocolError;
      if (!isTheirs && !(error instanceof ConfigError)) throw error;
      say({ reason: error.message }, 'the list could not be taken over');
    }
    this.#said = saying;
  };

  async #adopt(signal: AbortSignal, say: Say): Promise<void> {
    const { url, logs, timeoutMs, now } = this.#options;
    const http: HttpOptions = { signal, timeoutMs, fetch: outboundFetch };
    const bytes = await get(url, { ...http, maxBytes: MAX_LOG_LIST_LENGTH });
    const list = parseLogList(decodeUtf8(bytes));
    const entries = list.logs.map(({ key, ...rest }) => ({ ...rest, keys: [key] }));
    for (let at = 0; at < entries.length && !signal.aborted; at += LOGS_AT_ONCE) {
      const some = entries.slice(at, at + LOGS_AT_ONCE);
      for (const { origin, keys, contact } of logs.discover(some, this.#source, now())) {
        this.#logger.warn({ origin, vkey: keys[0]?.text, contact }, 'the list added a log');
      }
      // Whoever waits for the witness is served between.
      await setImmediate();
    }
    for (const { line, reason } of list.skipped)
      say({ line, reason }, 'a listed log is passed over');
    for (const listed of list.logs) this.#compare(listed, say);
    const origins = new Set(list.logs.map(({ origin }) => origin));
    for (const { origin, source } of logs.all()) {
      if (source !== this.#source || origins.has(origin)) continue;
      say({ origin }, 'a log is no longer listed; it is followed until the operator disables it');
    }
  }

  #compare({ origin, key, queriesPerDay }: ListedLog, say: Say): void {
    const log = this.#options.logs.known(origin);
    if (log === undefined) return;
    if (log.disabledBecause !== undefined) {
      say({ origin, because: log.disabledBecause }, 'a listed log stays disabled');
    }
    if (!log.keys.some(({ text }) => text === key.text)) {
      say(
        { origin, vkey: key.text },
        'the list names another key for a known log; it is not added',
      );
    }
    if (log.source === this.#source && log.queriesPerDay !== queriesPerDay) {
      say(
        { origin, qpd: queriesPerDay },
        'the list names another rate for a log; it is not changed',
      );
    }
  }
}

type Say = (fields: object, message: string) => void;
