/**
 * Processor time that the installed package takes to start: a command that ends, and each server until it
 * says that it listens, with all of its threads.
 *
 *     ./tecp bench startup [--starts N]
 *
 * A first start is one without compiled code that
 * an earlier one kept. Every figure is the median of the starts, and stands beside that of Node.js alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { rolesOf } from '#cli/lib/layout.ts';
import { childEnvironment, ROOT } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { builtPackage } from './support/built-package.ts';
import { makeBenchNetwork } from './support/network.ts';
import { processorMs } from './support/processor-time.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({ options: { starts: { type: 'string', default: '7' } } });
const STARTS = Number(values.starts);
const READY = /"msg":"(the log server is listening|ready)"/;

const folder = tempFolder();
const own = join(folder, 'tecp');
// A copy, as what it has compiled is deleted again and again.
cpSync(builtPackage(), own, { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(own, 'node_modules'));
const program = join(own, 'bin/tecp.cjs');
const kept = join(own, 'dist/.node');
const env = { ...childEnvironment(), NODE_V8_COVERAGE: '' };

/** Milliseconds of all processes that have ended here, from Linux. */
function childrenMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** The clock of Linux ticks every 10 ms: so all starts together, divided. */
function command(args: readonly string[], before: () => void = () => undefined): number {
  const startMs = childrenMs();
  for (let i = 0; i < STARTS; i++) {
    before();
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  }
  return (childrenMs() - startMs) / STARTS;
}

async function serverStart(kind: string, config: string): Promise<number> {
  const args = [program, kind, '--config', config];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let isReady = false;
  for await (const line of createInterface(child.stdout)) {
    isReady = READY.test(line);
    if (isReady) break;
  }
  if (!isReady) throw new Error(`tecp ${kind} ended before it listened`);
  const ms = processorMs(child.pid!);
  child.kill('SIGTERM');
  child.stdout.resume();
  await ended;
  return ms;
}

async function server(kind: string, before: () => void = () => undefined): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    before();
    const { config } = rolesOf(folder, 1).find((role) => role.kind === kind)!;
    times.push(await serverStart(kind, config));
  }
  return times.sort((a, b) => a - b)[STARTS >> 1]!;
}

await makeBenchNetwork(folder);
const bare = command(['-e', '0']);
const forget = () => rmSync(kept, { recursive: true, force: true });
const row = (what: string, ms: number): Row => {
  return { what, figure: `${ms.toFixed(0)} ms`, ratio: ms / bare, of: 'x node -e 0' };
};
const rows = [row('node -e 0', bare)];
rows.push(row('tecp --version, first start', command([program, '--version'], forget)));
rows.push(row('tecp --version', command([program, '--version'])));
for (const kind of ['log', 'witness', 'monitor']) {
  rows.push(row(`tecp ${kind} until it listens, first start`, await server(kind, forget)));
  rows.push(row(`tecp ${kind} until it listens`, await server(kind)));
}
rmSync(folder, { recursive: true, force: true });
report(rows);
