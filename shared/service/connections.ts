/**
 * Who is connected to a server, and who has to go when there are too many.
 *
 * One client may have a share of the connections only. Where there is no room for a new one, an
 * old one on which nothing is due makes room: of the client itself if it has its share, else of
 * the client that has the most of them. Nobody is cut off while an answer is due.
 */
import type { Socket } from 'node:net';
import type { Pipeline } from './pipeline.ts';
import { addressKey } from './rate-limit.ts';

export interface ConnectionLimits {
  /** In all. */
  readonly total: number;
  /** Of one client address. */
  readonly perClient: number;
}

interface Client {
  readonly address: string;
  count: number;
  /**
   * Connections on which nothing was due when somebody looked last, the one longest silent first.
   * May hold some that have become busy since, never lacks a silent one.
   */
  readonly silent: Set<Socket>;
}

interface Connection {
  readonly client: Client;
  readonly pipeline: Pipeline;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  // Owned here. A socket is in `#open` until it is closed or told to close.
  readonly #open = new Map<Socket, Connection>();
  readonly #clients = new Map<string, Client>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Takes a connection in, or closes it if nobody can make room for it. */
  admit(socket: Socket, createPipeline: (onAnswered: () => void) => Pipeline): void {
    const address = addressKey(socket.remoteAddress ?? 'unknown');
    const client = this.#clients.get(address) ?? { address, count: 0, silent: new Set<Socket>() };
    if (!this.#makeRoom(client)) return void socket.destroy();
    this.#clients.set(client.address, client);
    const pipeline = createPipeline(() => this.#mayBeSilent(socket, client));
    this.#open.set(socket, { client, pipeline });
    client.count += 1;
    client.silent.add(socket);
    socket.once('close', () => this.#remove(socket));
  }

  /** Nothing for a connection that has been told to close. */
  pipelineOf(socket: Socket): Pipeline | undefined {
    return this.#open.get(socket)?.pipeline;
  }

  /** Ends all connections, each after the answer that is due on it. */
  endAll(): void {
    for (const { pipeline } of this.#open.values()) pipeline.end();
  }

  #makeRoom(client: Client): boolean {
    if (client.count >= this.#limits.perClient && !this.#evictFrom(client)) return false;
    return this.#open.size < this.#limits.total || this.#evictFromLargest();
  }

  /** Closes the connection of a client that has been silent for longest; false if none is. */
  #evictFrom(client: Client): boolean {
    for (const socket of client.silent) {
      client.silent.delete(socket);
      if (this.pipelineOf(socket)?.isSilent !== true) continue;
      this.#remove(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #evictFromLargest(): boolean {
    for (;;) {
      let largest: Client | undefined;
      for (const client of this.#clients.values()) {
        if (client.silent.size > (largest?.silent.size ?? 0)) largest = client;
      }
      if (largest === undefined) return false;
      if (this.#evictFrom(largest)) return true;
    }
  }

  #mayBeSilent(socket: Socket, client: Client): void {
    client.silent.delete(socket);
    if (this.#open.has(socket)) client.silent.add(socket);
  }

  #remove(socket: Socket): void {
    const client = this.#open.get(socket)?.client;
    if (client === undefined) return;
    this.#open.delete(socket);
    client.silent.delete(socket);
    client.count -= 1;
    if (client.count === 0) this.#clients.delete(client.address);
  }
}
