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
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Application, answerWith } from './answer.ts';
import { Connections } from './connections.ts';
import type { DirectRoutes } from './direct-routes.ts';
import { ConfigError, errorCode, PassingError } from './errors.ts';
import type { Logger } from './logging.ts';
import { Pipeline } from './pipeline.ts';
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
  app: Application;
  /** Routes that are answered without it; none if absent. */
  direct?: DirectRoutes;
  logger: Logger;
  /** Port 0 lets the system choose. */
  listen: ListenOptions;
  limits?: HttpLimits;
  /** Speaks HTTPS with this certificate; HTTP if absent. */
  tls?: TlsFiles;
  /** All connections come from a proxy of ours, so no address has a share of its own. */
  trustProxy: boolean;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /**
   * Other listeners of this user may have the same port, and the kernel spreads connections over all of
   * them. False if absent.
   */
  readonly reusePort?: boolean;
}

/** Contents of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** A client may have one in this many of the connections. */
const CLIENT_SHARE = 4;

export interface HttpService {
  /** Starts listening and says where. A taken port or address is a `ConfigError`. */
  start(): Promise<ListeningAddress>;
  /** From the next connection on, this certificate is shown. Only where HTTPS is spoken. */
  renewTls(files: TlsFiles): void;
  /** Drains and stops. May be called more than once; every call waits for the same end. */
  close(): Promise<void>;
}

export interface ListeningAddress {
  host: string;
  port: number;
  /** `http://host:port` or https, without a slash at the end. */
  url: string;
}

export function createHttpService(options: HttpServiceOptions): HttpService {
  const { app, direct, logger, listen, limits = {}, tls, trustProxy } = options;
  const answer = answerWith(app, logger, direct);
  const total = limits.maxConnections ?? 16_384;
  const perClient = trustProxy ? total : Math.ceil(total / CLIENT_SHARE);
  const connections = new Connections({ total, perClient });
  const take = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    connections.pipelineOf(incoming.socket)?.add({ incoming, outgoing });
  const settings: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs ?? 10_000,
    requestTimeout: limits.requestTimeoutMs ?? 30_000,
    keepAliveTimeout: limits.keepAliveTimeoutMs ?? 30_000,
    connectionsCheckingInterval: 1000,
    // What Node refuses by itself, here and in the second event, no pipeline would count. The
    // application refuses the former, and an expectation may be passed over (RFC 9110, 10.1.1).
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createServer(settings, take)
      : createTlsServer({ ...settings, ...tls, handshakeTimeout: settings.headersTimeout }, take);
  // Also counts those that have not finished their handshake.
  if (tls !== undefined) server.maxConnections = total;
  server.on('checkExpectation', take);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
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
    renewTls: (files) => (server as TlsServer).setSecureContext(files),
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

function startListening(
  server: Server,
  listen: ListenOptions,
  logger: Logger,
): Promise<ListeningAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, listen));
    server.once('error', onError);
    server.listen({ ...listen, backlog: 1024 }, () => {
      server.off('error', onError);
      server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'));
      resolve(describeAddress(server));
    });
  });
}

function describeAddress(server: Server): ListeningAddress {
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  const scheme = 'setSecureContext' in server ? 'https' : 'http';
  return { host: address, port, url: `${scheme}://${host}:${port}` };
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is already in use; stop the other program or choose another port',
  ENOTSUP: 'this system cannot spread connections over several listeners; set "workers: 1"',
  EACCES: 'this user may not use that port; choose one above 1023',
};

/** Those that may pass: at boot the network comes up late. */
const PASSING_LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'the name service does not answer',
};

/** In a sentence, with what to do. */
export function listenError(error: Error, listen: ListenOptions): Error {
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
