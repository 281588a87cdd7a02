/**
 * A budget of bytes held in memory for clients at the same time, so that many large bodies at once
 * are refused instead of filling the memory. One client gets a share of it only: whoever is slow on
 * many connections takes nobody else's place.
 */

/** Largest part of the budget that one client may hold: one in this many. */
const SHARES = 4;

export class ByteBudget {
  readonly #limit: number;
  // Owned here. Clients that hold nothing are not in the map.
  #used = 0;
  readonly #usedBy = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Sets `bytes` aside for a client. Returns what gives them back, or undefined when there are too
   * few. A client that holds nothing may have more than its share, and whoever is alone more than the
   * budget: else what is larger than that would be refused for ever.
   */
  reserve(client: string, bytes: number): (() => void) | undefined {
    const held = this.#usedBy.get(client) ?? 0;
    const isBeyondShare = held > 0 && held + bytes > this.#limit / SHARES;
    if (isBeyondShare || (this.#used > 0 && this.#used + bytes > this.#limit)) return undefined;
    this.#add(client, bytes);
    return () => this.#add(client, -bytes);
  }

  #add(client: string, bytes: number): void {
    this.#used += bytes;
    const held = (this.#usedBy.get(client) ?? 0) + bytes;
    if (held > 0) this.#usedBy.set(client, held);
    else this.#usedBy.delete(client);
  }
}
