/**
 * The requests of one connection: one in work, a few waiting, in the order in which they came.
 *
 * A client may send requests without waiting for answers (pipelining), and Node hands out all that
 * fit into one read, more than a thousand. Who sends more than a few gets the answers to those, and
 * then the connection is closed. What still waits when the client has gone is dropped.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Requests that wait while one is in work: each takes some 2 KB, on thousands of connections. */
const MAX_WAITING = 4;

export class Pipeline {
  readonly #socket: Socket;
  readonly #answer: (exchange: Exchange) => void;
  readonly #onAnswered: () => void;
  // Owned here. `#current` is set from the arrival of a request to the end of its answer.
  #current: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** No further request is taken; the connection ends after the answers that are due. */
  #isEnding = false;

  /** `answer` has a request answered; `onAnswered` is called after the end of each answer. */
  constructor(socket: Socket, answer: (exchange: Exchange) => void, onAnswered: () => void) {
    this.#socket = socket;
    this.#answer = answer;
    this.#onAnswered = onAnswered;
    limitParsing(socket, () => this.#isFull());
  }

  /** Nothing is due on this connection: no request has come, or not all of one. */
  get isSilent(): boolean {
    return this.#current?.incoming.complete !== true;
  }

  /** Part of an answer has been sent. */
  get isAnswering(): boolean {
    return this.#current?.outgoing.headersSent === true;
  }

  /** No further request is taken. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  add(exchange: Exchange): void {
    if (this.#isEnding) return;
    if (this.#current === undefined) this.#begin(exchange);
    else this.#waiting.push(exchange);
  }

  /** Ends the connection after the answer that is due, without what waits behind it. */
  end(): void {
    this.#isEnding = true;
    this.#waiting = [];
    if (this.#current === undefined) this.#socket.destroy();
    else announceEnd(this.#current);
  }

  /** Whether the next request is one too many; then it was the last to be looked at. */
  #isFull(): boolean {
    if (this.#waiting.length < MAX_WAITING) return this.#isEnding;
    this.#isEnding = true;
    this.#socket.pause();
    return true;
  }

  #begin(exchange: Exchange): void {
    this.#current = exchange;
    exchange.outgoing.on('close', () => this.#finished());
    if (this.#isEnding && this.#waiting.length === 0) announceEnd(exchange);
    this.#answer(exchange);
  }

  #finished(): void {
    this.#current = undefined;
    if (!this.#socket.writable) this.#waiting = [];
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin(next);
    else if (this.#isEnding) this.#socket.destroySoon();
    this.#onAnswered();
  }
}

function announceEnd({ outgoing }: Exchange): void {
  if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
}

/** What Node keeps on the socket of a server and does not document. */
interface ParsedSocket {
  readonly parser?: { onIncoming: (...args: unknown[]) => unknown };
}

/**
 * Makes Node's parser stop in the middle of what it has read. There is no documented way: pausing or
 * destroying the socket leaves it parsing all 64 KiB of a read, which takes 20 to 80 ms and some
 * 7 MB for a thousand small requests. Any other number than 0 to 2 is an error to the parser.
 */
function limitParsing(socket: Socket, isFull: () => boolean): void {
  const { parser } = socket as unknown as ParsedSocket;
  if (parser === undefined) throw new Error('this Node.js keeps its HTTP parser elsewhere');
  const onIncoming = parser.onIncoming;
  parser.onIncoming = (...args) => (isFull() ? -1 : onIncoming.apply(parser, args));
}
