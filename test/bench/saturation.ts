/**
 * How long anybody waits at a witness that has more to do than it can.
 *
 *     ./tecp bench saturation [--seconds N]
 *
 * Connections that stay open have it sign without a pause, while new clients come one by one, two
 * hundred at once, and one by one from another address. The load generator shares the processors with the
 * witness.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup, witnessSetup } from '#test/support/witness.ts';
import { initWitness } from '#witness/init.ts';
import { builtProgram } from './support/built-package.ts';
import { httpRequest, percentile, runLoad } from './support/load-client.ts';
import { end, freePort } from './support/network.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const DURATION_MS = Number(values.seconds) * 1000;
const OPEN_CONNECTIONS = 64;
const AT_ONCE = 200;
const PAUSE_MS = 20;
/** On macOS it has to be made first: `ifconfig lo0 alias 127.0.0.2`. */
const OTHER_ADDRESS = '127.0.0.2';
const SIZE = 1000;
const WORST_MS = 1000;

/** Milliseconds from the first packet of a new client to the first bytes of its answer. */
async function newClient(port: number, request: Uint8Array, from?: string): Promise<number> {
  const startedMs = performance.now();
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, localAddress: from });
    socket.once('connect', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve(performance.now() - startedMs);
    });
  });
}

async function requestOf(log: MemoryLog, oldSize: number): Promise<Buffer> {
  const body = encodeUtf8(formatAddCheckpoint(await log.request(oldSize)));
  return httpRequest('POST', '/add-checkpoint', body);
}

/** Waits of new clients of each kind, while `isOn` holds. */
async function probe(port: number, sign: Buffer, isOn: () => boolean) {
  const health = httpRequest('GET', '/healthz');
  const one = { health: [] as number[], sign: [] as number[], elsewhere: [] as number[] };
  const many: number[] = [];
  const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const repeat = async (waits: number[], request: Buffer, from?: string) => {
    for (; isOn(); await pause()) waits.push(await newClient(port, request, from));
  };
  const repeatMany = async () => {
    for (; isOn(); await pause()) {
      const all = Array.from({ length: AT_ONCE }, () => newClient(port, sign));
      many.push(...(await Promise.all(all)));
    }
  };
  await Promise.all([
    repeat(one.health, health),
    repeat(one.sign, sign),
    repeat(one.elsewhere, sign, OTHER_ADDRESS),
    repeatMany(),
  ]);
  return {
    'health, new': one.health,
    'new': one.sign,
    'new, 200 at once': many,
    'new, other address': one.elsewhere,
  };
}

function rowsOf(waits: Readonly<Record<string, readonly number[]>>): Row[] {
  return Object.entries(waits).map(([who, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    const [p50, p95, worst] = [0.5, 0.95, 1].map((share) => percentile(sorted, share));
    const figure = `p50 ${p50!.toFixed(0)} ms, p95 ${p95!.toFixed(0)} ms, of ${all.length}`;
    return { what: `worst answer: ${who}`, figure, ratio: worst!, of: 'ms', atMost: WORST_MS };
  });
}

const cleanup = new Cleanup();
try {
  const folder = cleanup.folder();
  const log = new MemoryLog().growTo(SIZE);
  const { config } = witnessSetup(folder, [log]);
  const port = await freePort();
  const { database, keys } = config;
  const path = join(folder, 'witness.yaml');
  const logs = [{ vkey: log.key.verifier.text }];
  const limits = { requests_per_second: 1_000_000 };
  writeFileSync(
    path,
    stringify({ listen: { port }, log_level: 'error', database, keys, logs, limits }),
  );
  initWitness(config);
  const witness = fork(builtProgram(), ['witness', '--config', path], { silent: true });
  cleanup.add(() => end(witness));
  await until(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
  await newClient(port, await requestOf(log, 0));
  const sign = await requestOf(log, SIZE);
  const endMs = performance.now() + DURATION_MS;
  const isOn = () => performance.now() < endMs;
  const open: number[] = [];
  const keepBusy = async () => {
    const requests = Array.from({ length: OPEN_CONNECTIONS * 10 }, () => sign);
    while (isOn()) {
      const load = await runLoad({ port, connections: OPEN_CONNECTIONS, requests });
      open.push(...load.latenciesMs);
    }
  };
  const [, waits] = await Promise.all([keepBusy(), probe(port, sign, isOn)]);
  report(rowsOf({ 'an open connection': open, ...waits }));
} finally {
  await cleanup.run();
}
