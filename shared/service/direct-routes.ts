/**
 * Routes that are asked so often that they are answered on Node's own request and response, without the
 * machinery of the application (hono) above them.
 *
 * Each is the same function as the application's route of that path, which answers what a direct one
 * does not take: other methods, other spellings of a query, what needs a stream. So a direct route is a
 * short way and never another answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './pipeline.ts';
import { type HttpProblem, problemBody, problemHeaders } from './problem.ts';
import { hasOneHost, type RequestFrame } from './request-frame.ts';
import { monotonicMs } from './schedule.ts';
import type { ServiceContext } from './service-env.ts';

/** What every answer says, whoever gives it. */
export const ALL_ANSWERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
};

/** An answer as a whole. Headers that hang on the client are set on Node's response before. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. */
  readonly body: string | Uint8Array | null;
}

export interface DirectRequest {
  readonly exchange: Exchange;
  /** Of the URL, without the query. */
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

/** Returns undefined, having touched nothing, for a request that it leaves to the application. */
export type DirectHandler = (request: DirectRequest) => Promise<Answer> | undefined;

interface DirectRoute {
  /** As in the metrics of the application's route. */
  readonly pattern: string;
  readonly handler: DirectHandler;
  /** Of all its answers, refusals too. Names and values in turn. */
  readonly headers: readonly string[];
}

export class DirectRoutes {
  readonly #frame: RequestFrame;
  /** By method and path, or the beginning of it. */
  readonly #exact = new Map<string, DirectRoute>();
  readonly #below: (DirectRoute & { readonly start: string })[] = [];

  constructor(frame: RequestFrame) {
    this.#frame = frame;
  }

  /**
   * For a path, or with `/*` at its end for all that is below it. `headers` are those of whatever it answers. A
   * POST is begun before it has its turn: its handler waits for one, as by `readBody`, before it works.
   */
  add(
    method: 'GET' | 'POST',
    pattern: string,
    handler: DirectHandler,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const route = { pattern, handler, headers: flat({ ...ALL_ANSWERS, ...headers }) };
    if (!pattern.endsWith('/*')) this.#exact.set(`${method} ${pattern}`, route);
    else this.#below.push({ ...route, start: `${method} ${pattern.slice(0, -1)}` });
  }

  /** Begins the answer, or returns false for what is not for a direct route. */
  answer(exchange: Exchange): boolean {
    const { method = '', url = '' } = exchange.incoming;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const name = `${method} ${path}`;
    const route = this.#exact.get(name) ?? this.#below.find(({ start }) => name.startsWith(start));
    // What the application refuses in any case, or takes for another path, is for it to answer.
    if (route === undefined || !isPlain(exchange.incoming) || !hasOneHost(exchange.incoming)) {
      return false;
    }
    const startedMs = monotonicMs();
    const query = mark < 0 ? '' : url.slice(mark + 1);
    const answering = guarded(() => route.handler({ exchange, path, query }));
    if (answering === undefined) return false;
    // Nobody else would hear of it, and an answer that is half sent cannot be mended.
    this.#finish(exchange, route, path, startedMs, answering).catch((error: unknown) => {
      this.#frame.fail(error);
      exchange.outgoing.destroy();
    });
    return true;
  }

  async #finish(
    exchange: Exchange,
    { pattern, headers }: DirectRoute,
    path: string,
    startedMs: number,
    answering: Promise<Answer>,
  ): Promise<void> {
    const { incoming, outgoing } = exchange;
    const method = incoming.method!;
    const requestId = this.#frame.idOf(incoming);
    let answer: Answer;
    try {
      answer = await answering;
    } catch (error) {
      answer = problemAnswer(this.#frame.problemOf(error, requestId, method, path));
    }
    // As for the application. Where nobody has begun to read, Node does it.
    if (incoming.readableDidRead && !incoming.readableEnded) {
      outgoing.once('finish', () => incoming.resume());
    }
    send(outgoing, answer, ['x-request-id', requestId, ...headers]);
    this.#frame.end(method, pattern, answer.status, (monotonicMs() - startedMs) / 1000);
  }
}

/** What a URL leaves as it is, of the characters that direct routes have in their paths and queries. */
const PLAIN_TARGET = /^[\w./?=&-]*$/;
const DOT_SEGMENT = /\/\.\.?(?:[/?]|$)/;
/** A name or an IPv4 address, and any port that a listener is likely to have. */
const PLAIN_HOST = /^(?:[a-z0-9._-]+(?::(?:[1-9]\d{3}|[1-5]\d{4}|6[0-4]\d{3}))?)?$/;

/** Whether the application would make a URL of the request that says the same, and not refuse to. */
function isPlain({ url = '', headers }: IncomingMessage): boolean {
  return PLAIN_TARGET.test(url) && !DOT_SEGMENT.test(url) && PLAIN_HOST.test(headers.host ?? '');
}

/** The same for a route of the application. */
export function respond(c: ServiceContext, { status, headers, body }: Answer): Response {
  return c.body(body as Uint8Array<ArrayBuffer>, status as 200, { ...headers });
}

/** A refusal that is thrown at once is one that comes. */
function guarded(work: () => Promise<Answer> | undefined): Promise<Answer> | undefined {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}

function problemAnswer(problem: HttpProblem): Answer {
  return {
    status: problem.status,
    headers: problemHeaders(problem),
    body: JSON.stringify(problemBody(problem)),
  };
}

/** In one call of Node: each header that is set by itself is looked at twice. */
function send(outgoing: ServerResponse, { status, headers, body }: Answer, head: string[]): void {
  for (const name in headers) head.push(name, headers[name]!);
  if (body === null) {
    outgoing.writeHead(status, head);
    outgoing.end();
    return;
  }
  head.push('content-length', String(Buffer.byteLength(body)));
  outgoing.writeHead(status, head);
  outgoing.end(body);
}

function flat(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flat();
}
