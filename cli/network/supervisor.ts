/**
 * The processes of a network: started, watched, stopped together; never restarted.
 *
 * Each runs in a process group of its own, so that Ctrl-C reaches only the supervisor, which stops
 * them in order: the log while its witnesses still answer, then the witnesses. An IPC channel ends
 * them when the supervisor is killed.
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

interface Child {
  readonly role: RoleFiles;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

export class Supervisor {
  // Both owned here.
  readonly #children: Child[] = [];
  #stopping = false;
  readonly #firstEnd = Promise.withResolvers<ChildEnd>();

  /** Resolves with the first process that ended by itself; never, if all end when told to. */
  get unexpectedEnd(): Promise<ChildEnd> {
    return this.#firstEnd.promise;
  }

  get processIds(): { name: string; pid: number }[] {
    return this.#children.flatMap(({ role, process: { pid } }) =>
      pid === undefined ? [] : [{ name: role.name, pid }],
    );
  }

  start(role: RoleFiles): void {
    const { file, offset } = openOutput(role.output);
    const child = spawn(process.execPath, [...NODE_ARGUMENTS, role.kind, '--config', role.config], {
      stdio: ['ignore', file, file, 'ipc'],
      detached: true,
    });
    closeSync(file);
    const ended = new Promise<void>((resolve) => {
      const onEnd = (code: number | null, signal: NodeJS.Signals | null, error?: Error): void => {
        resolve();
        if (this.#stopping) return;
        const reason = error?.message ?? lastWords(role.output, offset);
        this.#firstEnd.resolve({ name: role.name, code, signal, reason });
      };
      child.once('exit', (code, signal) => onEnd(code, signal));
      child.once('error', (error) => onEnd(null, null, error));
    });
    this.#children.push({ role, process: child, ended });
  }

  /** Stops every process that runs, the log and the monitor first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const isWitness = ({ role }: Child): boolean => role.kind === 'witness';
    await Promise.all(this.#children.filter((child) => !isWitness(child)).map(stopChild));
    await Promise.all(this.#children.filter(isWitness).map(stopChild));
  }

  /** Ends every process at once. Safe: every store survives it. */
  kill(): void {
    this.#stopping = true;
    for (const child of this.#children) child.process.kill('SIGKILL');
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

async function stopChild(child: Child): Promise<void> {
  child.process.kill('SIGTERM');
  const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await child.ended;
  clearTimeout(timer);
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
