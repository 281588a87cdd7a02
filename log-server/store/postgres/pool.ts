/**
 * Connections of readers, as many as are needed at once and no more than a limit, each of them opened when it is
 * needed first. Whoever comes beyond the limit waits in line, but not for ever.
 */
import { StoreError } from '../store.ts';
import { storeError } from './errors.ts';
import type { Queries, Row, Session, Statement } from './session.ts';

/** Of each thread that reads; a server takes 100 by default, from all together. */
const MAX_CONNECTIONS = 8;
const MAX_WAITING = 20_000;

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: StoreError) => void;
}

export class ReaderPool implements Queries {
  readonly #connect: () => Promise<Session>;
  readonly #patienceMs: number;
  // Owned by `#take` and `#release`.
  readonly #idle: Session[] = [];
  readonly #waiting = new Set<Waiter>();
  #count = 0;
  #isClosed = false;

  /** Nobody waits in line for longer than `patienceMs`. */
  constructor(connect: () => Promise<Session>, patienceMs: number) {
    this.#connect = connect;
    this.#patienceMs = patienceMs;
  }

  async read<R extends Row>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    const session = await this.#take();
    try {
      return await session.read<R>(statement, values);
    } finally {
      this.#release(session);
    }
  }

  /** Those that are in use are closed when they are done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiting) waiter.reject(closed());
    this.#waiting.clear();
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  async #take(): Promise<Session> {
    if (this.#isClosed) throw closed();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#count < MAX_CONNECTIONS) return await this.#open();
    if (this.#waiting.size >= MAX_WAITING) throw busy();
    return await new Promise<Session>((resolve, reject) => {
      const waiter = {
        resolve: (session: Session) => {
          clearTimeout(timer);
          resolve(session);
        },
        reject: (error: StoreError) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(busy());
      }, this.#patienceMs);
      this.#waiting.add(waiter);
    });
  }

  async #open(): Promise<Session> {
    this.#count++;
    try {
      const session = await this.#connect();
      session.onEnd = () => this.#drop(session);
      return session;
    } catch (error) {
      this.#count--;
      this.#openForNext();
      throw storeError(error, 'read');
    }
  }

  #release(session: Session): void {
    if (!session.isOpen) return;
    const [next] = this.#waiting;
    if (this.#isClosed) {
      void session.close();
    } else if (next === undefined) {
      this.#idle.push(session);
    } else {
      this.#waiting.delete(next);
      next.resolve(session);
    }
  }

  #drop(session: Session): void {
    this.#count--;
    const at = this.#idle.indexOf(session);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#openForNext();
  }

  /** Whoever waits has not seen that there is room for one more. */
  #openForNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#isClosed) return;
    this.#waiting.delete(next);
    this.#open().then(next.resolve, next.reject);
  }
}

function closed(): StoreError {
  return new StoreError('failed', 'the store is closed');
}

function busy(): StoreError {
  return new StoreError('failed', `all ${MAX_CONNECTIONS} connections to PostgreSQL are in use`);
}
