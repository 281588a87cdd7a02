/**
 * What does not get worse as a log grows: room beside the entries, entries a second, a proof by leaf hash,
 * the start, and memory. One log of random entries, about as large as receipts, at every power of ten up to the last size.
 *
 *     ./tecp bench growth [--to 100000] [--bytes 700] [--workers 2]
 *
 * It grows by its sequencer in batches of 5,000 that are not synced. At each size: 800 batches of 50, as under load,
 * after one that a start makes slower; then a log server, a process of its own, is asked for proofs of random leaves
 * by their hashes, each once.
 */
import { parseArgs } from 'node:util';
import { toHex } from '#protocol/bytes.ts';
import { type BatchTimes, GrownLog } from './support/grown-log.ts';
import { httpRequest, percentile } from './support/load-client.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { residentMiB } from './support/processor-time.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: '100000' },
    bytes: { type: 'string', default: '700' },
    workers: { type: 'string', default: '2' },
  },
});
const TO = Number(values.to);
const BYTES = Number(values.bytes);
/** Receipts differ by some tens of bytes. */
const SPREAD = BYTES >= 100 ? 60 : 1;
const SIZES = [...[1e4, 1e5, 1e6, 1e7].filter((size) => size < TO), TO];
/** So many that SQLite moves its write-ahead log into the database several times while they are measured. */
const BATCHES = 800;
const BATCH = 50;
const PROOFS = 2000;
const CONNECTIONS = 16;

const rows: Row[] = [];

/** Said at once, too: the largest sizes take a while. */
function add(row: Row): void {
  rows.push(row);
  console.error(`${row.what}: ${row.figure}`);
}

const load = new LoadGenerator();
const log = new GrownLog(() => BYTES - SPREAD / 2 + Math.floor(SPREAD * Math.random()));

interface Measured {
  readonly size: number;
  readonly batches: BatchTimes;
  readonly p95Ms: number;
}
let first: Measured | undefined;
let second: Measured | undefined;

for (const size of SIZES) {
  const growth = await log.growTo(size, 5000, false);
  const batches = await log.growTo(size + (1 + BATCHES) * BATCH, BATCH, true);
  const { all, tables } = log.bytesBeyondEntries();
  const parts = [...tables].map(([name, bytes]) => `${name} ${bytes.toFixed(0)}`).join(', ');
  const at = `at ${size.toLocaleString('en')}`;
  const rate = (times: BatchTimes) => times.entries / (times.elapsedMs / 1000);
  const eachUs = ({ processorMs, entries }: BatchTimes) => (1000 * processorMs) / entries;
  add({
    what: `${at}: bytes an entry beside it (${parts})`,
    figure: `${all.toFixed(1)} bytes`,
    ratio: all,
    of: 'bytes',
    ...(size >= 1e5 && { atMost: 120 }),
  });
  add({
    what: `${at}: sequencing in batches of 5,000, processor time of an entry`,
    figure: `${eachUs(growth).toFixed(1)} us`,
  });
  add({
    what: `${at}: the same in batches of ${BATCH}, worst batch ${batches.worstMs.toFixed(0)} ms`,
    figure: `${eachUs(batches).toFixed(1)} us`,
    ...(second && {
      ratio: eachUs(second.batches) / eachUs(batches),
      of: 'x the rate at 100,000 by processor time',
      atLeast: 0.8,
    }),
  });
  add({
    what: `${at}: the first of them after a start`,
    figure: `${batches.firstMs.toFixed(0)} ms`,
  });
  add({
    what: `${at}: entries a second, each batch of ${BATCH} synced`,
    figure: `${rate(batches).toFixed(0)}/s`,
    ...(second && { ratio: rate(batches) / rate(second.batches), of: 'x that at 100,000' }),
  });
  const p95Ms = await serve(at);
  const measured = { size, batches, p95Ms };
  first ??= measured;
  if (size === 1e5) second = measured;
}
await load.close();
report(rows);

async function serve(at: string): Promise<number> {
  const server = await log.serve(Number(values.workers));
  try {
    const requests = Array.from({ length: PROOFS }, () => {
      const leaf = log.sample[Math.floor(Math.random() * log.sample.length)]!;
      return httpRequest('GET', `/v1/log/proof?leaf=${toHex(leaf)}`);
    });
    const warm = requests.slice(0, 200);
    await load.run({ port: server.port, connections: CONNECTIONS, requests: warm });
    const proofs = await load.measure(server.pid, {
      port: server.port,
      connections: CONNECTIONS,
      requests,
    });
    const p95Ms = percentile(proofs.latenciesMs, 0.95);
    add({
      what: `${at}: proof by leaf hash, server processor time`,
      figure: `${proofs.serverUs.toFixed(0)} us`,
    });
    add({
      what: `${at}: the same, p95 with ${CONNECTIONS} connections`,
      figure: `${p95Ms.toFixed(1)} ms`,
      ...(first && { ratio: p95Ms / first.p95Ms, of: 'x that at 10,000', atMost: 2 }),
    });
    const { peak } = residentMiB(server.pid);
    add({
      what: `${at}: resident memory, at most`,
      figure: `${peak.toFixed(0)} MiB`,
      ratio: peak,
      of: 'MiB',
      atMost: 300,
    });
    add({
      what: `${at}: ready after`,
      figure: `${server.readyMs.toFixed(0)} ms`,
      ratio: server.readyMs / 1000,
      of: 's',
      atMost: 1,
    });
    return p95Ms;
  } finally {
    await server.stop();
  }
}
