/**
 * Who is connected to a listener for peers that prove who they are, and who has to go when there are too many: only
 * those that have not proved it yet.
 *
 * They wait for that in their handshake, or for whatever else the listener asks of them. One address may have a few of
 * them; beyond, the one that waits longest makes way, and where there is no room at all, the longest waiting of
 * the address that has the most. So whoever only connects keeps out nobody who goes on, and a peer that has proved
 * who it is stays.
 */
import type { Socket } from 'node:net';
import { addressKey } from './rate-limit.ts';

export interface NewcomerLimits {
  /** Connections in all. */
  readonly total: number;
  /** Of one client address, of those that wait. */
  readonly waitingOfAddress: number;
}

interface Connection {
  readonly socket: Socket;
  readonly address: string;
}

export class Newcomers {
  readonly #limits: NewcomerLimits;
  // Owned here; by address and port of the other end, which TLS leaves as they are.
  readonly #open = new Map<string, Connection>();
  /** Names of those that wait, by address, the longest waiting first. */
  readonly #waiting = new Map<string, Set<string>>();

  constructor(limits: NewcomerLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a connection in that has just come, or closes it if nobody makes way for it. Whether nobody had to go; it may
   * be closed already.
   */
  admit(socket: Socket): boolean {
    const name = nameOf(socket);
    const address = addressKey(socket.remoteAddress ?? 'unknown');
    const own = this.#waiting.get(address) ?? new Set();
    const isCrowded =
      own.size >= this.#limits.waitingOfAddress || this.#open.size >= this.#limits.total;
    if (own.size >= this.#limits.waitingOfAddress) this.#evictFrom(own);
    else if (isCrowded && !this.#evictFromLargest()) {
      socket.destroy();
      return false;
    }
    this.#open.set(name, { socket, address });
    this.#waiting.set(address, own.add(name));
    socket.once('close', () => {
      if (this.#open.get(name)?.socket === socket) this.#remove(name);
    });
    return !isCrowded;
  }

  /** It has proved who it is, and stays from now on. */
  settle(socket: Socket): void {
    const name = nameOf(socket);
    const connection = this.#open.get(name);
    if (connection !== undefined) this.#waitNoMore(name, connection);
  }

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #evictFromLargest(): boolean {
    const all = [...this.#waiting.values()];
    const largest = all.reduce((a, b) => (b.size > a.size ? b : a), new Set<string>());
    if (largest.size === 0) return false;
    this.#evictFrom(largest);
    return true;
  }

  #evictFrom(names: ReadonlySet<string>): void {
    const [oldest] = names;
    const { socket } = this.#open.get(oldest!)!;
    this.#remove(oldest!);
    socket.destroy();
  }

  #remove(name: string): void {
    const connection = this.#open.get(name)!;
    this.#open.delete(name);
    this.#waitNoMore(name, connection);
  }

  #waitNoMore(name: string, { address }: Connection): void {
    const own = this.#waiting.get(address);
    own?.delete(name);
    if (own?.size === 0) this.#waiting.delete(address);
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
