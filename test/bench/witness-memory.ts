/**
 * How much memory a witness takes that follows many logs: a real process with keys of both kinds, rounds
 * of add-checkpoint over all logs, then what it tells of itself. Prints resident memory beside its
 * limit, which is for 1,000 logs; exits with 1 above it.
 *
 *     node test/bench/witness-memory.ts [--logs 1000]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import type { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { builtProgram } from './support/built-package.ts';
import { manyLogs, prepareWitness } from './support/many-logs.ts';
import { end } from './support/network.ts';

/** 100 MB. */
const LIMIT_MIB = 100e6 / 2 ** 20;
const SIZES = [0, 4, 9, 12] as const;
const AT_ONCE = 16;

const { values } = parseArgs({ options: { logs: { type: 'string', default: '1000' } } });
const count = Number(values.logs);

/** Resident memory of a process in MiB: now, what of it no file backs, and the most it ever was. */
function residentOf(pid: number): { now: number; own: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
  return { now: field('VmRSS'), own: field('RssAnon'), peak: field('VmHWM') };
}

/** Every log offers the tree of this size, as often at a time as `AT_ONCE`. */
async function round(url: string, logs: readonly MemoryLog[], from: number, to: number) {
  const waiting = [...logs];
  const work = async (): Promise<void> => {
    for (let log = waiting.pop(); log !== undefined; log = waiting.pop()) {
      const body = formatAddCheckpoint(await log.request(from, to));
      const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startMs };
}

const line = (what: string, text: string) => console.log(`  ${what.padEnd(34)}${text}`);
const cleanup = new Cleanup();
try {
  const folder = cleanup.folder();
  const logs = manyLogs(count, SIZES.at(-1)!);
  const { path, port } = prepareWitness(folder, logs);
  const url = `http://127.0.0.1:${port}`;
  const { value: witness, ms: startMs } = await timed(async () => {
    const words = [builtProgram(), 'witness', '--config', path];
    const child = spawn(process.execPath, words, { stdio: 'ignore' });
    cleanup.add(() => end(child));
    const isReady = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(async () => child.exitCode !== null || (await isReady()));
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`);
    return child;
  });
  const resident = () => residentOf(witness.pid!);
  console.log(
    `\n${availableParallelism()} processors, Node ${process.versions.node}, ${count} logs`,
  );
  console.log(`load average at the start: ${loadavg()[0]!.toFixed(1)}\n`);
  line('ready', `${resident().now.toFixed(0)} MiB, after ${(startMs / 1000).toFixed(1)} s`);
  for (let i = 1; i < SIZES.length; i++) {
    const [from, to] = [SIZES[i - 1]!, SIZES[i]!];
    const { ms } = await timed(() => round(url, logs, from, to));
    const rate = ((count / ms) * 1000).toFixed(0);
    line(`add-checkpoint ${from} -> ${to}`, `${resident().now.toFixed(0)} MiB, ${rate}/s`);
  }
  for (const [what, target] of Object.entries({
    metrics: '/metrics',
    'description of itself': '/',
  })) {
    const headers = { accept: 'application/json' };
    const { value, ms } = await timed(async () =>
      (await fetch(`${url}${target}`, { headers })).text(),
    );
    const size = `${(value.length / 1e6).toFixed(2)} MB in ${ms.toFixed(0)} ms`;
    line(what, `${resident().now.toFixed(0)} MiB, ${size}`);
  }
  const ticks = readFileSync(`/proc/${witness.pid}/stat`, 'utf8').split(' ').slice(13, 15);
  line('processor time', `${ticks.reduce((sum, at) => sum + Number(at), 0) / 100} s`);
  const { now, own, peak } = resident();
  line('resident at the end, and at most', `${now.toFixed(0)} MiB, ${peak.toFixed(0)} MiB`);
  line('without files, as Node.js itself', `${own.toFixed(0)} MiB`);
  line('limit at 1,000 logs', `${LIMIT_MIB.toFixed(0)} MiB`);
  if (count <= 1000 && peak > LIMIT_MIB) process.exitCode = 1;
} finally {
  await cleanup.run();
}
