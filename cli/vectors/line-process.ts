/**
 * A command that answers requests line by line (docs/spec/verifier.md, section 2), of which nothing good is
 * expected: it may end, hang, or write what nobody asked for.
 *
 * One request is asked at a time, so what goes wrong went wrong with it. After that the command is started
 * anew for the next one.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { unusable } from '#cli/lib/errors.ts';
import { describeFileError } from '#service/errors.ts';

/** Longest answer; those of the vectors have less than two mebibytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The line that was written, without its newline, or in words what happened in its place. */
export type Reply = { readonly line: Buffer } | { readonly fault: string };

export class LineProcess {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #timeoutMs: number;
  #running: Running | undefined;

  constructor(command: string, args: readonly string[], timeoutMs: number) {
    this.#command = command;
    this.#args = args;
    this.#timeoutMs = timeoutMs;
  }

  /** Throws when the command cannot be started. */
  async ask(request: string): Promise<Reply> {
    this.#running ??= new Running(this.#command, this.#args);
    const reply = await this.#running.ask(request, this.#timeoutMs);
    if ('fault' in reply) this.#running = undefined;
    return reply;
  }

  /** Ends the input, and says what is wrong with how the command ends then, if anything is. */
  async end(): Promise<string | undefined> {
    return await this.#running?.end(this.#timeoutMs);
  }
}

/** A process from its start to its end. */
class Running {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** What was written and not yet taken as an answer. */
  #parts: Buffer[] = [];
  #bytes = 0;
  /** How it ended, or that it could not be started. */
  #ending: string | Error | undefined;
  /** Called whenever one of these has changed. */
  #wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // It may end before it has read everything; how it ended is told by 'close'.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk);
      this.#bytes += chunk.length;
      this.#wake();
    });
    this.#child.once('error', (error) => {
      this.#ending ??= error;
      this.#wake();
    });
    this.#child.once('close', (code, signal) => {
      this.#ending ??= signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
      this.#wake();
    });
  }

  async ask(request: string, timeoutMs: number): Promise<Reply> {
    if (this.#bytes > 0) return this.#stop('wrote more than one line for the request before');
    this.#child.stdin.write(`${request}\n`);
    const isLate = await this.#until(
      () => this.#hasLine() || this.#ending !== undefined,
      timeoutMs,
    );
    if (this.#ending instanceof Error) {
      throw unusable(`The command cannot be started: ${describeFileError(this.#ending)}.`);
    }
    if (this.#bytes > MAX_ANSWER_BYTES)
      return this.#stop(`wrote more than ${MAX_ANSWER_BYTES} bytes`);
    if (isLate) return this.#stop(`did not answer within ${timeoutMs / 1000} seconds`);
    return this.#takeLine() ?? { fault: `${this.#ending}` };
  }

  async end(timeoutMs: number): Promise<string | undefined> {
    this.#child.stdin.end();
    const isLate = await this.#until(() => this.#ending !== undefined, timeoutMs);
    if (isLate) {
      this.#stop('');
      return `did not end within ${timeoutMs / 1000} seconds of the end of its input`;
    }
    if (this.#bytes > 0) return 'wrote more than one line for the last request';
    return this.#ending === 'ended with exit code 0'
      ? undefined
      : `${this.#ending} at the end of its input`;
  }

  /** Waits for something to become so, and returns whether it did not in time. */
  async #until(isSo: () => boolean, timeoutMs: number): Promise<boolean> {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), timeoutMs);
    try {
      while (!isSo()) {
        const change = Promise.withResolvers<'change'>();
        this.#wake = () => change.resolve('change');
        if ((await Promise.race([change.promise, late.promise])) === 'late') return true;
      }
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #hasLine(): boolean {
    return this.#bytes > MAX_ANSWER_BYTES || this.#parts.at(-1)?.includes(NEWLINE) === true;
  }

  #takeLine(): Reply | undefined {
    const written = Buffer.concat(this.#parts);
    const end = written.indexOf(NEWLINE);
    if (end < 0) return undefined;
    const rest = written.subarray(end + 1);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return { line: written.subarray(0, end) };
  }

  #stop(fault: string): Reply {
    this.#child.kill('SIGKILL');
    // What it has started may hold the other end, and keep us alive.
    this.#child.stdout.destroy();
    return { fault };
  }
}
