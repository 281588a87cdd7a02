/**
 * Overload: a log server that is offered ten times what it can do, that holds thousands of connections on
 * which nothing moves or one byte a second, and whose witnesses hang while a thousand clients wait for
 * proofs. It goes on doing what it can, in bounded memory, says within a second that it lives, and is as
 * before when it is over.
 *
 *     ./tecp torture overload [--seconds 60]
 *
 * What it can do is counted by its own processor time: the clients want the same processors.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { sleep } from '#service/schedule.ts';
import { httpRequest, type LoadOptions, type LoadResult } from '#test/bench/support/load-client.ts';
import { processorMs, residentMiB } from '#test/bench/support/processor-time.ts';
import { freshReceipt } from '#test/support/log.ts';
import { TestNetwork } from '#test/support/network.ts';
import { TestProcess } from '#test/support/processes.ts';
import { timed } from '#test/support/stretch.ts';
import { PATIENT } from '#test/support/wait.ts';
import { printTable, scale } from './scale.ts';

const SECONDS = scale('seconds', 4);
const CONNECTIONS = 64;
const TIMES = 10;
const IDLE = 5000;
const SLOW = 500;
const WAITERS = 1000;
/** The short form runs on machines with far too much to do, for seconds: it sees what collapses or hangs. */
const IS_SHORT = SECONDS < 30;
const HEALTHY_WITHIN_MS = IS_SHORT ? 10_000 : 1000;
/** Of what it does for each second of its processor time when nobody troubles it. */
const GOODPUT = IS_SHORT ? 0.4 : 0.8;
const MAX_MEMORY_MIB = 600;
const ASK_EVERY_MS = 100;
const WARM_UP = 2000;
/** So that opening connections is not what costs most. */
const LEAST = 5000;
const SLOW_CLIENTS = fileURLToPath(new URL('./slow-clients.ts', import.meta.url));

const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

let network: TestNetwork;
let generator: ChildProcess;

beforeEach(async () => {
  network = await TestNetwork.create();
  network.log.edit((config) => {
    // What it does with too much is the subject, not how it refuses a client that wants too much.
    config.limits = { submissions: { per_second: 1_000_000, burst: 1_000_000 } };
  });
  await network.start([network.log, ...network.witnesses]);
  await network.takesEntries();
  generator = fork(new URL('../bench/support/load-process.ts', import.meta.url), {
    serialization: 'advanced',
  });
});

afterEach(() => {
  generator.kill();
});

/** Fresh receipts, each submitted once. */
async function submit(count: number, load: Omit<LoadOptions, 'port' | 'requests'>) {
  const requests = Array.from({ length: count }, () =>
    httpRequest('POST', '/v1/log/entries', freshReceipt(), { 'content-type': 'application/json' }),
  );
  const answer = new Promise<{ result: LoadResult; error?: string }>((resolve) => {
    generator.once('message', resolve);
  });
  generator.send({ ...load, requests, port: Number(new URL(network.log.url).port) });
  const { result, error } = await answer;
  if (error !== undefined) throw new Error(error);
  const others = [...result.statuses.keys()].filter((status) => status !== 200 && status !== 503);
  expect(others).toEqual([]);
  return result;
}

/** Milliseconds until a client with an address of its own hears that the server lives. */
async function askHealth(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const url = `${new URL(network.log.url).origin}/healthz`;
    const asked = request(url, { localAddress: '127.0.0.2', agent: false });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(answer.statusCode)));
    });
    asked.end();
  });
}

/** The longest wait of all, on a machine with nothing else to do. */
async function watchHealth(signal: AbortSignal): Promise<number> {
  let worstMs = 0;
  do {
    const { tookMs, stretch } = await timed(askHealth);
    worstMs = Math.max(worstMs, tookMs / stretch);
  } while (await sleep(ASK_EVERY_MS, signal));
  return worstMs;
}

/** One thing after another that is done to it, each a row of the table. */
class Phases {
  readonly rows: (string | number)[][] = [
    ['', 'granted', 'refused', 'a second', 'for 1 s of processor', 'health, ms', 'memory, MiB'],
  ];
  #alone: number | undefined;

  /** The first one says what it can do; none of the others may come to much less. */
  async run(name: string, load: () => Promise<LoadResult>): Promise<LoadResult> {
    const pid = network.log.process.pid!;
    const stop = new AbortController();
    const watching = watchHealth(stop.signal);
    const beforeMs = processorMs(pid);
    const result = await load();
    const spentSeconds = (processorMs(pid) - beforeMs) / 1000;
    stop.abort();
    const worstMs = await watching;
    const granted = result.statuses.get(200) ?? 0;
    const perProcessorSecond = granted / spentSeconds;
    const memory = residentMiB(pid).peak;
    this.rows.push([
      name,
      granted,
      result.statuses.get(503) ?? 0,
      (granted / result.seconds).toFixed(0),
      perProcessorSecond.toFixed(0),
      worstMs.toFixed(0),
      memory.toFixed(0),
    ]);
    this.#alone ??= perProcessorSecond;
    expect(perProcessorSecond, name).toBeGreaterThan(GOODPUT * this.#alone);
    expect(worstMs, `${name}: health`).toBeLessThan(HEALTHY_WITHIN_MS);
    expect(memory, `${name}: MiB`).toBeLessThan(MAX_MEMORY_MIB);
    return result;
  }
}

/** A process with clients that are slow, for as long as the work takes. */
async function amongSlowClients<T>(work: () => Promise<T>): Promise<T> {
  const { port } = new URL(network.log.url);
  const clients = new TestProcess({
    name: 'slow',
    args: [SLOW_CLIENTS, port, `${IDLE}`, `${SLOW}`],
  });
  clients.start();
  try {
    await clients.until(async () => clients.lines.includes('open'));
    return await work();
  } finally {
    await clients.stop('SIGKILL');
  }
}

/** Witnesses that neither answer nor hang up, and clients that wait for them. */
async function amongWaiters<T>(work: () => Promise<T>): Promise<T> {
  const args = [support('waiting-clients.ts'), network.log.url, String(WAITERS)];
  const clients = new TestProcess({ name: 'waiting', args });
  const signal = (name: NodeJS.Signals): void => {
    for (const { process: witness } of network.witnesses) process.kill(witness.pid!, name);
  };
  signal('SIGSTOP');
  try {
    clients.start();
    const result = await work();
    await clients.ended;
    // Each has its index, and no proof: there was no quorum.
    expect(clients.lines).toContain(JSON.stringify({ outcomes: { 503: WAITERS }, indices: 0 }));
    return result;
  } finally {
    signal('SIGCONT');
    await clients.stop('SIGKILL');
  }
}

// Of the loopback addresses macOS has only one, and no /proc.
it.skipIf(process.platform !== 'linux')('does what it can when it is asked for more', async () => {
  const phases = new Phases();
  const little = { connections: CONNECTIONS };
  const warm = await submit(WARM_UP, little);
  const perSecond = WARM_UP / warm.seconds;
  const count = Math.max(LEAST, Math.ceil(perSecond * SECONDS));
  try {
    await phases.run('alone', () => submit(count, little));
    await phases.run(`${TIMES} times as much`, () =>
      submit(count, { connections: TIMES * CONNECTIONS, ratePerSecond: TIMES * perSecond }),
    );
    await amongSlowClients(() =>
      phases.run(`${IDLE} silent and ${SLOW} slow clients`, () => submit(count, little)),
    );
    await amongWaiters(() =>
      phases.run(`${WAITERS} waiters, and witnesses that hang`, () => submit(count, little)),
    );
    await phases.run('afterwards', () => submit(count, little));
  } finally {
    printTable(`a log server with too much to do, ${SECONDS} s each`, phases.rows);
  }
  const client = new LogClient(network.log.url, PATIENT);
  const { leaf_index: last } = await client.submit(freshReceipt(), { waitForProof: true });
  await network.published(last + 1);
  const source = new HttpTileSource(network.log.url, PATIENT);
  const entries = entryTypes(['tecp-receipt']);
  const { problems } = await checkLog(source, { policy: network.policy, entryTypes: entries });
  expect(problems).toEqual([]);
});
