/**
 * Updates per second of a witness: a real process, every log growing by one checkpoint in each round, so
 * each answer needs a commit that is synced. Beside it stand the durable transactions of this machine's
 * SQLite, one after another, measured in the same run. A second line is of requests one
 * at a time, of which none shares a commit with another; a third of how long the witness took to start,
 * and how much memory at most. It is started as operators do, with what the launcher tells Node.js.
 *
 *     ./tecp bench witness [--logs 1000] [--rounds 3] [--connections 64]
 */
import { spawn } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES, type KeyType } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { TECP } from '#test/support/cli.ts';
import type { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { httpRequest, type LoadResult, percentile, runLoad } from './support/load-client.ts';
import { manyLogs, prepareWitness } from './support/many-logs.ts';
import { end } from './support/network.ts';
import { residentMiB } from './support/processor-time.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({
  options: { logs: option('1000'), rounds: option('3'), connections: option('64') },
});
const [LOGS, ROUNDS, CONNECTIONS] = [values.logs, values.rounds, values.connections].map(Number);
const KINDS: Readonly<Record<string, readonly KeyType[]>> = {
  'Ed25519 only': [KEY_TYPES.cosignatureEd25519],
  'Ed25519 and ML-DSA-44': [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44],
};
const cleanup = new Cleanup();

/** Commits of one small row each, every one synced. */
function transactionsPerSecond(folder: string): number {
  const db = new Database(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, note TEXT)');
  const put = db.prepare('INSERT INTO rows (note) VALUES (?)');
  const note = 'x'.repeat(4000);
  const [startMs, count] = [performance.now(), 500];
  for (let i = 0; i < count; i++) put.run(note);
  const seconds = (performance.now() - startMs) / 1000;
  db.close();
  return count / seconds;
}

async function startProcess(folder: string, logs: readonly MemoryLog[], types: readonly KeyType[]) {
  const { path, port } = prepareWitness(folder, logs, types);
  const startMs = performance.now();
  const env = { ...process.env, TECP_NODE: process.execPath };
  const child = spawn(TECP, ['witness', '--config', path], { stdio: 'ignore', env });
  cleanup.add(() => end(child));
  await until(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
  const startSeconds = (performance.now() - startMs) / 1000;
  return { port, pid: child.pid!, startSeconds, stop: () => end(child) };
}

/** The requests by which every log grows from one size to the next. */
async function growth(logs: readonly MemoryLog[], from: number): Promise<Buffer[]> {
  const requests: Buffer[] = [];
  for (const log of logs) {
    const body = formatAddCheckpoint(await log.request(from, from + 1));
    requests.push(httpRequest('POST', '/add-checkpoint', encodeUtf8(body)));
  }
  return requests;
}

async function measure(port: number, requests: readonly Buffer[], connections: number) {
  const result = await runLoad({ port, connections, requests });
  const others = [...result.statuses].filter(([status]) => status !== 200);
  if (others.length > 0) throw new Error(`answers other than 200: ${String(others)}`);
  return result;
}

function print(what: string, { seconds, latenciesMs }: LoadResult, bare: number): void {
  const perSecond = latenciesMs.length / seconds;
  const cells = [
    perSecond.toFixed(0),
    ...[0.5, 0.95, 0.99].map((share) => percentile(latenciesMs, share).toFixed(1)),
    `${((100 * perSecond) / bare).toFixed(0)}%`,
  ];
  console.log(what.padEnd(46) + cells.map((cell) => cell.padStart(10)).join(''));
}

try {
  const sizes = ROUNDS! + 2;
  const logs = manyLogs(LOGS!, sizes);
  const bare = transactionsPerSecond(cleanup.folder());
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  console.log(`${availableParallelism()} processors (${cpu}), Node ${process.versions.node}`);
  console.log(
    `load average at the start: ${loadavg()[0]!.toFixed(1)}; the load generator shares them`,
  );
  console.log(`durable SQLite transactions per second, one after another: ${bare.toFixed(0)}\n`);
  const head = ['per second', 'p50 ms', 'p95 ms', 'p99 ms', 'of SQLite'];
  console.log(''.padEnd(46) + head.map((cell) => cell.padStart(10)).join(''));
  for (const [name, types] of Object.entries(KINDS)) {
    const { port, pid, startSeconds, stop } = await startProcess(cleanup.folder(), logs, types);
    await measure(port, await growth(logs, 0), CONNECTIONS!);
    const rounds: Buffer[] = [];
    for (let from = 1; from <= ROUNDS!; from++) rounds.push(...(await growth(logs, from)));
    const all = await measure(port, rounds, CONNECTIONS!);
    print(`${LOGS} logs, ${CONNECTIONS} at once, ${name}`, all, bare);
    const few = (await growth(logs, ROUNDS! + 1)).slice(0, 500);
    print('  one at a time: no commit is shared', await measure(port, few, 1), bare);
    const started = `  started in ${startSeconds.toFixed(1)} s`;
    console.log(`${started}; at most ${residentMiB(pid).peak.toFixed(0)} MiB resident`);
    await stop();
  }
} finally {
  await cleanup.run();
}
