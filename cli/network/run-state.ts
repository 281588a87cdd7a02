/**
 * Which "up" runs on a data folder: a lock that ends with its process, and a file that says how its
 * processes are.
 *
 * The lock is the truth: it belongs to the kernel, so it is never left behind and no reused process
 * id can pass for a running network. The file only says whom to ask.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { say } from '#cli/lib/print.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { ConfigError } from '#service/errors.ts';
import { isAliveWith } from '#service/is-alive.ts';
import { sleep } from '#service/schedule.ts';

/** For the processes of an "up" that was killed to stop by themselves. */
export const ORPHANS_TIMEOUT_MS = 45_000;

/** How a role is: `stopped` on purpose, `dead` by itself and not started again. */
export type LifeState = 'running' | 'restarting' | 'stopping' | 'stopped' | 'dead';

export interface RoleState {
  readonly name: string;
  readonly state: LifeState;
  /** Of its process, while there is one. */
  readonly pid?: number;
  /** Unix time since when it is so. */
  readonly sinceMs: number;
  /** How often it was started again because it had ended by itself. */
  readonly restarts: number;
  /** Why it ended by itself, the last time that it did. */
  readonly reason?: string;
}

export interface RunState {
  /** The process that supervises the others. */
  readonly pid: number;
  readonly sinceMs: number;
  /** Whether the network has been ready. */
  readonly ready: boolean;
  /** Those that were started, in the order in which they were. */
  readonly roles: readonly RoleState[];
  /** Written by an "up" that is older than requests (`requests.ts`), and hears none. */
  readonly isDeaf?: true;
}

/** What an "up" wrote that could not start its processes again: as it started each kind. */
interface OldRunState {
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

/** Whether an "up" runs on this folder. Makes nothing in a folder where none ever did. */
export function isRunning(data: string): boolean {
  if (!existsSync(`${lockPath(data)}.lock`)) return false;
  const lock = tryLock(data);
  lock?.release();
  return lock === undefined;
}

/**
 * Whether the folder is still the one that was locked when this was made. Its lock file is held open,
 * so that no other file gets the same number while it is asked.
 */
export function folderWatch(data: string): () => boolean {
  const identity = (): string | undefined => {
    const stat = statSync(`${lockPath(data)}.lock`, { throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}`;
  };
  const locked = identity();
  return () => {
    try {
      return identity() === locked;
    } catch {
      // Not a folder any more, or none that may be looked into.
      return false;
    }
  };
}

/** For the holder of the lock, who alone writes here. */
export function writeRunState(data: string, state: RunState): void {
  const aside = `${statePath(data)}.new`;
  writeFileSync(aside, `${JSON.stringify(state)}\n`);
  renameSync(aside, statePath(data));
}

export function removeRunState(data: string): void {
  rmSync(statePath(data), { force: true });
}

/**
 * For whoever has just taken the lock: the file names this process from now on, and none that was
 * killed, whose id may be another program's by now. Returns what was left of an "up" that was killed.
 */
export function claimRunState(data: string): readonly RoleState[] {
  const left = (readRunState(data)?.roles ?? []).filter(({ pid }) => pid !== undefined);
  const roles = left.map((role): RoleState => ({ ...role, state: 'stopping' }));
  try {
    writeRunState(data, { pid: process.pid, sinceMs: Date.now(), ready: false, roles });
  } catch {
    // A full disk, say. Better no name than a wrong one.
    removeRunState(data);
  }
  return left;
}

/** What the last "up" wrote; undefined when there is nothing, or nothing that can be read. */
export function readRunState(data: string): RunState | undefined {
  try {
    const path = statePath(data);
    const state = JSON.parse(readFileSync(path, 'utf8')) as RunState | OldRunState;
    if (!Number.isSafeInteger(state.pid) || state.pid <= 1) return undefined;
    if ('children' in state) return fromOld(state, statSync(path).mtimeMs);
    return Array.isArray(state.roles) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** The monitor was started last, once all others did their job. */
function fromOld({ pid, children }: OldRunState, sinceMs: number): RunState {
  const roles = children.map((child): RoleState => {
    return { name: child.name, state: 'running', pid: child.pid, sinceMs, restarts: 0 };
  });
  const ready = roles.some(({ name }) => name === 'monitor');
  return { pid, sinceMs, ready, roles, isDeaf: true };
}

/** By the name of its configuration: a process id may have been given to another program since. */
function isOrphan({ name, pid }: RoleState): boolean {
  return pid !== undefined && isAliveWith(pid, (text) => basename(dirname(text)) === name);
}

/** Processes of an "up" that was killed notice it and stop by themselves. Waits for that, not for ever. */
export async function waitForOrphans(
  roles: readonly RoleState[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const remain = (): boolean => roles.some(isOrphan);
  if (remain()) say('waiting for the processes of an "up" that was killed to stop ...');
  const deadline = performance.now() + timeoutMs;
  while (remain() && performance.now() < deadline) {
    const goesOn = await sleep(50, signal);
    if (!goesOn) return;
  }
}
