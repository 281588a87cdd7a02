/**
 * Real processes for tests: started, asked whether they answer, killed in every way, and never left
 * behind. What they wrote last is printed when the test fails.
 *
 * Each child has an IPC channel, so that one that outlives its test's process stops by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';
import { sleep } from '#service/schedule.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const START_TIMEOUT_MS = 240_000;
const RELEASE_TIMEOUT_MS = 2000;
const KEPT_LINES = 40;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  /** Arguments of Node.js. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One process that may be started again after it has ended. */
export class TestProcess {
  readonly name: string;
  /** What it wrote last, in order. */
  readonly lines: string[] = [];
  readonly #options: ProcessOptions;
  // Owned by `start` and the exit handler it installs.
  #child: ChildProcess | undefined;
  #ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** While it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process that was started last has ended. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /**
   * `env` is added for this start only, and `under` are words of a command that runs the rest of its line
   * in its own place. Returns the child, for its IPC channel.
   */
  start(env: Readonly<Record<string, string>> = {}, under: readonly string[] = []): ChildProcess {
    if (this.#child !== undefined) throw new Error(`${this.name} runs already`);
    const [command, ...args] = [...under, process.execPath, ...this.#options.args];
    const child = spawn(command!, args, {
      cwd: ROOT,
      env: { ...serverEnvironment(), ...this.#options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface(stream).on('line', (line) => this.#keep(line));
    }
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        this.#keep(`-- ended with ${signal ?? `exit code ${code}`}`);
        resolve({ code, signal });
      });
    });
    return child;
  }

  /** Sends a signal, if it still runs, and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child?.kill(signal);
    return await this.#ended;
  }

  /** Ends it for good: politely, but not for long. */
  async release(): Promise<void> {
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), RELEASE_TIMEOUT_MS);
    await this.stop();
    clearTimeout(timer);
  }

  /** Waits until `check` holds; throws as soon as the process has ended. */
  async until(check: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await check())) {
      if (!this.isRunning) throw new Error(`${this.name} ended:\n${this.tail()}`);
      if (performance.now() > deadline) throw new Error(`${this.name} does not get ready`);
      await sleep(20);
    }
  }

  tail(): string {
    return this.lines.map((line) => `  ${this.name}: ${line}\n`).join('');
  }

  #keep(line: string): void {
    this.lines.push(line.length > 500 ? `${line.slice(0, 500)}…` : line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }
}

/**
 * Without what the test runner puts into it, but for where coverage goes. Compiled code is kept from
 * start to start, which makes each three times as fast; a process that is stopped, not killed,
 * leaves it behind.
 */
export function childEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_OPTIONS|NODE_ENV|VITEST.*)$/.test(name),
  );
  const own = Object.fromEntries(kept) as Record<string, string>;
  return { ...own, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/tecp-test') };
}

/**
 * Of a process that works hard or is killed: counting its lines would take half as much again, and the
 * networks of `tecp up`, which commands start, run the same ones.
 */
function serverEnvironment(): Record<string, string> {
  const { NODE_V8_COVERAGE: _, ...environment } = childEnvironment();
  return environment;
}

/** Ends the processes when the running test ends, and shows what they wrote if it fails. */
export function releaseAtEnd(processes: () => readonly TestProcess[]): void {
  onTestFailed(() => {
    process.stderr.write(
      `\n${processes()
        .map((child) => child.tail())
        .join('\n')}\n`,
    );
  });
  onTestFinished(async () => {
    await Promise.all(processes().map((child) => child.release()));
  });
}

export interface CommandResult extends Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tecp` with these arguments to its end. */
export async function runTecp(
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd: ROOT,
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A process that runs one role of `tecp` on a configuration file. */
export function roleProcess(name: string, role: string, config: string): TestProcess {
  const args = ['--disable-warning=ExperimentalWarning', MAIN, role, '--config', config];
  return new TestProcess({ name, args });
}
