/**
 * A log as a process of its own, with witnesses that a test can steer, in a folder that a test can take
 * away from it: `data` holds its database and its high-water mark.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { writeSignerKey } from '#service/keys.ts';
import { FakeWitness, policyOf } from './fake-witness.ts';
import { post, submittedOf } from './http.ts';
import { freshReceipt, logKey } from './log.ts';
import { ROOT, releaseAtEnd, TestProcess } from './processes.ts';
import { openTestReader } from './store.ts';
import { tempFolder } from './temp.ts';
import { until } from './wait.ts';

const PROGRAM = join(ROOT, 'test/support/log-process.ts');

export class SteeredLog {
  readonly folder = tempFolder();
  readonly data = join(this.folder, 'data');
  readonly database = join(this.data, 'log.db');
  readonly config = join(this.folder, 'log.yaml');
  /** Two of three are a quorum. */
  readonly witnesses: FakeWitness[] = [];
  process!: TestProcess;
  url = '';

  /**
   * Makes its files. `settings` go into the configuration of the log, `server` into that of the process; `witnesses`
   * are those of another.
   */
  static async create(
    settings: object = {},
    { witnesses, server }: { witnesses?: readonly FakeWitness[] | undefined; server?: object } = {},
  ): Promise<SteeredLog> {
    const log = new SteeredLog();
    mkdirSync(log.data);
    if (witnesses !== undefined) log.witnesses.push(...witnesses);
    else for (const i of [1, 2, 3]) log.witnesses.push(await FakeWitness.start(`w${i}`, 80 + i));
    onTestFinished(async () => {
      for (const witness of log.witnesses) await witness.close();
    });
    writeSignerKey(join(log.folder, 'log.key'), logKey());
    const policy = `log ${logKey().verifier.text}\n${policyOf(log.witnesses, 2)}`;
    writeFileSync(join(log.folder, 'policy.txt'), policy);
    const files = { key: 'log.key', database: 'data/log.db', policy: 'policy.txt' };
    const times = { checkpoint: { interval_ms: 20 }, witness_timeout_ms: 30_000 };
    const logs = [{ ...files, ...times, ...settings }];
    const document = { listen: { port: 0 }, logs, ...server };
    writeFileSync(log.config, stringify(document));
    return log;
  }

  /** Starts the log and waits until it listens. */
  async start(...flags: ('init' | 'trust-database')[]): Promise<void> {
    const child = new TestProcess({ name: 'log', args: [PROGRAM, this.config, ...flags] });
    releaseAtEnd(() => [child]);
    child.start();
    const listening = () => child.lines.join().match(/"url":"(http:[^"]+)","origins"/)?.[1];
    await child.until(async () => listening() !== undefined);
    this.process = child;
    this.url = listening()!;
  }

  async stop(signal?: NodeJS.Signals) {
    return await this.process.stop(signal);
  }

  async submit(): Promise<Response> {
    return await post(`${this.url}/v1/log/entries`, freshReceipt());
  }

  async takesEntries(): Promise<void> {
    await until(async () => (await this.submit()).status === 200, { what: 'entries are taken' });
  }

  /** Submits until the published tree has grown to `size`. */
  async growTo(size: number): Promise<void> {
    for (;;) {
      const { leaf_index } = await submittedOf(await this.submit());
      if (leaf_index >= size - 1) break;
    }
    await until(() => this.witnesses.every((witness) => witness.size === size), {
      what: `size ${size} at every witness`,
    });
  }

  /** Has `count` entries more, in one submission, under a checkpoint that every witness has seen. */
  async growBy(count: number): Promise<Uint8Array[]> {
    const entries = Array.from({ length: count }, () => freshReceipt());
    const body = Buffer.concat(entries.flatMap((entry) => [entry, Buffer.from('\n')]));
    const answer = await post(`${this.url}/v1/log/entries`, body, {
      'content-type': 'application/x-ndjson',
    });
    const lines = (await answer.text()).trim().split('\n');
    const last = JSON.parse(lines.at(-1)!) as { leaf_index: number };
    await until(() => this.witnesses.every(({ size }) => size === last.leaf_index + 1), {
      what: `size ${last.leaf_index + 1} at every witness`,
    });
    return entries;
  }

  /** Its disk is gone; the high-water mark, on another one, is not, unless that is said. */
  lose(what: 'its database' | 'everything'): void {
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.database}${end}`, { force: true });
    if (what === 'everything') rmSync(`${this.database}.high-water`, { force: true });
  }

  /** Sizes of all checkpoints that the log has ever signed, by its database. */
  async signedSizes(): Promise<number[]> {
    const store = openTestReader(this.database);
    const signed = await store.signedAfter(-1, 1000);
    await store.close();
    return signed.map(({ size }) => size);
  }

  offeredSizes(): number[] {
    return this.witnesses.flatMap(({ offers }) =>
      offers.map(({ checkpoint }) => parseCheckpoint(parseNote(checkpoint).text).size),
    );
  }

  async readyReason(): Promise<string> {
    const response = await fetch(`${this.url}/readyz`);
    expect(response.status).toBe(503);
    return await response.text();
  }
}
