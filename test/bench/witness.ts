/**
 * Updates of a witness that follows many logs: every log grows by one checkpoint in each round, so each answer
 * needs a commit that is synced. What one costs stands beside what no witness can do without, one verification
 * and its signatures, and beside omniwitness under the same requests; rates beside the durable transactions
 * of SQLite.
 *
 *     ./tecp bench witness [--logs 1000] [--rounds 3] [--connections 64]
 *
 * What an answer means is the same for both: the new size is on disk before a cosignature leaves. Omniwitness
 * signs with one key here, and compares itself with no other witness.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ed25519Signer, mlDsa44Signer, randomBytes } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES, type KeyType } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import type { MemoryLog } from '#test/support/memory-log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { durableTransactions } from './support/durable-transactions.ts';
import { httpRequest, percentile } from './support/load-client.ts';
import { LoadGenerator, type Measured } from './support/load-generator.ts';
import { manyLogs } from './support/many-logs.ts';
import { buildPeers } from './support/peers.ts';
import { residentMiB } from './support/processor-time.ts';
import { type Row, report, threadsText } from './support/report.ts';
import { startOmniwitness, startWitness, type WitnessProcess } from './support/witness-process.ts';
import { besideVerifications } from './support/yardsticks.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({
  options: { logs: option('1000'), rounds: option('3'), connections: option('64') },
});
const [LOGS, ROUNDS] = [Number(values.logs), Number(values.rounds)];
const CONNECTIONS = Number(values.connections);
const KINDS: Readonly<Record<string, readonly KeyType[]>> = {
  Ed25519: [KEY_TYPES.cosignatureEd25519],
  'Ed25519 and ML-DSA-44': [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44],
};
const WARM_ROUNDS = 4;
const ALONE = Math.min(300, LOGS);
const MESSAGE_BYTES = 200;
/** What its flag says if nothing else is said. */
const OMNIWITNESS_CONNECTIONS = 1000;

const rows: Row[] = [];
const notes: string[] = [];
const load = new LoadGenerator();

/** The requests by which every log grows from one size to the next. */
async function growth(logs: readonly MemoryLog[], from: number): Promise<Buffer[]> {
  const requests: Buffer[] = [];
  for (const log of logs) {
    const body = formatAddCheckpoint(await log.request(from, from + 1));
    requests.push(httpRequest('POST', '/add-checkpoint', encodeUtf8(body)));
  }
  return requests;
}

/** Microseconds of processor time for the signatures of one answer, on whatever threads. */
async function signaturesUs(types: readonly KeyType[]): Promise<number> {
  const message = randomBytes(MESSAGE_BYTES);
  const signers = types.map((type) => {
    const makeSigner = type === KEY_TYPES.cosignatureEd25519 ? ed25519Signer : mlDsa44Signer;
    return makeSigner(randomBytes(32));
  });
  const count = 300;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await Promise.all(signers.map((sign) => sign(message)));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

type Cost = Pick<Measured, 'serverUs' | 'perSecond'>;

function figureOf({ serverUs, perSecond }: Cost): string {
  return `${serverUs.toFixed(0)} us, ${perSecond.toFixed(0)}/s`;
}

/** Rounds over all logs, after those that are not counted, in which code is compiled. */
async function rounds(witness: WitnessProcess, logs: readonly MemoryLog[], count: number) {
  const { port, pid } = witness;
  for (let from = 0; from < WARM_ROUNDS; from++) {
    await load.run({ port, connections: CONNECTIONS, requests: await growth(logs, from) });
  }
  const requests: Buffer[] = [];
  for (let i = 0; i < count; i++) requests.push(...(await growth(logs, WARM_ROUNDS + i)));
  return await load.measure(pid, { port, connections: CONNECTIONS, requests });
}

async function ours(
  kind: string,
  logs: readonly MemoryLog[],
  syncedPerSecond: number,
): Promise<Measured> {
  const types = KINDS[kind]!;
  const witness = await startWitness(logs, types);
  const { port, pid, startSeconds } = witness;
  const { result, us } = await besideVerifications(() => rounds(witness, logs, ROUNDS));
  const floor = us.chosen + (await signaturesUs(types));
  const what = `add-checkpoint, ${LOGS} logs, ${kind}`;
  rows.push({
    what,
    figure: figureOf(result),
    ratio: result.serverUs / floor,
    of: `x verification and signatures (${floor.toFixed(0)} us)`,
    atMost: 3,
  });
  const worst = percentile(result.latenciesMs, 1);
  rows.push({ what: '  worst answer', figure: '', ratio: worst, of: 'ms', atMost: 1000 });
  rows.push({
    what: '  rate beside durable transactions',
    figure: `${syncedPerSecond.toFixed(0)}/s`,
    ratio: result.perSecond / syncedPerSecond,
    of: 'x as many',
  });
  const requests = (await growth(logs, WARM_ROUNDS + ROUNDS)).slice(0, ALONE);
  const alone = await load.measure(pid, { port, connections: 1, requests });
  rows.push({ what: '  one at a time: no commit is shared', figure: figureOf(alone) });
  const peak = residentMiB(pid).peak.toFixed(0);
  const figure = `${startSeconds.toFixed(1)} s, ${peak} MiB`;
  rows.push({ what: '  ready after, and most memory', figure });
  notes.push(`${kind}: ${threadsText(result.threadsUs)}`);
  await witness.stop();
  return result;
}

/**
 * With the thousand database connections that it opens unless told otherwise, it refuses most of what comes at
 * the same time: only what it cosigned counts. With one, what comes waits its turn.
 */
async function beside(here: Measured, logs: readonly MemoryLog[]): Promise<void> {
  const peers = buildPeers();
  if (peers === undefined) {
    notes.push('Go is missing: omniwitness was not measured.');
    return;
  }
  const asItIs = await startOmniwitness(peers.omniwitness, logs, OMNIWITNESS_CONNECTIONS);
  const { port, pid } = asItIs;
  const requests = await growth(logs, 0);
  const most = await load.measure(pid, { port, connections: CONNECTIONS, requests }, 'any');
  await asItIs.stop();
  const cosigned = (most.statuses.get(200) ?? 0) / requests.length;
  const refused = `, refused ${(100 * (1 - cosigned)).toFixed(0)} %`;
  const there = {
    perSecond: most.perSecond * cosigned,
    serverUs: most.serverUs / cosigned,
  };
  addPeer(`omniwitness${refused}`, here, there);
  const inTurn = await startOmniwitness(peers.omniwitness, logs, 1);
  addPeer('omniwitness, one database connection', here, await rounds(inTurn, logs, 1));
  await inTurn.stop();
}

function addPeer(what: string, here: Measured, there: Cost): void {
  const ratio = here.perSecond / there.perSecond;
  rows.push({ what, figure: figureOf(there), ratio, of: 'x its rate', atLeast: 10 });
  const time = here.serverUs / there.serverUs;
  rows.push({ what: '  processor time for each', figure: '', ratio: time, of: 'x its time' });
}

const logs = manyLogs(LOGS, WARM_ROUNDS + ROUNDS + 1);
const { perSecond } = durableTransactions(join(tempFolder(), 'bare.db'));
const measured: Measured[] = [];
for (const kind of Object.keys(KINDS)) measured.push(await ours(kind, logs, perSecond));
await beside(measured[0]!, logs);
await load.close();
report(rows, notes);
