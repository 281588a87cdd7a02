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
import type { LoadOptions, LoadResult } from '#test/bench/support/load-client.ts';
import { processorMs, residentMiB } from '#test/bench/support/processor-time.ts';
import { freshReceipt } from '#test/support/log.ts';
import { TestNetwork } from '#test/support/network.ts';
import { TestProcess } from '#test/support/processes.ts';
import { timed } from '#test/support/stretch.ts';
import { PATIENT } from '#test/support/wait.ts';
import type { Done, Order } from './eager-clients.ts';
import { printTable, scale } from './scale.ts';

const SECONDS = scale('seconds', 4);
const CONNECTIONS = 64;
const TIMES = 10;
const IDLE = 5000;
const SLOW = 500;
const WAITERS = 1000;
/** The short form runs on machines with far too much to do, for seconds, and a second of that says less. */
const IS_SHORT = SECONDS < 30;
/** Connections of those who want too much: in the long form nearly as many as one address may have. */
const CROWD = IS_SHORT ? TIMES * CONNECTIONS : 4000;
const HEALTHY_WITHIN_MS = IS_SHORT ? 3000 : 1000;
/** Of the most that it does for each second of its processor time when nobody troubles it. */
const GOODPUT = IS_SHORT ? 0.5 : 0.8;
const MAX_MEMORY_MIB = 600;
const ASK_EVERY_MS = 100;
const WARM_UP = IS_SHORT ? 2000 : 20_000;
/** So that opening connections is not what costs most. */
const LEAST = 4000;
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
  generator = fork(new URL('./eager-clients.ts', import.meta.url), {
    serialization: 'advanced',
  });
});

afterEach(() => {
  generator.kill();
});

async function order(what: Order): Promise<LoadResult | undefined> {
  const answer = new Promise<Done>((resolve) => {
    generator.once('message', resolve);
  });
  generator.send(what);
  const { result, error } = await answer;
  if (error !== undefined) throw new Error(error);
  return result;
}

/** As many fresh receipts as were made for it, each submitted once. */
async function submit(load: Omit<LoadOptions, 'port' | 'requests'>): Promise<LoadResult> {
  const port = Number(new URL(network.log.url).port);
  const result = (await order({ submit: { ...load, port } }))!;
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
  /** Receipts for each second of its processor time, by phase. */
  readonly #goodput = new Map<string, number>();

  async run(name: string, load: Omit<LoadOptions, 'port' | 'requests'>): Promise<void> {
    const pid = network.log.process.pid!;
    const stop = new AbortController();
    const watching = watchHealth(stop.signal);
    const beforeMs = processorMs(pid);
    const result = await submit(load);
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
    this.#goodput.set(name, perProcessorSecond);
    expect(worstMs, `${name}: health`).toBeLessThan(HEALTHY_WITHIN_MS);
    expect(memory, `${name}: MiB`).toBeLessThan(MAX_MEMORY_MIB);
  }

  /** The first phase and the last one say what it can do; none comes to much less. */
  expectGoodput(): void {
    const all = [...this.#goodput.values()];
    const peak = Math.max(all[0]!, all.at(-1)!);
    for (const [name, goodput] of this.#goodput) {
      expect(goodput, name).toBeGreaterThan(GOODPUT * peak);
    }
  }
}

/** A process with clients that are slow, for as long as the work takes. */
async function amongSlowClients(work: () => Promise<void>): Promise<void> {
  const { port } = new URL(network.log.url);
  const clients = new TestProcess({
    name: 'slow',
    args: [SLOW_CLIENTS, port, `${IDLE}`, `${SLOW}`],
  });
  clients.start();
  try {
    await clients.until(async () => clients.lines.includes('open'));
    await work();
  } finally {
    await clients.stop('SIGKILL');
  }
}

/** Witnesses that neither answer nor hang up, and clients that wait for them. */
async function amongWaiters(work: () => Promise<void>): Promise<void> {
  const args = [support('waiting-clients.ts'), network.log.url, String(WAITERS)];
  const clients = new TestProcess({ name: 'waiting', args });
  const signal = (name: NodeJS.Signals): void => {
    for (const { process: witness } of network.witnesses) process.kill(witness.pid!, name);
  };
  signal('SIGSTOP');
  try {
    clients.start();
    await work();
    await clients.ended;
    // Each has its index, and no proof: there was no quorum.
    expect(clients.lines).toContain(JSON.stringify({ outcomes: { 503: WAITERS }, indices: 0 }));
  } finally {
    signal('SIGCONT');
    await clients.stop('SIGKILL');
  }
}

// Of the loopback addresses macOS has only one, and no /proc.
it.skipIf(process.platform !== 'linux')('does what it can when it is asked for more', async () => {
  const phases = new Phases();
  const usual = { connections: CONNECTIONS };
  await order({ make: WARM_UP });
  const warm = await submit(usual);
  const perSecond = WARM_UP / warm.seconds;
  const count = Math.max(LEAST, Math.ceil(perSecond * SECONDS));
  const run = async (name: string, load: Omit<LoadOptions, 'port' | 'requests'>) => {
    await order({ make: count });
    await phases.run(name, load);
  };
  try {
    await run('alone', usual);
    await run(`${TIMES} times as much`, {
      connections: CROWD,
      ratePerSecond: TIMES * perSecond,
    });
    await amongSlowClients(() => run(`${IDLE} silent and ${SLOW} slow clients`, usual));
    await amongWaiters(() => run(`${WAITERS} waiters, and witnesses that hang`, usual));
    await run('afterwards', usual);
    phases.expectGoodput();
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
