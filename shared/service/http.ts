/**
 * The Node HTTP server under an application, with every limit that a public listener needs.
 *
 * Slow or silent clients are cut off, connections and requests on each are counted, and closing
 * drains: no new connections, requests in progress are answered, and after a bounded time the rest is
 * cut.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import { Connections } from './connections.ts';
import { ConfigError, errorCode, PassingError } from './errors.ts';
import type { Logger } from './logging.ts';
import { type Exchange, Pipeline } from './pipeline.ts';
import { HttpProblem, problemResponse } from './problem.ts';
import { noteArrival } from './turns.ts';

export interface HttpLimits {
  /** For a client to send its header; 10 s if absent. */
  headersTimeoutMs?: number;
  /** For a client to send header and body; 30 s if absent. Answers may take longer. */
  requestTimeoutMs?: number;
  /** An idle connection is closed after this time; 30 s if absent. */
  keepAliveTimeoutMs?: number;
  /**
   * A connection with a request on which nothing moves for this time, in either direction, is cut: a
   * client that does not take its answer, say. Longer than any answer takes; 60 s if absent.
   */
  stallTimeoutMs?: number;
  /** Connections at the same time, of which one client may have a quarter; 16,384 if absent. */
  maxConnections?: number;
  /** For requests in progress when the service closes; 10 s if absent. */
  drainTimeoutMs?: number;
}

export interface HttpServiceOptions {
  /** The application; `Hono` has this shape. */
  app: { fetch: (request: Request, env: HttpBindings) => Response | Promise<Response> };
  logger: Logger;
  /** Port 0 lets the system choose. */
  listen: { host: string; port: number };
  limits?: HttpLimits;
  /** All connections come from a proxy of ours, so no address has a share of its own. */
  trustProxy: boolean;
}

/** A client may have one in this many of the connections. */
const CLIENT_SHARE = 4;

export interface HttpService {
  /** Starts listening and says where. A taken port or address is a `ConfigError`. */
  start(): Promise<ListeningAddress>;
  /** Drains and stops. May be called more than once; every call waits for the same end. */
  close(): Promise<void>;
}

export interface ListeningAddress {
  host: string;
  port: number;
  /** `http://host:port`, without a slash at the end. */
  url: string;
}

export function createHttpService(options: HttpServiceOptions): HttpService {
  const { app, logger, listen, limits = {}, trustProxy } = options;
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
  const answer = ({ incoming, outgoing }: Exchange): void => {
    outgoing.setHeader('x-content-type-options', 'nosniff');
    // What a refusal has left of a body is dropped as it comes, for as long as a request may take.
    outgoing.once('finish', () => incoming.resume());
    void listener(incoming, outgoing);
  };
  const total = limits.maxConnections ?? 16_384;
  const perClient = trustProxy ? total : Math.ceil(total / CLIENT_SHARE);
  const connections = new Connections({ total, perClient });
  const take = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    connections.pipelineOf(incoming.socket)?.add({ incoming, outgoing });
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs ?? 10_000,
      requestTimeout: limits.requestTimeoutMs ?? 30_000,
      keepAliveTimeout: limits.keepAliveTimeoutMs ?? 30_000,
      connectionsCheckingInterval: 1000,
      // What Node refuses by itself, here and in the second event, no pipeline would count. The
      // application refuses the former, and an expectation may be passed over (RFC 9110, 10.1.1).
      requireHostHeader: false,
    },
    take,
  );
  server.on('checkExpectation', take);
  server.on('connection', (socket) => {
    noteArrival();
    connections.admit(socket, (onAnswered) => new Pipeline(socket, answer, onAnswered));
  });
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    const pipeline = connections.pipelineOf(socket);
    if (pipeline?.isEnding === true) return;
    if (pipeline === undefined || pipeline.isAnswering) socket.destroy();
    else refuse(error, socket);
  });
  server.timeout = limits.stallTimeoutMs ?? 60_000;
  let closing: Promise<void> | undefined;
  return {
    start: () => startListening(server, listen, logger),
    close: () => {
      closing ??= drain(server, connections, limits.drainTimeoutMs ?? 10_000, logger);
      return closing;
    },
  };
}

/** What Node's parser and timers complain about, as statuses; everything else is 400. */
const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Tells a client that does not speak HTTP, or not in time, and closes the connection. */
function refuse(error: Error, socket: Socket): void {
  const status = CLIENT_ERRORS[errorCode(error) ?? ''] ?? 400;
  if (!socket.writable) return void socket.destroy();
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
  socket.write(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
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

function startListening(
  server: Server,
  listen: { host: string; port: number },
  logger: Logger,
): Promise<ListeningAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, listen));
    server.once('error', onError);
    server.listen({ host: listen.host, port: listen.port, backlog: 1024 }, () => {
      server.off('error', onError);
      server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'));
      resolve(describeAddress(server.address() as AddressInfo));
    });
  });
}

function describeAddress({ address, port, family }: AddressInfo): ListeningAddress {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return { host: address, port, url: `http://${host}:${port}` };
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is already in use; stop the other program or choose another port',
  EACCES: 'this user may not use that port; choose one above 1023',
};

/** Those that may pass: at boot the network comes up late. */
const PASSING_LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'the name service does not answer',
};

function listenError(error: Error, listen: { host: string; port: number }): Error {
  const code = errorCode(error) ?? '';
  const failed = `Cannot listen on ${listen.host}:${listen.port}`;
  const passing = PASSING_LISTEN_PROBLEMS[code];
  if (passing !== undefined) return new PassingError(`${failed}: ${passing}.`);
  const problem = LISTEN_PROBLEMS[code];
  return problem === undefined ? error : new ConfigError(`${failed}: ${problem}.`);
}

async function drain(
  server: Server,
  connections: Connections,
  timeoutMs: number,
  logger: Logger,
): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  connections.endAll();
  const cut = setTimeout(() => {
    logger.warn({ timeoutMs }, 'cutting requests that did not end in time');
    server.closeAllConnections();
  }, timeoutMs);
  await closed;
  clearTimeout(cut);
}
