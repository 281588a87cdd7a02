/**
 * A log that grows without HTTP or signatures, by its own sequencer: for what a benchmark wants to know of
 * a large one.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '#log-server/log-files.ts';
import { SequencedWriter } from '#log-server/store/sequenced-writer.ts';
import { openLogDatabase } from '#log-server/store/sqlite/reader.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { NewEntry } from '#log-server/store/store.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { writeSignerKey } from '#service/keys.ts';
import type { OpenedDatabase } from '#service/sqlite.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { builtProgram } from './built-package.ts';
import { end, freePort } from './network.ts';

const key = logKey('log.example/bench');
const ANY = { per_second: 10_000_000, burst: 10_000_000 };
/** Every so many-th leaf is kept, to be asked for. */
const SAMPLE = 97;

export interface BatchTimes {
  readonly entries: number;
  /** Processor time of this thread while it sequenced, and the whole time. */
  readonly processorMs: number;
  readonly elapsedMs: number;
  readonly worstMs: number;
  /** How long the first batch took, which is not counted in the others: it has to learn what is not in the index. */
  readonly firstMs: number;
}

export class GrownLog {
  readonly folder = tempFolder();
  readonly #bytes: () => number;
  readonly sample: LeafHash[] = [];
  size = 0;
  entryBytes = 0;

  /** `bytes` gives the size of the next entry. */
  constructor(bytes: () => number) {
    this.#bytes = bytes;
    writeSignerKey(join(this.folder, 'log.key'), key);
    writeFileSync(join(this.folder, 'policy.txt'), `log ${key.verifier.text}\nquorum none\n`);
  }

  get path(): string {
    return join(this.folder, 'log.db');
  }

  /** Sequences random entries up to `size`; `synced` if each batch is to be durable, as a log's always are. */
  async growTo(size: number, batch: number, synced: boolean): Promise<BatchTimes> {
    const sqlite = SqliteWriter.create(this.path, identityOf(key));
    const { db } = (sqlite as unknown as { database: OpenedDatabase }).database;
    if (!synced) db.pragma('synchronous = OFF');
    const writer = await SequencedWriter.open(sqlite);
    let [processorUs, elapsedMs, worstMs] = [0, 0, 0];
    const sequence = async () => {
      const entries = Array.from({ length: Math.min(batch, size - this.size) }, () => this.#next());
      const [startUs, startMs] = [process.cpuUsage(), performance.now()];
      await writer.sequence(entries);
      const { user, system } = process.cpuUsage(startUs);
      return { us: user + system, ms: performance.now() - startMs };
    };
    const { ms: firstMs } = await sequence();
    const first = this.size;
    while (this.size < size) {
      const { us, ms } = await sequence();
      processorUs += us;
      elapsedMs += ms;
      worstMs = Math.max(worstMs, ms);
    }
    await writer.close();
    const entries = size - first;
    return { entries, processorMs: processorUs / 1000, elapsedMs, worstMs, firstMs };
  }

  #next(): NewEntry {
    const bytes = randomBytes(this.#bytes());
    const entry = { bytes, leafHash: leafHash(bytes) };
    if (this.size++ % SAMPLE === 0) this.sample.push(entry.leafHash);
    this.entryBytes += bytes.length;
    return entry;
  }

  /** Bytes of the file beyond those of the entries, for each entry, and of each table. */
  bytesBeyondEntries(): { all: number; tables: Map<string, number> } {
    const { db, close } = openLogDatabase(this.path, { exclusive: false, create: false });
    const rows = db
      .prepare<[], { name: string; bytes: number }>(
        'SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC LIMIT 3',
      )
      .all();
    close();
    const own = (name: string, bytes: number) => bytes - (name === 'entries' ? this.entryBytes : 0);
    const tables = rows.map(({ name, bytes }) => [name, own(name, bytes) / this.size] as const);
    return { all: own('entries', statSync(this.path).size) / this.size, tables: new Map(tables) };
  }

  /** A log server over it, once it serves a checkpoint of all of it. */
  async serve(workers: number): Promise<ServedLog> {
    const port = await freePort();
    const log = {
      key: 'log.key',
      database: 'log.db',
      policy: 'policy.txt',
      entry_types: ['opaque'],
    };
    const config = {
      listen: { host: '127.0.0.1', port },
      log_level: 'error',
      limits: { submissions: ANY, reads: ANY },
      logs: [log],
      workers,
    };
    const path = join(this.folder, 'log.yaml');
    writeFileSync(path, JSON.stringify(config));
    const program = builtProgram();
    const startedMs = performance.now();
    // It has grown beside the high-water mark.
    const args = ['log', '--config', path, '--trust-database'];
    const child = fork(program, args);
    const get = async (route: string) => {
      if (child.exitCode !== null) throw new Error(`the log server ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}${route}`).catch(() => undefined);
      return answer?.status === 200 ? await answer.text() : undefined;
    };
    await until(() => get('/readyz'));
    const readyMs = performance.now() - startedMs;
    await until(async () => {
      const note = await get('/checkpoint');
      return note !== undefined && parseCheckpoint(parseNote(note).text).size >= this.size;
    });
    return { port, pid: child.pid!, readyMs, stop: () => end(child) };
  }
}

export interface ServedLog {
  readonly port: number;
  readonly pid: number;
  /** From starting the process to being ready; found to within the pause between two questions. */
  readonly readyMs: number;
  stop(): Promise<void>;
}
