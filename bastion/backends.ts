/**
 * The connections of backends: each authenticated by its Ed25519 key, one for each key. Of two of one
 * key the newer is used as soon as it answers, and the older one ends when what was begun on it has.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { BASTION_PROTOCOL, backendHash } from '#service/bastion.ts';
import { KEEP_ALIVE, type KeepAlive, keepAlive, ping } from '#service/http2-keep-alive.ts';
import type { Logger } from '#service/logging.ts';
import type { Allowed } from './files.ts';

export interface BackendsOptions {
  readonly allowed: Allowed;
  /** Requests to one backend at the same time. */
  readonly maxRequests: number;
  /** Of them for one client address. */
  readonly maxRequestsOfClient: number;
  readonly logger: Logger;
  readonly keepAlive?: KeepAlive;
}

/** Why a request cannot be sent. */
export type Unsent = 'not-connected' | 'busy' | 'client-busy';

interface Backend {
  readonly session: ClientHttp2Session;
  /** Requests in work, and those of each client that has any. Owned by `Backends`. */
  requests: number;
  readonly byClient: Map<string, number>;
}

/** Memory of one connection: headers, and bodies that were not yet taken. */
const MAX_SESSION_MB = 32;

export class Backends {
  readonly #options: BackendsOptions;
  // Owned here.
  #allowed: Allowed;
  readonly #connected = new Map<string, Backend>();
  readonly #sessions = new Map<ClientHttp2Session, TLSSocket>();

  constructor(options: BackendsOptions) {
    this.#options = options;
    this.#allowed = options.allowed;
  }

  get connected(): number {
    return this.#connected.size;
  }

  get allowed(): number {
    return this.#allowed.size;
  }

  /** Replaces the list; who is no longer on it is let go. */
  allow(allowed: Allowed): void {
    this.#allowed = allowed;
    for (const [hash, { session }] of this.#connected) {
      if (allowed.has(hash)) continue;
      this.#connected.delete(hash);
      session.close();
    }
  }

  /** Takes a connection whose handshake is done, or closes it; whether it is that of a backend now. */
  async admit(socket: TLSSocket): Promise<boolean> {
    const { logger } = this.#options;
    const remote = socket.remoteAddress;
    const hash = backendOf(socket);
    if (hash === undefined || !this.#allowed.has(hash)) {
      logger.info({ backend: hash, remote }, 'refused a backend');
      socket.destroy();
      return false;
    }
    const session = this.#open(socket, hash);
    const { timeoutMs } = this.#options.keepAlive ?? KEEP_ALIVE;
    try {
      // What does not answer must not push out what does.
      await ping(session, timeoutMs);
    } catch (error) {
      session.destroy(error as Error);
      return false;
    }
    if (session.closed || !this.#allowed.has(hash)) {
      session.close();
      return false;
    }
    const older = this.#connected.get(hash);
    this.#connected.set(hash, { session, requests: 0, byClient: new Map() });
    older?.session.close();
    logger.info({ backend: hash, remote, replaced: older !== undefined }, 'a backend is connected');
    return true;
  }

  /** Begins a request for a client; it counts until its stream is closed. */
  request(hash: string, client: string, headers: OutgoingHttpHeaders): ClientHttp2Stream | Unsent {
    const { maxRequests, maxRequestsOfClient } = this.#options;
    const backend = this.#connected.get(hash);
    if (backend === undefined || backend.session.closed) return 'not-connected';
    const ofClient = backend.byClient.get(client) ?? 0;
    if (ofClient >= maxRequestsOfClient) return 'client-busy';
    if (backend.requests >= maxRequests) return 'busy';
    const stream = backend.session.request(headers, { endStream: false });
    backend.requests += 1;
    backend.byClient.set(client, ofClient + 1);
    stream.once('close', () => release(backend, client));
    return stream;
  }

  /** Lets what was begun end, but not for long. */
  async close(drainTimeoutMs: number): Promise<void> {
    const sockets = [...this.#sessions.values()];
    const sessions = [...this.#sessions.keys()];
    const ended = sessions.map((session) => new Promise((end) => session.once('close', end)));
    // A session that is closing waits for the other side, also when it is destroyed.
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, drainTimeoutMs);
    for (const session of sessions) session.close();
    await Promise.all(ended);
    clearTimeout(cut);
  }

  #open(socket: TLSSocket, hash: string): ClientHttp2Session {
    const { logger, keepAlive: timing = KEEP_ALIVE } = this.#options;
    const session = connect(`https://${hash}`, {
      createConnection: () => socket,
      settings: { enablePush: false },
      maxSessionMemory: MAX_SESSION_MB,
    });
    let reason: string | undefined;
    session.on('error', (error: Error) => {
      reason = error.message;
    });
    this.#sessions.set(session, socket);
    session.once('close', () => {
      this.#sessions.delete(session);
      if (this.#connected.get(hash)?.session === session) this.#connected.delete(hash);
      logger.info({ backend: hash, reason }, 'the connection of a backend has ended');
    });
    keepAlive(session, timing);
    return session;
  }
}

function release(backend: Backend, client: string): void {
  backend.requests -= 1;
  const rest = backend.byClient.get(client)! - 1;
  if (rest === 0) backend.byClient.delete(client);
  else backend.byClient.set(client, rest);
}

/** The handshake has proven that the peer has the key of its certificate, whoever signed that. */
function backendOf(socket: TLSSocket): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey;
  if (socket.alpnProtocol !== BASTION_PROTOCOL || key?.asymmetricKeyType !== 'ed25519') {
    return undefined;
  }
  const { x } = key.export({ format: 'jwk' });
  return backendHash(Buffer.from(x!, 'base64url'));
}
