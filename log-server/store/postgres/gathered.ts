/**
 * Reads of one kind that go to the server together: what is asked in one turn of the event loop is one statement,
 * which costs about as much for twenty keys as for one.
 *
 * It is sent after all that it answers was asked, so whoever asks sees each write that was answered before. If it
 * fails, those fail whose keys were in it, and nobody else.
 */

interface Asked<K, V> {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/** Of one statement; what is beyond goes with another. */
const MAX_KEYS = 256;

export class Gathered<K, V> {
  readonly #read: (keys: readonly K[]) => Promise<readonly V[]>;
  /** Not sent yet. Owned by `get` and `#send`. */
  #asked: Asked<K, V>[] = [];

  /** `read` resolves with one value for each key, in their order. */
  constructor(read: (keys: readonly K[]) => Promise<readonly V[]>) {
    this.#read = read;
  }

  /** Rejects as the statement does that this key was in. */
  get(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      // After all that this thread does before it looks at the network again.
      if (this.#asked.length === 0) setImmediate(() => this.#send());
      this.#asked.push({ key, resolve, reject });
    });
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let at = 0; at < asked.length; at += MAX_KEYS) {
      void this.#answer(asked.slice(at, at + MAX_KEYS));
    }
  }

  async #answer(asked: readonly Asked<K, V>[]): Promise<void> {
    try {
      const values = await this.#read(asked.map(({ key }) => key));
      for (const [i, { resolve }] of asked.entries()) resolve(values[i]!);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
