/** The command line as users start it: real processes through the launcher `./tecp`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ReadyReport } from '#cli/network/report.ts';
import { isAlive } from '#service/is-alive.ts';
import { freeBasePort } from './ports.ts';
import { childEnvironment, ROOT } from './processes.ts';
import { until } from './wait.ts';

export const TECP = join(ROOT, 'tecp');

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Beside the variables of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty when absent. */
  readonly input?: Uint8Array | string;
}

export function spawnTecp(
  args: readonly string[],
  options: Pick<CommandOptions, 'cwd' | 'env'> = {},
): ChildProcess {
  return spawn(TECP, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...childEnvironment(), TECP_NODE: process.execPath, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs a command to its end. */
export async function tecp(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawnTecp(args, options);
  const stdin = child.stdin!;
  // The command may end before it has read everything.
  stdin.on('error', () => undefined);
  stdin.end(options.input);
  return await resultOf(child);
}

/** What a process answers, once it has ended and closed its output. */
export async function resultOf(child: ChildProcess): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  return { code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** Starts a network in the background; whoever calls this stops it with `stopNetwork`. */
export async function startNetwork(
  data: string,
  args: readonly string[] = [],
): Promise<ReadyReport> {
  const port = await freeBasePort();
  const options = ['--data', data, '--port', String(port), ...args];
  const { code, stdout, stderr } = await tecp(['up', ...options, '--detach', '--json']);
  if (code !== 0) throw new Error(`tecp up: exit code ${code}: ${stderr}`);
  return JSON.parse(stdout.toString()) as ReadyReport;
}

/** Ends every process of a network, in whatever state it is. */
export async function stopNetwork(report: ReadyReport): Promise<void> {
  const { up, log, witnesses, monitor, explorer } = report.pids;
  const pids = [up, log, ...witnesses, monitor, ...(explorer === undefined ? [] : [explorer])];
  for (const pid of pids) kill(pid, 'SIGKILL');
  await untilGone(pids);
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function untilGone(pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive), { what: `the end of ${pids.join(', ')}` });
}
