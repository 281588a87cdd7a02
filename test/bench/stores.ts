/**
 * A log on PostgreSQL beside one on SQLite, without HTTP: entries a second by the store's own sequencer in batches
 * of several sizes, finding leaves by their hashes, and the room beside the entries (that of SQLite: `tecp bench growth`). Both stores are on the same
 * disk and sync each batch; the server is the newest that the tests have.
 *
 *     node test/bench/stores.ts [--to 100000] [--entries 20000]
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { identityOf } from '#log-server/log-files.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import type { LogStore, NewEntry } from '#log-server/store/store.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { percentile } from './support/load-client.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: '100000' },
    entries: { type: 'string', default: '20000' },
  },
});
const TO = Number(values.to);
const ENTRIES = Number(values.entries);
const GROWTH_BATCH = 5000;
const FINDS = 2000;
const AT_ONCE = 16;
/** Every so many-th leaf is kept, to be asked for. */
const SAMPLE = 97;

const identity = identityOf(logKey('log.example/bench'));
const rows: Row[] = [];

function add(row: Row): void {
  rows.push(row);
  console.error(`${row.what}: ${row.figure}`);
}

interface Growing {
  readonly store: LogStore;
  readonly sample: LeafHash[];
  size: number;
  entryBytes: number;
}

/** About as large as a receipt. */
function newEntry(): NewEntry {
  const bytes = randomBytes(670 + Math.floor(61 * Math.random()));
  return { bytes, leafHash: leafHash(bytes) };
}

/** Entries a second while `count` of them are sequenced, `batch` at a time. */
async function grow(log: Growing, count: number, batch: number): Promise<number> {
  let elapsedMs = 0;
  for (let done = 0; done < count; done += batch) {
    const entries = Array.from({ length: Math.min(batch, count - done) }, newEntry);
    const beganMs = performance.now();
    const { head } = await log.store.writer.sequence(entries);
    elapsedMs += performance.now() - beganMs;
    log.size = head.size;
    for (const [i, { bytes, leafHash: hash }] of entries.entries()) {
      log.entryBytes += bytes.length;
      if ((done + i) % SAMPLE === 0) log.sample.push(hash);
    }
  }
  return (count / elapsedMs) * 1000;
}

/** Found one at a time by each of several, as front ends do for proofs. */
async function find({ store, sample }: Growing) {
  const timesMs: number[] = [];
  const beganMs = performance.now();
  const ask = async () => {
    for (let i = 0; i < FINDS / AT_ONCE; i++) {
      const hash = sample[Math.floor(sample.length * Math.random())]!;
      const askedMs = performance.now();
      const [index] = await store.reader.findLeaves([hash]);
      if (index === undefined) throw new Error('a leaf is missing');
      await store.reader.entries(index, 1);
      timesMs.push(performance.now() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const aSecond = (FINDS / (performance.now() - beganMs)) * 1000;
  timesMs.sort((a, b) => a - b);
  return { aSecond, p50Ms: percentile(timesMs, 0.5), p95Ms: percentile(timesMs, 0.95) };
}

async function measure(name: string, database: string, bytesOnDisk?: () => Promise<number>) {
  const location = locateStore({ database });
  await location.create(identity);
  const store = await location.open(identity, (error) => console.error(error.message));
  const log: Growing = { store, sample: [], size: 0, entryBytes: 0 };
  for (const batch of [1, 50, 1000]) {
    const count = batch === 1 ? Math.min(ENTRIES, 2000) : ENTRIES;
    const rate = await grow(log, count, batch);
    add({ what: `${name}: entries a second, ${batch} in a batch`, figure: rate.toFixed(0) });
  }
  for (const size of [1e5, 1e6, 1e7].filter((one) => one <= TO)) {
    const rate = await grow(log, size - log.size, GROWTH_BATCH);
    const what = `${name}, ${size} entries`;
    if (bytesOnDisk !== undefined) {
      const beside = ((await bytesOnDisk()) - log.entryBytes) / log.size;
      add({ what: `${what}: bytes an entry beside it`, figure: beside.toFixed(0) });
    }
    add({ what: `${what}: entries a second, ${GROWTH_BATCH} in a batch`, figure: rate.toFixed(0) });
    const { aSecond, p50Ms, p95Ms } = await find(log);
    const times = `p50 ${p50Ms.toFixed(2)} ms, p95 ${p95Ms.toFixed(2)} ms`;
    add({
      what: `${what}: found by hash and read, a second`,
      figure: `${aSecond.toFixed(0)}, ${times}`,
    });
  }
  await store.close();
}

const path = join(tempFolder(), 'log.db');
await measure('SQLite', path);

const newest = POSTGRES_VERSIONS.at(-1);
if (newest === undefined) throw new Error('node test/support/install-postgres.ts comes first');
const server = await TestPostgres.start(newest.programs, {}, tempFolder());
try {
  const relations = ['entries', 'strips'].map((table) => `pg_total_relation_size('tecp.${table}')`);
  await measure(newest.name, server.url(), async () => {
    const [row] = await server.query(`SELECT ${relations.join(' + ')}`);
    return Number(row![0]);
  });
  const sizes = await server.query(
    `SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relnamespace = 'tecp'::regnamespace
     AND pg_relation_size(oid) > 1000000 ORDER BY 2 DESC`,
  );
  for (const [name, bytes] of sizes) {
    add({ what: `${newest.name}: ${name}`, figure: `${(Number(bytes) / 2 ** 20).toFixed(0)} MiB` });
  }
} finally {
  await server.stop();
}
report(rows);
