/**
 * Speed of a log with three witnesses, each a process of its own, as `tecp up` configures them.
 *
 *     ./tecp bench speed [--entries N] [--monitor]
 *
 * Prints a table with its conditions. Absolute numbers belong to one machine and one moment, so
 * every rate stands beside the bare Ed25519 verification rate measured in the same run.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { verifyEd25519 } from '#crypto';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { freshReceipt } from '#test/support/log.ts';
import { verificationsOf, verifyInPool } from './bare-verification.ts';
import { httpRequest, type LoadResult, percentile, runLoad } from './support/load-client.ts';
import { type BenchNetwork, startBenchNetwork } from './support/network.ts';
import { residentMiB } from './support/processor-time.ts';

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '20000' }, monitor: { type: 'boolean' } },
});
const ENTRIES = Number(values.entries);
const CONNECTIONS = 64;
const BATCH_LINES = 1000;
const JSON_TYPE = { 'content-type': 'application/json' };

interface Row {
  readonly what: string;
  readonly perSecond: number;
  readonly latenciesMs?: readonly number[];
}
const rows: Row[] = [];

/** Verifications per second: one after the other as the log does it, and by `node:crypto` on its pool. */
async function verificationRates(): Promise<{ single: number; pool: number }> {
  const bodies = receipts(4000);
  const parsed = bodies.map((body) => parseReceipt(body));
  const verifications = verificationsOf(bodies);
  const startedMs = performance.now();
  for (const { publicKey, signedBytes, signature } of parsed) {
    if (!verifyEd25519(publicKey, signedBytes, signature)) throw new Error('does not verify');
  }
  const middleMs = performance.now();
  await verifyInPool(verifications);
  const endMs = performance.now();
  return {
    single: (bodies.length / (middleMs - startedMs)) * 1000,
    pool: (bodies.length / (endMs - middleMs)) * 1000,
  };
}

function receipts(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => freshReceipt());
}

function posts(bodies: readonly Uint8Array[], query = ''): Buffer[] {
  return bodies.map((body) => httpRequest('POST', `/v1/log/entries${query}`, body, JSON_TYPE));
}

function expectAll200({ statuses }: LoadResult, what: string): void {
  const others = [...statuses].filter(([status]) => status !== 200);
  if (others.length > 0) throw new Error(`${what}: answers other than 200: ${String(others)}`);
}

async function load(
  what: string,
  port: number,
  requests: readonly Buffer[],
  settings: { unitsEach?: number; connections?: number; ratePerSecond?: number } = {},
): Promise<number> {
  const { unitsEach = 1, connections = CONNECTIONS, ratePerSecond } = settings;
  const paced = ratePerSecond === undefined ? {} : { ratePerSecond };
  const result = await runLoad({ port, connections, requests, ...paced });
  expectAll200(result, what);
  const perSecond = (requests.length * unitsEach) / result.seconds;
  rows.push({ what, perSecond, latenciesMs: result.latenciesMs });
  return perSecond;
}

async function submissions(port: number): Promise<void> {
  const warmUp = posts(receipts(2000));
  await runLoad({ port, connections: CONNECTIONS, requests: warmUp });
  const requests = posts(receipts(ENTRIES));
  const max = await load('single submissions', port, requests);
  const half = posts(receipts(Math.floor(ENTRIES / 2)));
  await load('  at half of that rate', port, half, { ratePerSecond: max / 2 });
  await load('duplicates of them', port, requests.slice(0, ENTRIES / 2));
  await load('waiting for the cosigned proof', port, posts(receipts(ENTRIES / 4), '?wait=proof'));
  const batches = Array.from({ length: Math.ceil(ENTRIES / BATCH_LINES) }, () => {
    const body = Buffer.concat(receipts(BATCH_LINES).flatMap((line) => [line, Buffer.from('\n')]));
    return httpRequest('POST', '/v1/log/entries', body, { 'content-type': 'application/x-ndjson' });
  });
  const settings = { unitsEach: BATCH_LINES, connections: 4 };
  await load('entries in NDJSON batches of 1,000', port, batches, settings);
}

/** One submission at a time, each waiting for its proof: the time to a cosigned proof. */
async function proofLatency(port: number): Promise<void> {
  const requests = posts(receipts(50), '?wait=proof');
  await load('one submitter, one proof at a time', port, requests, { connections: 1 });
}

async function reads(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/checkpoint`);
  const { size } = parseCheckpoint(parseNote(await answer.text()).text);
  const fullTiles = Math.floor(size / 256);
  const index = (i: number) => String((i * 7919) % fullTiles).padStart(3, '0');
  const count = ENTRIES / 2;
  const get = (path: (i: number) => string, headers = {}) =>
    Array.from({ length: count }, (_, i) => httpRequest('GET', path(i), undefined, headers));
  await load(
    'checkpoint reads',
    port,
    get(() => '/checkpoint'),
  );
  await load(
    'full tile reads',
    port,
    get((i) => `/tile/0/${index(i)}`),
  );
  const gzip = { 'accept-encoding': 'gzip' };
  await load(
    'bundle reads, gzip',
    port,
    get((i) => `/tile/entries/${index(i)}`, gzip),
  );
  await load(
    'proofs by index',
    port,
    get((i) => `/v1/log/proof?index=${(i * 7919) % size}`),
  );
}

function print(rates: { single: number; pool: number }, network: BenchNetwork): void {
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  console.log(`\n${availableParallelism()} processors (${cpu}), Node ${process.versions.node}`);
  console.log(`load average at the end: ${loadavg()[0]!.toFixed(1)}`);
  console.log(`log, 3 witnesses${values.monitor ? ', monitor' : ''} and load generator share it`);
  console.log(`memory of the log server: ${residentMiB(network.logPid).now.toFixed(0)} MiB\n`);
  const cell = (text: string, width: number) => text.padStart(width);
  const line = (what: string, ...cells: string[]) =>
    console.log(what.padEnd(38) + cells.map((text) => cell(text, 12)).join(''));
  line('', 'per second', 'p50 ms', 'p95 ms', 'of bare');
  const number = (value: number, digits = 0) => value.toFixed(digits);
  const bare = (perSecond: number) => `${number((100 * perSecond) / rates.pool)}%`;
  line('bare verification, one thread', number(rates.single), '', '', bare(rates.single));
  line('bare verification, all processors', number(rates.pool), '', '', bare(rates.pool));
  for (const { what, perSecond, latenciesMs = [] } of rows) {
    const p50 = number(percentile(latenciesMs, 0.5), 1);
    const p95 = number(percentile(latenciesMs, 0.95), 1);
    line(what, number(perSecond), p50, p95, bare(perSecond));
  }
}

const rates = await verificationRates();
const network = await startBenchNetwork(values.monitor ?? false);
try {
  await submissions(network.logPort);
  await proofLatency(network.logPort);
  await reads(network.logPort);
  print(rates, network);
} finally {
  await network.stop();
}
