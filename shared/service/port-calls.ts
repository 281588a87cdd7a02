/**
 * Calls from one thread, or process, to another over a port for messages, answered in any order. One end calls, the
 * other performs; a pair of threads that both call has two ports.
 */
import type { TransferListItem } from 'node:worker_threads';

/** What an error becomes on its way: plain data, by which the caller makes it anew. */
export interface ErrorCodec {
  describe(error: unknown): unknown;
  revive(described: unknown): Error;
}

interface Call {
  readonly id: number;
  readonly request: unknown;
}
type Answer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly failure: unknown }
);

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A port, the `Worker` whose thread answers, or whatever else takes messages to the other end, in their order. */
export interface CallPort<M> {
  on(event: 'message', listener: (message: M) => void): unknown;
  postMessage(message: unknown, transfer?: readonly TransferListItem[]): void;
}

/** The calling end. */
export class PortCaller {
  readonly #port: CallPort<Answer>;
  readonly #errors: ErrorCodec;
  // Owned here: calls that have not been answered, by id.
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(port: CallPort<Answer>, errors: ErrorCodec) {
    this.#port = port;
    this.#errors = errors;
    port.on('message', (answer: Answer) => this.#settle(answer));
  }

  /** Rejects with what the other end has rejected with. What is in `transfer` is moved, not copied. */
  call(request: unknown, transfer: readonly TransferListItem[] = []): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ id, request } satisfies Call, transfer);
    });
  }

  /** The other end is gone: whatever is not answered, and every later call, rejects. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }

  #settle(answer: Answer): void {
    const call = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('failure' in answer) call?.reject(this.#errors.revive(answer.failure));
    else call?.resolve(answer.value);
  }
}

/** The performing end: answers each call by what `perform` makes of it. */
export function performCalls(
  port: CallPort<Call>,
  errors: ErrorCodec,
  perform: (request: unknown) => Promise<Performed>,
): void {
  const answer = async ({ id, request }: Call) => {
    try {
      const { value, transfer = [] } = await perform(request);
      port.postMessage({ id, value } satisfies Answer, transfer);
    } catch (error) {
      port.postMessage({ id, failure: errors.describe(error) } satisfies Answer);
    }
  };
  port.on('message', (call: Call) => void answer(call));
}

export interface Performed {
  readonly value?: unknown;
  /** What of it is moved, not copied. */
  readonly transfer?: readonly TransferListItem[];
}
