/**
 * Where front ends of other processes hand over their entries to the logs that this process sequences.
 *
 * One listener for all logs. It speaks TLS with the key of the lease (`holder.ts`), so only a process that can
 * read the log's store gets in, and nobody in between reads or changes anything. Over a connection come entries; back
 * go their indices and, at each change and every second, how the log stands.
 *
 * Whoever reaches the port may connect. Strangers make way for one another, and take no place of a front end that has
 * shown that it has the key.
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { randomBytes } from '#crypto';
import { listenError } from '#service/http.ts';
import type { Logger } from '#service/logging.ts';
import { type NewcomerLimits, Newcomers } from '#service/newcomers.ts';
import { performCalls } from '#service/port-calls.ts';
import { monotonicMs } from '#service/schedule.ts';
import { FAILURES } from '../front-end/failures.ts';
import { performHandover } from '../front-end/handover.ts';
import { describeStanding } from '../front-end/standing.ts';
import type { SequencerLink } from '../sequencing/sequencer-link.ts';
import { type PackedEntries, unpackForeignEntries } from '../store/packed-entries.ts';
import {
  formatHolder,
  HOLDER_KEY_BYTES,
  identityOfKey,
  MAX_HOLDER_ADDRESSES,
  TLS_OPTIONS,
} from './holder.ts';
import { MessageSocket } from './message-socket.ts';

/** There are a few front ends for each log, and each is a stranger for three round trips. */
export const DOOR_LIMITS: NewcomerLimits = { total: 1024, waitingOfAddress: 64 };
const HANDSHAKE_TIMEOUT_MS = 2000;
/** How often it is said that strangers crowd the door. */
const WARNING_MS = 60_000;
/** A front end that hears nothing for a while looks for another sequencer. */
export const NEWS_MS = 1000;

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  /** Where others reach this machine, if that is not where it listens. */
  readonly announce: string | undefined;
  readonly logger: Logger;
  readonly limits?: NewcomerLimits;
}

/** What one lease has of the door. */
export interface OpenDoor {
  /** For `WantedLease.holder`. */
  readonly holder: string;
  /** From here on front ends are let in. */
  serve(log: SequencerLink): void;
  /** Ends the connections, and lets nobody in any more. */
  close(): void;
}

/** The line of one connection on which the standing is told. */
type Tell = (standing: unknown) => void;

export class Door {
  readonly #server: Server;
  readonly #addresses: readonly string[];
  readonly #logger: Logger;
  readonly #newcomers: Newcomers;
  /** Owned by `#warn`. */
  #warnedAtMs = Number.NEGATIVE_INFINITY;
  /** By what a front end says which lease it means. Owned by `open` and what it returns. */
  readonly #rooms = new Map<string, Room>();
  /** Which of them a connection is for. Owned by the listener. */
  readonly #wanted = new WeakMap<TLSSocket, Room>();

  /** Rejects with `ConfigError` for an address that cannot be had. */
  static async listen(options: DoorOptions): Promise<Door> {
    const { host, port } = options;
    const door = new Door(options);
    try {
      door.#server.listen({ host, port });
      await once(door.#server, 'listening');
      return door;
    } catch (error) {
      throw listenError(error as Error, { host, port });
    }
  }

  private constructor({ host, announce, logger, limits = DOOR_LIMITS }: DoorOptions) {
    this.#addresses = announce === undefined ? addressesOf(host) : [announce];
    this.#logger = logger;
    this.#newcomers = new Newcomers(limits);
    const pskCallback = (socket: TLSSocket, identity: string) => {
      const room = this.#rooms.get(identity);
      if (room?.isServed !== true) return null;
      this.#wanted.set(socket, room);
      return room.key;
    };
    const options = { ...TLS_OPTIONS, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, pskCallback };
    this.#server = createServer(options, (socket) => {
      socket.on('error', (err) => logger.debug({ err }, 'the connection of a front end failed'));
      const room = this.#wanted.get(socket);
      if (room === undefined) return socket.destroy();
      this.#newcomers.settle(socket);
      room.enter(socket);
    });
    // Below TLS: also those that say nothing.
    this.#server.on('connection', (socket: Socket) => {
      if (!this.#newcomers.admit(socket)) this.#warn(socket.remoteAddress);
    });
    this.#server.on('tlsClientError', (err) => logger.debug({ err }, 'a front end was not let in'));
  }

  /** Prepares for the next lease of a log. */
  open(): OpenDoor {
    const { port } = this.#server.address() as AddressInfo;
    const key = randomBytes(HOLDER_KEY_BYTES);
    const identity = identityOfKey(key);
    const room = new Room(key);
    this.#rooms.set(identity, room);
    return {
      holder: formatHolder({ addresses: this.#addresses, port, key }),
      serve: (log) => room.serve(log),
      close: () => {
        this.#rooms.delete(identity);
        room.close();
      },
    };
  }

  /** Once all that was opened is closed. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#newcomers.destroyAll();
    await closed;
  }

  #warn(remote: string | undefined): void {
    if (monotonicMs() - this.#warnedAtMs < WARNING_MS) return;
    this.#warnedAtMs = monotonicMs();
    const what = 'too many connect to the handover port and do not show that they have the key';
    this.#logger.warn({ remote }, `${what}; those that wait longest are closed`);
  }
}

/** The connections to one log, for as long as one lease. */
class Room {
  readonly key: Uint8Array;
  readonly #connections = new Map<TLSSocket, Tell>();
  // Both owned by `serve`.
  #log: SequencerLink | undefined;
  #news: NodeJS.Timeout | undefined;
  /** Set by `close`. */
  #isClosed = false;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  get isServed(): boolean {
    return this.#log !== undefined && !this.#isClosed;
  }

  serve(log: SequencerLink): void {
    this.#log = log;
    log.onChange(() => this.#tell());
    this.#news = setInterval(() => this.#tell(), NEWS_MS);
  }

  enter(socket: TLSSocket): void {
    // While it shook hands, perhaps: `close` did not know of it.
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const log = this.#log!;
    // Else what follows shortly after something else waits for a round trip, as indices after news do.
    socket.setNoDelay(true);
    const messages = new MessageSocket(socket);
    performCalls(messages.line('entries'), FAILURES, async (packed) => ({
      value: await performHandover(log, unpackForeignEntries(packed as PackedEntries)),
    }));
    const news = messages.line('news');
    this.#connections.set(socket, (standing) => news.postMessage(standing));
    socket.on('close', () => this.#connections.delete(socket));
    news.postMessage(describeStanding(log.standing));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#news);
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  #tell(): void {
    if (this.#isClosed || this.#connections.size === 0) return;
    const standing = describeStanding(this.#log!.standing);
    for (const tell of this.#connections.values()) tell(standing);
  }
}

/** Where others reach a listener: all addresses of this machine, if it listens on all of them. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.filter(({ internal, family }) => {
    return !internal && (host === '::' || family === 'IPv4');
  });
  return own.map(({ address }) => address).slice(0, MAX_HOLDER_ADDRESSES);
}
