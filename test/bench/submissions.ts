/**
 * What a submission costs a log server that checks it, finds out whether it is known, and answers when it is
 * durable: one by one, at half of that rate, again, and in batches. The log needs no witness here;
 * `proofs.ts` has three.
 *
 *     ./tecp bench submissions [--entries 16000]
 *
 * Processor time is of the server's process with all of its threads, as a multiple of one verification and of
 * an echo of the same receipt, both of the same run.
 */
import { parseArgs } from 'node:util';
import { freshReceipt } from '#test/support/log.ts';
import { type Echo, echoPostUs, startEcho } from './support/echo.ts';
import { httpRequest, percentile } from './support/load-client.ts';
import { LoadGenerator, type Measured } from './support/load-generator.ts';
import { startLog } from './support/log-process.ts';
import { type Row, report, threadsText } from './support/report.ts';
import { besideVerifications, type VerificationUs } from './support/yardsticks.ts';

const { values } = parseArgs({ options: { entries: { type: 'string', default: '16000' } } });
const ENTRIES = Number(values.entries);
const CONNECTIONS = [64, 256];
const BATCH_LINES = 1000;
/** So many are sent before anything is measured: the compiler goes on for ten seconds and longer. Fewer for a try. */
const WARM_UP = Math.min(60_000, 4 * ENTRIES);
const KNOWN_SHARE = 0.1;
/** Of what is measured in turns. */
const ROUNDS = 3;
/** How much two measurements of the same thing differ here. */
const NOISE = 1.05;

const rows: Row[] = [];
const notes: string[] = [];

function receipts(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => freshReceipt());
}

function posts(bodies: readonly Uint8Array[]): Buffer[] {
  const json = { 'content-type': 'application/json' };
  return bodies.map((body) => httpRequest('POST', '/v1/log/entries', body, json));
}

const log = await startLog();
const load = new LoadGenerator();

async function measured(
  requests: readonly Buffer[],
  connections: number,
): Promise<{ result: Measured; us: VerificationUs }> {
  const { port, pid } = log;
  return await besideVerifications(() => load.measure(pid, { port, connections, requests }));
}

/** One by one; returns what it measured, and the requests. */
async function single(connections: number, echo: Echo) {
  const bodies = receipts(ENTRIES);
  const requests = posts(bodies);
  const { result, us } = await measured(requests, connections);
  const { serverUs, perSecond, threadsUs } = result;
  const what = `single POST, ${connections} connections`;
  const cost = `${serverUs.toFixed(0)} us, ${perSecond.toFixed(0)}/s`;
  const of = 'x a verification by node:crypto';
  rows.push({ what, figure: cost, ratio: serverUs / us.nodeCrypto, of, atMost: 1.5 });
  const echoUs = await echoPostUs(echo, load, bodies, connections);
  const floor = us.chosen + echoUs;
  rows.push({
    what: `  beside ${us.library} and an echo by node:http`,
    figure: `${us.chosen.toFixed(0)} + ${echoUs.toFixed(0)} us`,
    ratio: serverUs / floor,
    of: 'x their sum',
    atMost: 1.2,
  });
  notes.push(`${what}: ${threadsText(threadsUs)}`);
  return { result, requests };
}

async function openLoop(perSecond: number): Promise<void> {
  const requests = posts(receipts(ENTRIES));
  const options = { port: log.port, connections: 256, requests, ratePerSecond: perSecond };
  const { latenciesMs } = await load.run(options);
  for (const [share, limitMs] of [
    [0.95, 25],
    [0.99, 60],
  ] as const) {
    const ms = percentile(latenciesMs, share);
    const what = `  offered ${perSecond.toFixed(0)}/s, half of that: p${share * 100}`;
    rows.push({ what, figure: `${ms.toFixed(1)} ms`, ratio: ms, of: 'ms', atMost: limitMs });
  }
}

/** In turns with fresh ones: the machine and the log are not what they were when those before were measured. */
async function duplicates(known: readonly Buffer[]): Promise<void> {
  const each = Math.ceil(known.length / ROUNDS);
  const spentUs = { fresh: 0, tenth: 0, all: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const again = known.slice(round * each, (round + 1) * each);
    const fresh = posts(receipts(Math.ceil(again.length * (1 - KNOWN_SHARE))));
    // Evenly among the others, each of them known by now.
    const tenth = fresh.flatMap((request, i) => (i % 9 === 0 ? [request, again[i]!] : [request]));
    const kinds = { fresh: posts(receipts(again.length)), tenth, all: again };
    for (const kind of ['fresh', 'tenth', 'all'] as const) {
      const { port, pid } = log;
      const options = { port, connections: CONNECTIONS[0]!, requests: kinds[kind] };
      spentUs[kind] += (await load.measure(pid, options)).serverUs / ROUNDS;
    }
  }
  for (const [what, us] of [
    ['a tenth are duplicates', spentUs.tenth],
    ['all are duplicates', spentUs.all],
  ] as const) {
    const figure = `${us.toFixed(0)} us`;
    rows.push({ what, figure, ratio: us / spentUs.fresh, of: 'x a fresh one', atMost: NOISE });
  }
}

async function batches(): Promise<void> {
  const requests = Array.from({ length: Math.ceil(ENTRIES / BATCH_LINES) }, () => {
    const lines = receipts(BATCH_LINES).flatMap((line) => [line, Buffer.from('\n')]);
    const type = { 'content-type': 'application/x-ndjson' };
    return httpRequest('POST', '/v1/log/entries', Buffer.concat(lines), type);
  });
  const { result, us } = await measured(requests, 4);
  const [serverUs, perSecond] = [result.serverUs / BATCH_LINES, result.perSecond * BATCH_LINES];
  rows.push({
    what: 'NDJSON batches of 1,000, for each receipt',
    figure: `${serverUs.toFixed(0)} us, ${perSecond.toFixed(0)}/s`,
    ratio: serverUs / us.nodeCrypto,
    of: 'x a verification by node:crypto',
    atMost: 1.25,
  });
}

const echo = await startEcho('node');
try {
  await load.run({ port: log.port, connections: 64, requests: posts(receipts(WARM_UP)) });
  const measurements = [];
  for (const connections of CONNECTIONS) measurements.push(await single(connections, echo));
  await openLoop(Math.max(...measurements.map(({ result }) => result.perSecond)) / 2);
  await duplicates(measurements[0]!.requests);
  await batches();
} finally {
  await echo.stop();
  await load.close();
  await log.stop();
}
report(rows, notes);
