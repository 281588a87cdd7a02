/**
 * Hands this process's standard input on to a command, and hashes the bytes that the command read.
 *
 * What is still in the pipe when the command ends was not its input. So the hash lags behind by as
 * much as a pipe can hold, and is settled at the end by what the pipe still has.
 */
import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Pipe } from './pipes.ts';

/** A write of at most this (PIPE_BUF) is done whole or not at all, so that none is half delivered. */
const ATOMIC_BYTES = process.platform === 'linux' ? 4096 : 512;
/** The most that a pipe holds on Linux, for users other than root. */
const MAX_PIPE_BYTES = 1024 * 1024;

export class InputFeed {
  readonly #source: Readable;
  readonly #pipe: Pipe;
  readonly #writer: Socket;
  // All owned by this object; they change only in event handlers.
  readonly #hash = createHash('sha256');
  /** Bytes in the pipe, or read by the command: delivered, but not hashed yet. */
  #delivered: Buffer[] = [];
  #deliveredBytes = 0;

  constructor(source: Readable, pipe: Pipe) {
    this.#source = source;
    this.#pipe = pipe;
    this.#writer = new Socket({ fd: pipe.write, readable: false, writable: true });
    this.#writer.on('error', () => this.#source.pause());
  }

  start(): void {
    let isDelivering = false;
    let hasEnded = false;
    this.#source.on('data', (chunk: Buffer) => {
      isDelivering = true;
      this.#source.pause();
      this.#deliver(chunk, () => {
        isDelivering = false;
        if (hasEnded) this.#writer.end();
        else this.#source.resume();
      });
    });
    // A socket says that it has ended even while it is paused.
    const onEnd = (): void => {
      hasEnded = true;
      if (!isDelivering) this.#writer.end();
    };
    this.#source.once('end', onEnd);
    // Input that cannot be read, such as a folder, is input that has ended.
    this.#source.once('error', onEnd);
  }

  #deliver(rest: Buffer, done: () => void): void {
    if (rest.length === 0) {
      done();
      return;
    }
    const piece = rest.subarray(0, ATOMIC_BYTES);
    this.#writer.write(piece, (error) => {
      if (error) return;
      this.#remember(piece);
      this.#deliver(rest.subarray(ATOMIC_BYTES), done);
    });
  }

  #remember(piece: Buffer): void {
    this.#delivered.push(piece);
    this.#deliveredBytes += piece.length;
    if (this.#deliveredBytes < 2 * MAX_PIPE_BYTES) return;
    this.#hashUpTo(this.#deliveredBytes - MAX_PIPE_BYTES);
  }

  /** Hashes the oldest `count` of the delivered bytes. */
  #hashUpTo(count: number): void {
    const all = Buffer.concat(this.#delivered);
    this.#hash.update(all.subarray(0, count));
    this.#delivered = [all.subarray(count)];
    this.#deliveredBytes = all.length - count;
  }

  /** Call once, when the command has ended: lets go of the source and the pipe. */
  close(): void {
    this.#source.removeAllListeners('data').pause();
    this.#source.destroy();
    this.#writer.destroy();
    this.#hashUpTo(Math.max(0, this.#deliveredBytes - this.#countUnread()));
  }

  /** Once closed: SHA-256 of what the command read. */
  hash(): Uint8Array {
    return new Uint8Array(this.#hash.copy().digest());
  }

  /** The write end is closed, so reading ends where the pipe is empty. */
  #countUnread(): number {
    const buffer = Buffer.alloc(64 * 1024);
    let unread = 0;
    for (;;) {
      const length = readSync(this.#pipe.read, buffer);
      if (length === 0) break;
      unread += length;
    }
    closeSync(this.#pipe.read);
    return unread;
  }
}
