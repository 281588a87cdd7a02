/**
 * What every request gets, whichever way it is answered: an id, a place in the metrics, and a problem
 * document for each error. The application (`app.ts`) and the direct routes (`direct-routes.ts`) share it.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { HttpProblem } from './problem.ts';

export interface RequestFrameOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Says which answer a service's own error is; nothing for errors that are failures of ours. */
  readonly toProblem?: ((error: unknown) => HttpProblem | undefined) | undefined;
}

export class RequestFrame {
  readonly #options: RequestFrameOptions;

  constructor(options: RequestFrameOptions) {
    this.#options = options;
  }

  /** The id of a request, to be told in its answer. */
  idOf({ headers }: IncomingMessage): string {
    return requestIdOf(headers['x-request-id']);
  }

  /** What an error is to the client. It is logged: with all that is known of it if it is ours. */
  problemOf(error: unknown, requestId: string, method: string, path: string): HttpProblem {
    const { logger, toProblem } = this.#options;
    const problem = error instanceof HttpProblem ? error : toProblem?.(error);
    if (problem === undefined) {
      logger.error({ err: error, requestId, method, path }, 'failed');
      return new HttpProblem(500, 'internal', `Internal error ${requestId}.`);
    }
    const { status, code } = problem;
    logger.debug({ requestId, status, code, err: problem }, 'refused');
    return problem;
  }

  /** Logs an error outside of what answers requests: a bug of ours. */
  fail(error: unknown): void {
    this.#options.logger.error({ err: error }, 'a request failed outside the application');
  }

  /** Counts an answered request. `route` is the pattern, never the path. */
  end(method: string, route: string, status: number, seconds: number): void {
    this.#options.metrics.observeRequest(method, route, status, seconds);
  }
}

/**
 * Whether there is one Host header: of two a proxy may have obeyed the other one, and Node takes the
 * first. HTTP/1.0 has none, and HTTP/2 has one `:authority`, of which nghttp2 sees to it that there are
 * not two.
 */
export function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  if (httpVersion === '2.0') return true;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

const PROPOSED_ID = /^[A-Za-z0-9._:/+=-]{1,64}$/;

/** The client's own id if it is short and harmless in a log, else a fresh one. */
function requestIdOf(proposed: string | string[] | undefined): string {
  return typeof proposed === 'string' && PROPOSED_ID.test(proposed) ? proposed : randomUUID();
}
