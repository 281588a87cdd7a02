/**
 * A dead man's switch: a URL that is asked for again and again when and only when all is well, so that
 * whoever watches it notices when the monitor, its machine or its network is gone. Nothing is queued: a
 * ping that was missed is missed.
 */
import { z } from 'zod';
import { RemoteError, send, statusError } from '#client/http.ts';
import { httpPrefix } from '#protocol/policy/url.ts';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { readPrivateFile } from '#service/keys.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

export const pingSchema = (filePath: FilePathSchema) =>
  z.strictObject({
    /** File with the URL, which is a secret; only its owner may read it. */
    url_file: filePath,
    every_ms: z
      .int()
      .min(50)
      .max(24 * 3_600_000)
      .default(60_000),
    timeout_ms: z.int().min(50).max(60_000).default(10_000),
  });

export type PingSettings = z.infer<ReturnType<typeof pingSchema>>;

export class Ping {
  readonly everyMs: number;
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  // Owned by the one loop that pings.
  #takenAtMs: number | undefined;
  #failure: string | undefined;

  /** Throws `ConfigError`. */
  constructor({ url_file: path, every_ms, timeout_ms }: PingSettings, logger: Logger) {
    this.everyMs = every_ms;
    this.#timeoutMs = timeout_ms;
    this.#logger = logger;
    this.#url = readPrivateFile(path, 'secret').trim();
    if (httpPrefix(this.#url) === undefined) {
      throw new ConfigError(`${path} holds no http or https URL.`);
    }
  }

  /** When the other side took one last, in Unix milliseconds; why it did not take the newest. */
  get state(): { readonly takenAtMs?: number; readonly failure?: string } {
    return {
      ...(this.#takenAtMs === undefined ? {} : { takenAtMs: this.#takenAtMs }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  async send(nowMs: number, signal: AbortSignal): Promise<void> {
    const limits = { timeoutMs: this.#timeoutMs, maxBytes: MAX_ANSWER_BYTES };
    try {
      const answer = await send(
        this.#url,
        { method: 'GET' },
        { ...limits, signal, fetch: outboundFetch },
      );
      if (answer.status < 200 || answer.status > 299) throw statusError(this.#url, answer);
      this.#takenAtMs = nowMs;
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // Without the error's message, which holds the URL.
      const reason = error.status === undefined ? error.kind : `status ${error.status}`;
      if (this.#failure === undefined) this.#logger.warn({ reason }, 'the ping was not taken');
      this.#failure = reason;
    }
  }
}
