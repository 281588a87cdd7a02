/**
 * A log server on PostgreSQL beside one on SQLite, over HTTP: receipts one by one by as many connections, the same
 * where two processes share the log, proofs by hash of a grown log, and the checkpoint, for which a shared log asks the
 * store. PostgreSQL is the newest that the tests have, on the same disk and the same processors, which it takes from
 * the log: what is measured is the rate, by the clock, and beside it the processor time of one request, of all log
 * servers and of PostgreSQL.
 *
 * Like is compared with like: each process has one thread, whichever are measured get as many connections from the
 * same two load generators, and each process has had as many requests before, as V8 goes on compiling for as long.
 *
 *     ./tecp bench postgres [--entries 48000] [--to 1000000]
 */
import { parseArgs } from 'node:util';
import { identityOf } from '#log-server/log-files.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { toHex } from '#protocol/bytes.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { growStore } from './support/grown-store.ts';
import { httpRequest } from './support/load-client.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { type LogProcess, startLog } from './support/log-process.ts';
import { familyMs, processorMs } from './support/processor-time.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '48000' },
    to: { type: 'string', default: '1000000' },
  },
});
const ENTRIES = Number(values.entries);
const TO = Number(values.to);
const CONNECTIONS = [64, 256] as const;
/** Of what is measured in turns. */
const ROUNDS = 6;
const READS = 16_000;
/** For each process. */
const WARM_UP = 20_000;
const BATCH = 5000;

const newest = POSTGRES_VERSIONS.at(-1);
if (newest === undefined) throw new Error('node test/support/install-postgres.ts comes first');
const server = await TestPostgres.start(newest.programs, {}, tempFolder());
const loads = [new LoadGenerator(), new LoadGenerator()] as const;
const rows: Row[] = [];

/** A log server with one thread, on a database of PostgreSQL or, without one, of SQLite. */
async function start(database: string | undefined, init: boolean): Promise<LogProcess> {
  const settings = { workers: 1 };
  return await startLog({
    settings,
    init,
    entryTypes: ['tecp-receipt', 'opaque'],
    ...(database !== undefined && { log: { database, high_water_mark: 'high-water' } }),
  });
}

const posts = (count: number): Buffer[] => {
  const json = { 'content-type': 'application/json' };
  return Array.from({ length: count }, () =>
    httpRequest('POST', '/v1/log/entries', freshReceipt(), json),
  );
};

interface Measured {
  /** Requests. */
  readonly perSecond: number;
  /** Processor time of one, in microseconds: of the log servers, and of PostgreSQL. */
  readonly logsUs: number;
  readonly storeUs: number;
}

/** Requests from both generators, spread over these servers. */
async function measure(
  logs: readonly LogProcess[],
  requests: readonly Buffer[],
  connections: number = CONNECTIONS[0],
): Promise<Measured> {
  const share = Math.ceil(requests.length / loads.length);
  const spentMs = () =>
    [sum(logs.map(({ pid }) => processorMs(pid))), familyMs(server.pid)] as const;
  const [logsMs, storeMs] = spentMs();
  const beganMs = performance.now();
  await Promise.all(
    loads.map((load, i) => {
      const { port } = logs[i % logs.length]!;
      const own = requests.slice(i * share, (i + 1) * share);
      return load.run({ port, connections: connections / loads.length, requests: own });
    }),
  );
  const seconds = (performance.now() - beganMs) / 1000;
  const [logsEndMs, storeEndMs] = spentMs();
  const eachUs = (ms: number) => (1000 * ms) / requests.length;
  return {
    perSecond: requests.length / seconds,
    logsUs: eachUs(logsEndMs - logsMs),
    storeUs: eachUs(storeEndMs - storeMs),
  };
}

function figureOf({ perSecond, logsUs, storeUs }: Measured): string {
  return `${perSecond.toFixed(0)}/s, ${logsUs.toFixed(0)} + ${storeUs.toFixed(0)} us`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** The mean of each, measured in turns, as the machine is never the same twice. */
async function inTurns<K extends string>(
  measures: Readonly<Record<K, () => Promise<Measured>>>,
): Promise<Record<K, Measured>> {
  const names = Object.keys(measures) as K[];
  const measured = new Map<K, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) measured.get(name)!.push(await measures[name]());
  }
  const mean = (name: K, field: keyof Measured) =>
    sum(measured.get(name)!.map((one) => one[field])) / ROUNDS;
  const means = names.map((name) => [
    name,
    {
      perSecond: mean(name, 'perSecond'),
      logsUs: mean(name, 'logsUs'),
      storeUs: mean(name, 'storeUs'),
    },
  ]);
  return Object.fromEntries(means) as Record<K, Measured>;
}

async function submissions(): Promise<void> {
  const shared = server.url(await server.newDatabase());
  const [sqlite, one] = [
    await start(undefined, true),
    await start(server.url(await server.newDatabase()), true),
  ];
  const two = [await start(shared, true), await start(shared, false)];
  try {
    for (const logs of [[sqlite], [one], two]) {
      await measure(logs, posts(WARM_UP * logs.length), CONNECTIONS[1]);
    }
    const each = Math.ceil(ENTRIES / ROUNDS);
    for (const connections of CONNECTIONS) {
      const { file, alone, both } = await inTurns({
        file: () => measure([sqlite], posts(each), connections),
        alone: () => measure([one], posts(each), connections),
        both: () => measure(two, posts(each), connections),
      });
      const what = `single POST, ${connections} connections`;
      rows.push({ what: `${what}, SQLite`, figure: figureOf(file) });
      const beside = { ratio: alone.perSecond / file.perSecond, of: 'x SQLite', atLeast: 0.7 };
      rows.push({ what: `${what}, ${newest!.name}`, figure: figureOf(alone), ...beside });
      const more = { ratio: both.perSecond / alone.perSecond, of: 'x one', atLeast: 1 };
      rows.push({ what: '  two processes', figure: figureOf(both), ...more });
    }
  } finally {
    for (const log of [sqlite, one, ...two]) await log.stop();
  }
}

async function proofs(): Promise<void> {
  const identity = identityOf(logKey('log.example/bench'));
  const databases = {
    file: `${tempFolder()}/log.db`,
    postgres: server.url(await server.newDatabase()),
  };
  const logs: Partial<Record<keyof typeof databases, LogProcess>> = {};
  const requests: Partial<Record<keyof typeof databases, Buffer[]>> = {};
  try {
    for (const [name, database] of Object.entries(databases) as [
      keyof typeof databases,
      string,
    ][]) {
      const location = locateStore({ database });
      await location.create(identity);
      const store = await location.open(identity, (error) => console.error(error.message));
      const sample = await growStore(store, TO, BATCH);
      await store.close();
      const log = await start(database, false);
      logs[name] = log;
      const head = `http://127.0.0.1:${log.port}/v1/log/sth`;
      await until(async () => {
        const { tree_size: size } = (await (await fetch(head)).json()) as { tree_size: number };
        return size === TO;
      });
      requests[name] = Array.from({ length: READS }, () => {
        const leaf = sample[Math.floor(sample.length * Math.random())]!;
        return httpRequest('GET', `/v1/log/proof?leaf=${toHex(leaf)}`);
      });
    }
    const checkpoints = Array.from({ length: READS }, () => httpRequest('GET', '/checkpoint'));
    for (const [what, atLeast, requestsOf] of [
      [`proof by hash of ${TO} entries`, 0.5, (name: keyof typeof databases) => requests[name]!],
      ['checkpoint', undefined, () => checkpoints],
    ] as const) {
      const ask = (name: keyof typeof databases) => () => measure([logs[name]!], requestsOf(name));
      await ask('file')();
      await ask('postgres')();
      const { file, postgres } = await inTurns({ file: ask('file'), postgres: ask('postgres') });
      rows.push({ what: `${what}, SQLite`, figure: figureOf(file) });
      const ratio = postgres.perSecond / file.perSecond;
      const beside = { ratio, of: 'x SQLite', ...(atLeast !== undefined && { atLeast }) };
      rows.push({ what: `${what}, ${newest!.name}`, figure: figureOf(postgres), ...beside });
    }
  } finally {
    for (const log of Object.values(logs)) await log.stop();
  }
}

try {
  await submissions();
  await proofs();
} finally {
  await Promise.all(loads.map((load) => load.close()));
  await server.stop();
}
report(rows);
