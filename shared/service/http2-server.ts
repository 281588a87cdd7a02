/**
 * Serves HTTP/2 on one connection that is there already and carries the requests of many clients: that
 * of a backend to its bastion (C2SP https-bastion).
 *
 * The other end names the client of each request in X-Forwarded-For, and must be trusted to. For all
 * that asks, that client is at the other end of the request's socket, so turns and rates are by client
 * as on a listener of ours.
 */
import {
  constants,
  createServer,
  type Http2Server,
  Http2ServerRequest,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { KEEP_ALIVE, type KeepAlive, keepAlive, ping } from './http2-keep-alive.ts';
import type { Exchange } from './pipeline.ts';
import { HttpProblem, problemBody } from './problem.ts';
import { addressKey, lastForwarded } from './rate-limit.ts';

export interface Http2Limits {
  /** Requests of the connection at once, of which one client may have a quarter; 256 if absent. */
  readonly maxStreams?: number;
  /** For a client to send its body; 30 s if absent. */
  readonly requestTimeoutMs?: number;
  /** A request on which nothing moves for this time, in either direction, is cut; 60 s if absent. */
  readonly stallTimeoutMs?: number;
  /** For requests in progress when the connection is closed; 10 s if absent. */
  readonly drainTimeoutMs?: number;
  readonly keepAlive?: KeepAlive;
}

export interface Http2Connection {
  /** Resolves when the other end has shown that it is there. Rejects when it closes or is silent. */
  readonly ready: Promise<void>;
  /** Resolves when the connection has ended, with the reason if it was a failure. */
  readonly closed: Promise<Error | undefined>;
  /** Lets requests in progress end, but not for long. */
  close(): Promise<void>;
}

const CLIENT_SHARE = 4;
/** Memory of the connection: headers, and bodies that were not yet taken. */
const MAX_SESSION_MB = 32;

const UNCOUNTED = 0xffff_ffff;
/**
 * What Node.js and nghttp2 count against a connection until they end it. Here it is the fault of clients of
 * the bastion, each with a share of the requests, and must not cost the others the connection. What is
 * opened and reset at once costs next to nothing, as work begins in its turn only.
 */
const FAULTS_OF_STRANGERS = {
  maxSessionInvalidFrames: UNCOUNTED,
  maxSessionRejectedStreams: UNCOUNTED,
  streamResetBurst: UNCOUNTED,
  streamResetRate: UNCOUNTED,
};

/** A request whose socket is that of its client, in all that the rest of the program asks of one. */
class ClientRequest extends Http2ServerRequest {
  // @ts-expect-error A property in the types, which is an accessor in Node.js.
  override get socket(): Socket {
    const { stream } = this;
    const socket = {
      remoteAddress: lastForwarded(this) ?? stream.session?.socket.remoteAddress,
      get writable() {
        return stream.writable;
      },
    };
    return socket as Socket;
  }
}

/** Serves on the connection until either end closes it. `answer` has a request answered. */
export function serveHttp2(
  socket: TLSSocket,
  answer: (exchange: Exchange) => void,
  limits: Http2Limits = {},
): Http2Connection {
  const maxStreams = limits.maxStreams ?? 256;
  const timing = limits.keepAlive ?? KEEP_ALIVE;
  const share = new ClientShare(Math.ceil(maxStreams / CLIENT_SHARE));
  const server = createServer({
    Http2ServerRequest: ClientRequest,
    maxSessionMemory: MAX_SESSION_MB,
    ...FAULTS_OF_STRANGERS,
    settings: { maxConcurrentStreams: maxStreams, enablePush: false },
  });
  server.on('request', (incoming, outgoing) => {
    limitTime(incoming, limits);
    // The classes differ from those of HTTP/1.1 by what nobody here asks for.
    const exchange = { incoming, outgoing } as unknown as Exchange;
    if (share.take(exchange)) answer(exchange);
    else refuse(exchange);
  });
  const session = openSession(server, socket);
  let failure: Error | undefined;
  session.on('error', (error) => {
    failure = error;
  });
  const closed = new Promise<Error | undefined>((resolve) => {
    session.once('close', () => resolve(failure));
  });
  keepAlive(session, timing);
  return {
    ready: ping(session, timing.timeoutMs),
    closed,
    close: async () => {
      const cut = setTimeout(() => session.destroy(), limits.drainTimeoutMs ?? 10_000);
      session.close();
      await closed;
      clearTimeout(cut);
    },
  };
}

function openSession(server: Http2Server, socket: TLSSocket): ServerHttp2Session {
  let opened: ServerHttp2Session | undefined;
  server.once('session', (session) => {
    opened = session;
  });
  server.emit('connection', socket);
  if (opened === undefined) throw new Error('this Node.js opens HTTP/2 sessions later');
  return opened;
}

function limitTime({ stream }: Http2ServerRequest, limits: Http2Limits): void {
  const cut = (): void => stream.close(constants.NGHTTP2_CANCEL);
  stream.setTimeout(limits.stallTimeoutMs ?? 60_000, cut);
  if (stream.endAfterHeaders) return;
  const timer = setTimeout(cut, limits.requestTimeoutMs ?? 30_000);
  stream.once('end', () => clearTimeout(timer));
  stream.once('close', () => clearTimeout(timer));
}

/** Requests in work for each client address, so that one cannot have all there are. */
class ClientShare {
  readonly #limit: number;
  /** Owned here; addresses without requests are not in it. */
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts the request until it has ended, unless its client has its share already. */
  take({ incoming, outgoing }: Exchange): boolean {
    const address = addressKey(incoming.socket.remoteAddress ?? 'unknown');
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(address, count + 1);
    outgoing.once('close', () => this.#release(address));
    return true;
  }

  #release(address: string): void {
    const count = this.#counts.get(address)!;
    if (count === 1) this.#counts.delete(address);
    else this.#counts.set(address, count - 1);
  }
}

function refuse({ incoming, outgoing }: Exchange): void {
  const detail = 'Too many requests at the same time.';
  const problem = new HttpProblem(429, 'rate-limited', detail, { retryAfterSeconds: 1 });
  incoming.resume();
  outgoing.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  outgoing.end(JSON.stringify(problemBody(problem)));
}
