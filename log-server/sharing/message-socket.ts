/**
 * Messages over a connection of two processes of this program, in several lines at once: each message is what V8
 * makes of a value (structured clone), behind its length in four bytes, big-endian.
 *
 * Only for a peer that has proved who it is: V8 reads what it has written itself. A connection on which one end
 * does not read is ended, as is one that brings what is none of this.
 */
import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';
import type { CallPort } from '#service/port-calls.ts';

const LENGTH_BYTES = 4;
/** Entries of many submissions cross in one message, after those of a batch. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
/** What waits to be read by the other end. */
const MAX_UNREAD_BYTES = 2 * MAX_MESSAGE_BYTES;

type Listener = (message: never) => void;

export class MessageSocket {
  readonly #socket: Duplex;
  readonly #listeners = new Map<string, Listener>();
  // Both owned by `#receive`: what has come of the messages that are not whole yet.
  #chunks: Buffer[] = [];
  #received = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** One line of messages, known by its name at both ends. What comes in before somebody listens is lost. */
  line<M>(name: string): CallPort<M> {
    return {
      on: (_event, listener) => this.#listeners.set(name, listener),
      postMessage: (message) => this.#send([name, message]),
    };
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(message: unknown): void {
    if (this.#socket.destroyed) return;
    const bytes = serialize(message);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(bytes.length);
    this.#socket.cork();
    this.#socket.write(length);
    this.#socket.write(bytes);
    this.#socket.uncork();
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#fail('the other end does not read');
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    for (;;) {
      const bytes = this.#take();
      if (bytes === undefined) return;
      try {
        const [name, message] = deserialize(bytes) as [string, never];
        this.#listeners.get(name)?.(message);
      } catch (cause) {
        this.#fail('not a message', { cause });
      }
    }
  }

  /** The next message if it is whole. */
  #take(): Buffer | undefined {
    if (this.#received < LENGTH_BYTES || this.#socket.destroyed) return undefined;
    if (this.#chunks[0]!.length < LENGTH_BYTES) this.#join();
    const end = LENGTH_BYTES + this.#chunks[0]!.readUInt32BE();
    if (end > LENGTH_BYTES + MAX_MESSAGE_BYTES) {
      this.#fail(`a message of ${end - LENGTH_BYTES} bytes`);
      return undefined;
    }
    if (this.#received < end) return undefined;
    const all = this.#join();
    this.#chunks = [all.subarray(end)];
    this.#received -= end;
    return all.subarray(LENGTH_BYTES, end);
  }

  #join(): Buffer {
    const [only] = this.#chunks;
    const all = this.#chunks.length === 1 ? only! : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #fail(detail: string, options?: { cause: unknown }): void {
    this.#socket.destroy(new Error(detail, options));
  }
}
