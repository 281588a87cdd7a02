/**
 * One process of a network.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches only the supervisor, and writes to
 * its file by itself, so that nothing it says is lost with the supervisor. An IPC channel ends it when
 * the supervisor is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unusable } from '#cli/lib/errors.ts';
import type { RoleFiles } from '#cli/lib/layout.ts';
import { describeFileError } from '#service/errors.ts';
import { siblingModule } from '#service/sibling-module.ts';
import { lastWords } from './last-words.ts';

const MAIN = fileURLToPath(siblingModule('../main', import.meta.url));
/** Longer than a process takes to cut what does not end in time. */
const STOP_TIMEOUT_MS = 40_000;

/** Arguments of Node.js that run this command line. */
export const NODE_ARGUMENTS: readonly string[] = ['--disable-warning=ExperimentalWarning', MAIN];

export interface ChildEnd {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last meaningful thing it wrote. */
  readonly reason: string | undefined;
}

export class Child {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;

  constructor(role: RoleFiles) {
    const { file, offset } = openOutput(role.output);
    const args = [...NODE_ARGUMENTS, role.kind, '--config', role.config];
    this.#process = spawn(process.execPath, args, {
      stdio: ['ignore', file, file, 'ipc'],
      detached: true,
    });
    closeSync(file);
    this.pid = this.#process.pid;
    this.ended = new Promise((resolve) => {
      const onEnd = (code: number | null, signal: NodeJS.Signals | null, error?: Error): void => {
        const reason = error?.message ?? lastWords(role.output, offset);
        resolve({ name: role.name, code, signal, reason });
      };
      this.#process.once('exit', (code, signal) => onEnd(code, signal));
      this.#process.once('error', (error) => onEnd(null, null, error));
    });
  }

  /** Asks it to stop, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. Safe: every store survives it. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

function openOutput(path: string): { file: number; offset: number } {
  try {
    const file = openSync(path, 'a', 0o600);
    return { file, offset: fstatSync(file).size };
  } catch (error) {
    throw unusable(`Cannot write ${path}: ${describeFileError(error)}.`);
  }
}

/** `witness-2 ended unexpectedly (killed by SIGKILL)`, with its reason when there is one. */
export function describeEnd({ name, code, signal, reason }: ChildEnd): string {
  const how =
    signal !== null
      ? `killed by ${signal}`
      : code !== null
        ? `exit code ${code}`
        : 'it could not be started';
  return `${name} ended unexpectedly (${how})${reason === undefined ? '.' : `: ${reason}`}`;
}
