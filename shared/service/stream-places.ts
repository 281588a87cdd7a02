/**
 * Places for answers that last, such as streams of events: counted in all and for each client. When there are as
 * many as there may be, whoever has the most gives one up for whoever has fewer, so that nobody can take them all.
 */
import { HttpProblem } from './problem.ts';

export interface PlaceLimits {
  readonly total: number;
  readonly perClient: number;
}

interface Place {
  readonly client: string;
  /** Ends what has the place. */
  readonly end: () => void;
}

const RETRY_AFTER_SECONDS = 5;

export class StreamPlaces {
  readonly #limits: PlaceLimits;
  // Owned here, in the order in which they were taken.
  readonly #places = new Set<Place>();
  #isClosed = false;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Places that are taken. */
  get count(): number {
    return this.#places.size;
  }

  /**
   * Takes a place, and returns what gives it back, which may be called again. `end` is called when the place is
   * needed by somebody else, or nobody may have one any longer. Throws `HttpProblem` if there is none.
   */
  take(client: string, end: () => void): () => void {
    this.#admit(client);
    const place = { client, end };
    this.#places.add(place);
    return () => {
      this.#places.delete(place);
    };
  }

  /** Ends all at once, and gives no more places. */
  close(): void {
    this.#isClosed = true;
    for (const place of this.#places) this.#end(place);
  }

  #admit(client: string): void {
    const clients = Map.groupBy(this.#places, (place) => place.client);
    const own = clients.get(client)?.length ?? 0;
    const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (own >= this.#limits.perClient) {
      throw new HttpProblem(429, 'too-many-streams', 'Too many streams of this client.', retry);
    }
    if (!this.#isClosed && this.#places.size < this.#limits.total) return;
    const most = [...clients.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    if (this.#isClosed || most.length <= own + 1) {
      throw new HttpProblem(503, 'too-many-streams', 'Too many streams are open.', retry);
    }
    this.#end(most[0]!);
  }

  #end(place: Place): void {
    this.#places.delete(place);
    place.end();
  }
}
