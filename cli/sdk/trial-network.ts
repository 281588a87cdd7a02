/** A network of `tecp up` for as long as something needs a log: in a folder and on ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '#cli/lib/errors.ts';
import type { ReadyReport } from '#cli/network/report.ts';
import { ROOT } from './languages.ts';

/** Below the ports that systems give to clients. */
const PORTS = { from: 10_000, to: 31_900 };
/** Somebody else may listen on a port that was chosen at random. */
const MAX_TRIES = 5;

export interface TrialNetwork {
  readonly logUrl: string;
  readonly policyPath: string;
}

/** Runs `work` with a network, which is gone afterwards, and also when this process is ended. */
export async function withTrialNetwork<T>(work: (network: TrialNetwork) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tecp-trial-'));
  const network = await start(folder);
  const stop = () => network.child.kill('SIGTERM');
  const stopAndEnd = () => process.exit(143);
  process.once('exit', stop);
  process.once('SIGTERM', stopAndEnd);
  try {
    const { urls, policy } = network.report;
    return await work({ logUrl: urls.log, policyPath: policy });
  } finally {
    process.off('exit', stop);
    process.off('SIGTERM', stopAndEnd);
    await end(network.child);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly report: ReadyReport;
}

async function start(folder: string): Promise<Started> {
  for (let tries = 1; ; tries++) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const started = await tryStart(join(folder, String(tries)), port);
    if (!(started instanceof Error)) return started;
    if (tries < MAX_TRIES) continue;
    rmSync(folder, { recursive: true, force: true });
    throw started;
  }
}

async function tryStart(data: string, port: number): Promise<Started | CommandError> {
  const args = ['up', '--json', '--data', data, '--port', String(port)];
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  let line = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    line += text;
    if (line.endsWith('\n')) return { child, report: JSON.parse(line) as ReadyReport };
  }
  await end(child);
  return new CommandError(`The trial network does not start:\n${words.trimEnd()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
