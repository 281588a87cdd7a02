/** The network that `tecp up` makes, its processes started here, without the monitor. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { portsOf, rolesOf } from '#cli/lib/layout.ts';
import { generateNetwork } from '#cli/network/generate.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { loadConfig } from '#service/config.ts';
import { tempFolder } from '#test/support/temp.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { builtProgram } from './built-package.ts';

export interface BenchNetwork {
  readonly folder: string;
  readonly logPort: number;
  readonly policyPath: string;
  /** Process id of the log server. */
  readonly logPid: number;
  stop(): Promise<void>;
}

const WITNESSES = 3;

/** `intervalMs` is that of its checkpoints; that of `tecp up` if absent. */
export async function startBenchNetwork(intervalMs?: number): Promise<BenchNetwork> {
  const folder = tempFolder();
  const base = await makeBenchNetwork(folder, intervalMs);
  const program = builtProgram();
  const children = rolesOf(folder, WITNESSES)
    .filter(({ kind }) => kind !== 'monitor')
    .map(({ kind, config }) => fork(program, [kind, '--config', config], { silent: true }));
  const stop = async () => {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilPublished(base);
  } catch (error) {
    await stop();
    throw error;
  }
  const policyPath = join(folder, 'policy.txt');
  return { folder, logPort: base, policyPath, logPid: children[0]!.pid!, stop };
}

/** The files and databases of a network whose processes nobody has started. Returns its base port. */
export async function makeBenchNetwork(folder: string, intervalMs?: number): Promise<number> {
  const base = await freeBasePort();
  for (const { path, content, mode } of generateNetwork(base, WITNESSES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), changed(content, intervalMs), { mode });
  }
  for (const { kind, config } of rolesOf(folder, WITNESSES)) {
    if (kind === 'log') await initLog(loadConfig(config, logServerConfigSchema));
    if (kind === 'witness') initWitness(loadConfig(config, witnessConfigSchema));
  }
  return base;
}

/** Without limits on what one client may ask, as all that is measured comes from one. */
function changed(content: string, intervalMs: number | undefined): string {
  const unlimited = content.replace(
    /\b(per_second|burst|requests_per_second): \d+/g,
    '$1: 10000000',
  );
  if (intervalMs === undefined) return unlimited;
  return unlimited.replace(/^( +checkpoint:\n +interval_ms:) \d+$/m, `$1 ${intervalMs}`);
}

/** Tells a process to stop, and waits until it has. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function untilPublished(port: number): Promise<void> {
  const deadlineMs = performance.now() + 120_000;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`http://127.0.0.1:${port}/checkpoint`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no checkpoint within two minutes');
}

/** A base port from which all ports of the network are free at the moment. */
async function freeBasePort(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 20_000);
    const ports = [...portsOf(base, WITNESSES).values()];
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
}

/** A port that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
