/**
 * Makes the n-th call of a kind on certain files of a process fail, in both meanings of a failure: it was
 * not carried out (strace), or it was, and only its answer is wrong (a preloaded library, as strace cannot
 * do that). Everything else that the process does is left alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { shimPath } from './tools.ts';

export const CALLS = [
  'write',
  'pwrite64',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'unlink',
  'openat',
] as const;
export type Call = (typeof CALLS)[number];

export const ERRORS = ['EIO', 'ENOSPC'] as const;
export const MEANINGS = ['not done', 'done'] as const;

export interface Fault {
  readonly call: Call;
  /** Which one of these calls, from 1: of one thread if it is not done, of all if it is. */
  readonly nth: number;
  readonly error: (typeof ERRORS)[number];
  readonly meaning: (typeof MEANINGS)[number];
}

/** How to start a process so that something happens to its calls, and what has happened. */
export interface Injection {
  readonly env: Readonly<Record<string, string>>;
  readonly under: readonly string[];
  /** After the process has ended: whether the call was made that had to fail. */
  wasReached(pid: number): Promise<boolean>;
}

/** Words that run the rest of a line under strace; the child is the process itself, not its tracer. */
export function strace(output: string, paths: readonly string[], ...more: string[]): string[] {
  const only = paths.flatMap((path) => ['-P', path]);
  return ['strace', '-D', '-f', '--seccomp-bpf', '-q', '-o', output, ...only, ...more];
}

/** What strace has written, once the process that it traced has ended and it has noticed. */
export async function traceOf(output: string, pid: number): Promise<string> {
  const end = new RegExp(`^${pid} +(?:[\\d.]+ +)?\\+\\+\\+ (exited|killed)`, 'm');
  return await until(
    () => {
      const text = existsSync(output) ? readFileSync(output, 'latin1') : '';
      return end.test(text) && text;
    },
    { what: 'the end of what strace writes' },
  );
}

export function inject(fault: Fault, paths: readonly string[]): Injection {
  const { call, nth, error, meaning } = fault;
  const note = join(tempFolder(), 'note');
  if (meaning === 'not done') {
    const options = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${nth}`];
    return {
      env: {},
      under: strace(note, paths, ...options),
      wasReached: async (pid) => (await traceOf(note, pid)).includes('(INJECTED)'),
    };
  }
  const env = {
    LD_PRELOAD: shimPath(),
    TECP_FAULT_CALL: call,
    TECP_FAULT_NTH: String(nth),
    TECP_FAULT_PATHS: paths.join(':'),
    TECP_FAULT_ERRNO: String(constants.errno[error]),
    TECP_FAULT_HITS: note,
  };
  return { env, under: [], wasReached: async () => existsSync(note) };
}
