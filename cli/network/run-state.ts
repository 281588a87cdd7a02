/**
 * Which "up" runs on a data folder: a lock that ends with its process, and a file of process ids.
 *
 * The lock is the truth: it belongs to the kernel, so it is never left behind and no reused process
 * id can pass for a running network. The file only says whom to ask to stop.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { writeFileAtomically } from '#cli/lib/files.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { say } from '#cli/lib/print.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { ConfigError, errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';

export interface RunState {
  /** The process that supervises the others. */
  readonly pid: number;
  readonly children: readonly { readonly name: string; readonly pid: number }[];
}

function lockPath(data: string): string {
  return join(data, 'up');
}

function statePath(data: string): string {
  return join(data, 'run.json');
}

/** The lock of the folder, or undefined while another process has it. */
export function tryLock(data: string): DatabaseLock | undefined {
  try {
    return DatabaseLock.acquire(lockPath(data));
  } catch (error) {
    if (error instanceof ConfigError && error.message.includes('in use')) return undefined;
    if (error instanceof ConfigError) {
      throw unusable(`Cannot write to ${displayPath(data)}; choose another folder with --data.`);
    }
    throw error;
  }
}

export async function writeRunState(data: string, state: RunState): Promise<void> {
  await writeFileAtomically(statePath(data), `${JSON.stringify(state)}\n`);
}

export function removeRunState(data: string): void {
  rmSync(statePath(data), { force: true });
}

/** What the last "up" wrote; undefined when there is nothing, or nothing that can be read. */
export function readRunState(data: string): RunState | undefined {
  try {
    const { pid, children } = JSON.parse(readFileSync(statePath(data), 'utf8')) as RunState;
    const isState = Number.isSafeInteger(pid) && pid > 1 && Array.isArray(children);
    return isState ? { pid, children } : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/** Ended, but not collected by its parent: in a container perhaps for ever. Known on Linux only. */
function isZombie(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  try {
    return existsSync(path) && /\) Z [^)]*$/.test(readFileSync(path, 'latin1'));
  } catch {
    // It went away in between.
    return true;
  }
}

/**
 * Processes of an "up" that was killed notice it and stop by themselves. Waits for that, but not
 * for ever: a process id may have been given to another program since.
 */
export async function waitForOrphans(
  data: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const orphans = readRunState(data)?.children ?? [];
  const remain = (): boolean => orphans.some(({ pid }) => isAlive(pid));
  if (remain()) say('waiting for the processes of an "up" that was killed to stop ...');
  const deadline = performance.now() + timeoutMs;
  while (remain() && performance.now() < deadline) {
    const goesOn = await sleep(50, signal);
    if (!goesOn) return;
  }
}
