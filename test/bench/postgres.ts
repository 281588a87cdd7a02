/**
 * A log server on PostgreSQL beside one on SQLite, over HTTP: receipts one by one by as many connections, the same
 * where two processes share the log, and proofs by hash of a grown log. PostgreSQL is the newest that the tests have, on
 * the same disk and the same processors, which it takes from the log: what is measured is the rate, by the clock.
 *
 *     ./tecp bench postgres [--entries 8000] [--to 100000]
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
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '8000' },
    to: { type: 'string', default: '100000' },
  },
});
const ENTRIES = Number(values.entries);
const TO = Number(values.to);
const CONNECTIONS = 64;
/** Of what is measured in turns. */
const ROUNDS = 4;
const PROOFS = 4000;
const WARM_UP = 4000;
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

/** Requests a second, spread over these servers. */
async function rate(logs: readonly LogProcess[], requests: readonly Buffer[]): Promise<number> {
  const share = Math.ceil(requests.length / logs.length);
  const beganMs = performance.now();
  await Promise.all(
    logs.map(({ port }, i) => {
      const own = requests.slice(i * share, (i + 1) * share);
      const connections = CONNECTIONS / logs.length;
      return loads[i]!.run({ port, connections, requests: own });
    }),
  );
  return (requests.length / (performance.now() - beganMs)) * 1000;
}

/** The mean rate of each, measured in turns, as the machine is never the same twice. */
async function inTurns<K extends string>(
  measures: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, number>> {
  const names = Object.keys(measures) as K[];
  const sums = new Map<K, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      sums.set(name, (sums.get(name) ?? 0) + (await measures[name]()));
    }
  }
  return Object.fromEntries(names.map((name) => [name, sums.get(name)! / ROUNDS])) as Record<
    K,
    number
  >;
}

async function submissions(): Promise<void> {
  const shared = server.url(await server.newDatabase());
  const [sqlite, one] = [
    await start(undefined, true),
    await start(server.url(await server.newDatabase()), true),
  ];
  const two = [await start(shared, true), await start(shared, false)];
  try {
    for (const logs of [[sqlite], [one], two]) await rate(logs, posts(WARM_UP));
    const each = Math.ceil(ENTRIES / ROUNDS);
    const { file, alone, both } = await inTurns({
      file: () => rate([sqlite], posts(each)),
      alone: () => rate([one], posts(each)),
      both: () => rate(two, posts(each)),
    });
    const what = `single POST, ${CONNECTIONS} connections`;
    rows.push({ what: `${what}, SQLite`, figure: `${file.toFixed(0)}/s` });
    const beside = { ratio: alone / file, of: 'x SQLite', atLeast: 0.7 };
    rows.push({ what: `${what}, ${newest!.name}`, figure: `${alone.toFixed(0)}/s`, ...beside });
    const more = { ratio: both / alone, of: 'x one', atLeast: 1 };
    rows.push({ what: '  two front ends', figure: `${both.toFixed(0)}/s`, ...more });
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
      requests[name] = Array.from({ length: PROOFS }, () => {
        const leaf = sample[Math.floor(sample.length * Math.random())]!;
        return httpRequest('GET', `/v1/log/proof?leaf=${toHex(leaf)}`);
      });
    }
    const measure = (name: keyof typeof databases) => () => rate([logs[name]!], requests[name]!);
    await measure('file')();
    await measure('postgres')();
    const { file, postgres } = await inTurns({
      file: measure('file'),
      postgres: measure('postgres'),
    });
    const what = `proof by hash of ${TO} entries`;
    rows.push({ what: `${what}, SQLite`, figure: `${file.toFixed(0)}/s` });
    const beside = { ratio: postgres / file, of: 'x SQLite', atLeast: 0.5 };
    rows.push({ what: `${what}, ${newest!.name}`, figure: `${postgres.toFixed(0)}/s`, ...beside });
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
