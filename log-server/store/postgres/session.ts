/**
 * One connection to PostgreSQL: statements that are prepared once, one at a time, each a transaction of its own
 * unless `transaction` says otherwise. It ends for good with its connection, and never waits for ever.
 */
import { Client, type ClientConfig } from 'pg';
import { inTime } from '#service/schedule.ts';
import { StoreError } from '../store.ts';
import { storeError } from './errors.ts';

export interface Statement {
  /** Under which it is prepared, once in each connection. */
  readonly name: string;
  readonly text: string;
}

export type Row = readonly unknown[];

/** Whatever runs a statement that changes nothing. */
export interface Queries {
  read<R extends Row>(statement: Statement, values: readonly unknown[]): Promise<R[]>;
}

/** The server gives up a statement itself: beyond that and this, nobody is there. */
const NO_ANSWER_MS = 5000;
/** A server that is there takes leave within this. */
const PARTING_MS = 1000;

const BYTEA = 17;
const NUMBERS = new Set([20, 21, 23]);

/**
 * As text, of which those of bytes are twice as long: `pg` takes whatever arrives for UTF-8, so it can receive
 * nothing in binary (pg-protocol, `parseDataRowMessage`).
 */
const types = {
  getTypeParser: (type: number) => {
    if (type === BYTEA) return (hex: string) => Buffer.from(hex.slice(2), 'hex');
    return NUMBERS.has(type) ? Number : (text: string) => text;
  },
} as NonNullable<ClientConfig['types']>;

export class Session implements Queries {
  readonly #client: Client;
  readonly #noAnswerMs: number;
  /** Ends with the statement before, however that ended. Owned by `#inTurn`. */
  #previous: Promise<unknown> = Promise.resolve();
  #ended: StoreError | undefined;
  #onEnd: (reason: StoreError) => void = () => undefined;
  /** Of the server, since the last statement began. */
  #warning: string | undefined;

  private constructor(client: Client, noAnswerMs: number) {
    this.#client = client;
    this.#noAnswerMs = noAnswerMs;
  }

  /** The server is to give up each statement after `statementTimeoutMs`. Rejects with what `pg` says. */
  static async open(config: ClientConfig, statementTimeoutMs: number): Promise<Session> {
    const client = new Client(config);
    const session = new Session(client, statementTimeoutMs + NO_ANSWER_MS);
    client.on('error', (error) => session.#end(error));
    client.on('end', () => session.#end(new Error('the connection has ended')));
    client.on('notice', ({ message }) => {
      session.#warning = message;
    });
    try {
      await client.connect();
    } catch (error) {
      session.#end(error);
      throw error;
    }
    return session;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Is called once, when the connection ends by itself; at once if it has. */
  set onEnd(tell: (reason: StoreError) => void) {
    this.#onEnd = tell;
    if (this.#ended !== undefined) tell(this.#ended);
  }

  read<R extends Row>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    return this.#inTurn(async () => await this.#run<R>(statement, values, 'read'));
  }

  /**
   * Rejects with `StoreError`. A server that warns has written what others may not have yet: it says so of a wait
   * for its standby that was broken off. That is no answer, and the connection ends.
   */
  write<R extends Row>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    return this.#inTurn(async () => {
      this.#warning = undefined;
      const rows = await this.#run<R>(statement, values, 'write');
      if (this.#warning === undefined) return rows;
      throw this.#end(new Error(`it warned: ${this.#warning}`));
    });
  }

  /** Statements without parameters, for what is done once: one transaction, unless they are in one. */
  async script(text: string): Promise<void> {
    await this.#inTurn(async () => await this.#run({ name: '', text }, undefined, 'write'));
  }

  /** All that `work` does in one transaction, which does not happen if it rejects. */
  async transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    await this.script(begin);
    try {
      const result = await work();
      await this.script('COMMIT');
      return result;
    } catch (error) {
      // A connection that is gone has taken it back already.
      await this.script('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** What `answer` becomes; the connection ends if it takes longer than `ms`, with all that was called. */
  async within<T>(ms: number, answer: Promise<T>): Promise<T> {
    return await inTime(ms, answer, () => this.#end(new Error(`no answer within ${ms} ms`)));
  }

  /** Finishes what was called. Takes leave of the server, but does not wait for one that is gone. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#ended !== undefined) return;
      this.#ended = new StoreError('failed', 'the connection is closed');
      const silence = setTimeout(() => this.#cut(), PARTING_MS);
      await this.#client.end();
      clearTimeout(silence);
    });
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#previous.then(call);
    this.#previous = turn.catch(() => undefined);
    return turn;
  }

  async #run<R extends Row>(
    { name, text }: Statement,
    values: readonly unknown[] | undefined,
    does: 'read' | 'write',
  ): Promise<R[]> {
    if (this.#ended !== undefined) throw this.#ended;
    const silence = setTimeout(() => {
      this.#end(new Error(`no answer within ${this.#noAnswerMs} ms`));
    }, this.#noAnswerMs);
    try {
      const prepared = values === undefined ? { text } : { name, text, values: [...values] };
      const { rows } = await this.#client.query<R[]>({ ...prepared, rowMode: 'array', types });
      return rows as unknown as R[];
    } catch (error) {
      // Of a connection that was cut here `pg` does not know why.
      throw this.#ended ?? storeError(error, does);
    } finally {
      clearTimeout(silence);
    }
  }

  #end(reason: unknown): StoreError {
    if (this.#ended !== undefined) return this.#ended;
    this.#ended = storeError(reason, 'read');
    this.#cut();
    this.#onEnd(this.#ended);
    return this.#ended;
  }

  /** Not politely: whoever is at the other end may not be there any more. */
  #cut(): void {
    (
      this.#client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }
}
