/**
 * Connections of readers, as many as are needed at once and no more than a limit, each of them opened when it is
 * needed first. Whoever comes beyond the limit waits in line, but not for ever.
 *
 * What is not needed is given back, and where none can be had all are told at once: a server has connections for a
 * hundred, and others than readers need them, too.
 */
import { monotonicMs } from '#service/schedule.ts';
import { StoreError } from '../store.ts';
import { storeError } from './errors.ts';
import type { Queries, Row, Session, Statement } from './session.ts';

/** Of each thread that reads. */
const MAX_CONNECTIONS = 8;
const MAX_WAITING = 20_000;
/** All but one are closed after so long without use: from far away even one takes many round trips to open. */
const IDLE_MS = 10_000;
/** Before another is tried to be opened, after one could not. */
const PAUSE_MS = 500;

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: StoreError) => void;
}

interface IdleSession {
  readonly session: Session;
  readonly expiry: NodeJS.Timeout;
}

export class ReaderPool implements Queries {
  readonly #connect: (isFirst: boolean) => Promise<Session>;
  readonly #patienceMs: number;
  /** The one that was used last comes last. Owned by `#take`, `#release` and `#retire`. */
  readonly #idle: IdleSession[] = [];
  readonly #waiting = new Set<Waiter>();
  /** Open, or being opened. */
  #count = 0;
  /** Why the last one could not be opened, as long as no other is tried. Owned by `#open`. */
  #refusal: { readonly error: StoreError; readonly untilMs: number } | undefined;
  #isClosed = false;

  /** Nobody waits in line for longer than `patienceMs`. `connect` is told whether there is no other. */
  constructor(connect: (isFirst: boolean) => Promise<Session>, patienceMs: number) {
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
    this.#rejectAll(closed());
    await Promise.all(this.#idle.slice().map(({ session }) => this.#retire(session)));
  }

  async #take(): Promise<Session> {
    for (;;) {
      if (this.#isClosed) throw closed();
      const idle = this.#idle.pop();
      if (idle !== undefined) {
        clearTimeout(idle.expiry);
        return idle.session;
      }
      if (!this.#mayOpen) break;
      const opened = await this.#open();
      if (opened !== undefined) return opened;
    }
    // While there is any, it comes back.
    if (this.#count === 0) throw this.#refusal!.error;
    if (this.#waiting.size >= MAX_WAITING) throw busy();
    return await this.#wait();
  }

  #wait(): Promise<Session> {
    return new Promise<Session>((resolve, reject) => {
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

  get #mayOpen(): boolean {
    return this.#count < MAX_CONNECTIONS && monotonicMs() >= (this.#refusal?.untilMs ?? 0);
  }

  /** Undefined if none can be had, which those who wait are told if there is no other. */
  async #open(): Promise<Session | undefined> {
    this.#count++;
    try {
      const session = await this.#connect(this.#count === 1);
      session.onEnd = () => this.#drop(session);
      this.#refusal = undefined;
      return session;
    } catch (error) {
      this.#count--;
      this.#refusal = { error: storeError(error, 'read'), untilMs: monotonicMs() + PAUSE_MS };
      if (this.#count === 0) this.#rejectAll(this.#refusal.error);
      return undefined;
    }
  }

  #release(session: Session): void {
    if (!session.isOpen) return;
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.resolve(session);
      return;
    }
    const expire = () => {
      if (this.#count > 1) void this.#retire(session);
    };
    this.#idle.push({ session, expiry: setTimeout(expire, IDLE_MS) });
    if (this.#isClosed) void this.#retire(session);
  }

  /** Gives an idle one back. */
  async #retire(session: Session): Promise<void> {
    const at = this.#idle.findIndex((idle) => idle.session === session);
    const [idle] = this.#idle.splice(at, 1);
    clearTimeout(idle!.expiry);
    this.#count--;
    await session.close();
  }

  /** One has ended by itself: so may the others have, of which nobody has heard yet. */
  #drop(ended: Session): void {
    this.#count--;
    for (const { session, expiry } of this.#idle.splice(0)) {
      clearTimeout(expiry);
      if (session === ended) continue;
      this.#count--;
      void session.close();
    }
    if (this.#waiting.size === 0) return;
    // Whoever waits has not seen that there is room for one more.
    if (this.#mayOpen) void this.#openForNext();
    else if (this.#count === 0) this.#rejectAll(this.#refusal!.error);
  }

  async #openForNext(): Promise<void> {
    const session = await this.#open();
    if (session !== undefined) this.#release(session);
  }

  #rejectAll(error: StoreError): void {
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }
}

function closed(): StoreError {
  return new StoreError('failed', 'the store is closed');
}

function busy(): StoreError {
  return new StoreError('failed', 'all connections to PostgreSQL are in use');
}
