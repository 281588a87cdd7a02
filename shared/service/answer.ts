/**
 * Gives what has arrived over a connection to an application, and its answer to the connection: the
 * same for every listener, whatever kind of HTTP it speaks.
 */
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import { ALL_ANSWERS, type DirectRoutes } from './direct-routes.ts';
import type { Logger } from './logging.ts';
import type { Exchange } from './pipeline.ts';
import { HttpProblem, problemResponse } from './problem.ts';
import { inTurn, inUrgentTurn } from './turns.ts';

/** The one path that hardly waits: whether the process lives must be known when it is busiest. */
const HEALTH_PATH = '/healthz';

/** `Hono` has this shape. */
export interface Application {
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
}

/**
 * Returns what has one request answered, by a direct route if there is one, else by the application: in its
 * turn, or at once if all that is done at first is to read a body.
 */
export function answerWith(
  app: Application,
  logger: Logger,
  direct?: DirectRoutes,
): (exchange: Exchange) => void {
  const fetch = (request: Request, env: HttpBindings) => {
    expectDecodable(env.incoming.url ?? '');
    return app.fetch(request, env);
  };
  const listener = getRequestListener((request, env) => fetch(request, env as HttpBindings), {
    hostname: 'localhost',
    errorHandler: (error) => unhandled(error, logger),
    // It would end a connection on which a refused body takes more than half a second to come.
    autoCleanupIncoming: false,
  });
  return (exchange) => {
    const { incoming, outgoing } = exchange;
    const { socket } = incoming;
    const isPost = incoming.method === 'POST';
    if (isPost && direct?.answer(exchange) === true) return;
    const take = incoming.url === HEALTH_PATH ? inUrgentTurn : inTurn;
    take(socket, () => {
      if (!socket.writable) return;
      if (!isPost && direct?.answer(exchange) === true) return;
      for (const name in ALL_ANSWERS) outgoing.setHeader(name, ALL_ANSWERS[name]!);
      // What a refusal has left of a body is dropped as it comes, for as long as a request may take.
      outgoing.once('finish', () => incoming.resume());
      void listener(incoming, outgoing);
    });
  };
}

/**
 * Routing and parameters decode a URL in parts, and each part that cannot be decoded is an exception: the
 * thousands that fit into one URL take a hundred milliseconds. So it is tried once.
 */
function expectDecodable(url: string): void {
  if (!url.includes('%')) return;
  try {
    decodeURIComponent(url);
  } catch {
    throw new HttpProblem(400, 'bad-request', 'Expected UTF-8 in the percent-encoding of the URL.');
  }
}

/** Errors outside the application: a request that is not HTTP as we know it, or a bug of ours. */
function unhandled(error: unknown, logger: Logger): Response {
  if (error instanceof RequestError) {
    return problemResponse(new HttpProblem(400, 'bad-request', `${error.message}.`));
  }
  if (error instanceof HttpProblem) return problemResponse(error);
  logger.error({ err: error }, 'a request failed outside the application');
  return problemResponse(new HttpProblem(500, 'internal', 'Internal error.'));
}
