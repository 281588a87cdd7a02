/** A log server that publishes without witnesses, and a client that remembers all that it was told. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { checkLog } from '#client/check-log.ts';
import { RemoteError } from '#client/http.ts';
import { LogClient, type Submitted } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { openWithPolicy, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { loadConfig } from '#service/config.ts';
import { writeSignerKey } from '#service/keys.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { roleProcess, type TestProcess } from '#test/support/processes.ts';
import { Sightings } from '#test/support/sightings.ts';
import { tempFolder } from '#test/support/temp.ts';
import { PATIENT, until } from '#test/support/wait.ts';
import type { RecordedSubject } from './faults/loss-of-power.ts';
import { expectLogKept } from './reopened-log.ts';
import { databaseFiles, type Load } from './subject.ts';

/** In one submission first, so that those that follow cross the end of a tile. */
const IN_ONE_BATCH = 250;
const ONE_BY_ONE = 8;
const AT_ONCE = 6;

/** The same ones for each log: making them takes longer than sending them. */
const pool: Uint8Array[] = [];

function receipts(count: number): Uint8Array[] {
  while (pool.length < count) pool.push(freshReceipt());
  return pool.slice(0, count);
}

/** What a log has said, and by when, in milliseconds of the wall clock. */
export type Told = { readonly byMs: number } & (
  | { readonly leaf: string; readonly index: number }
  | { readonly signedSize: number }
);

export class LoneLog implements RecordedSubject<Told> {
  readonly folder: string;
  readonly process: TestProcess;
  readonly url: string;
  readonly policy: Policy;
  /** What it takes in, in this order. */
  readonly entries: readonly Uint8Array[];
  readonly told: Told[] = [];
  readonly #client: LogClient;
  readonly #sightings: Sightings;
  /** Indices that it has answered, by leaf hash. */
  readonly #indexOf = new Map<string, number>();
  readonly #violations: string[] = [];

  private constructor(folder: string, port: number, policy: Policy, oneByOne: number) {
    this.folder = folder;
    this.entries = receipts(IN_ONE_BATCH + oneByOne + AT_ONCE);
    this.url = `http://127.0.0.1:${port}`;
    this.policy = policy;
    this.process = roleProcess('log', 'log', join(folder, 'log.yaml'));
    this.#client = new LogClient(this.url, PATIENT);
    this.#sightings = new Sightings(policy);
  }

  /** Makes the files of a new one. So many of its entries are submitted one by one. */
  static async create(port: number, oneByOne = ONE_BY_ONE): Promise<LoneLog> {
    const folder = tempFolder();
    const key = logKey();
    const policy = `log ${key.verifier.text}\nquorum none\n`;
    writeSignerKey(join(folder, 'log.key'), key);
    writeFileSync(join(folder, 'policy.txt'), policy);
    const files = { key: 'log.key', database: 'log.db', policy: 'policy.txt' };
    const logs = [{ ...files, checkpoint: { interval_ms: 20 } }];
    writeFileSync(join(folder, 'log.yaml'), stringify({ listen: { port }, logs }));
    await initLog(loadConfig(join(folder, 'log.yaml'), logServerConfigSchema));
    return new LoneLog(folder, port, parsePolicy(policy), oneByOne);
  }

  get paths(): string[] {
    const database = join(this.folder, 'log.db');
    const mark = `${database}.high-water`;
    return [...databaseFiles(this.folder, database), mark, `${mark}.new`];
  }

  /** One more than the highest index that was ever answered. */
  get answeredSize(): number {
    return Math.max(-1, ...this.#indexOf.values()) + 1;
  }

  async load(): Promise<Load> {
    const before = this.#indexOf.size;
    await this.#submitBatch(this.entries.slice(0, IN_ONE_BATCH));
    await this.#look();
    for (const [i, entry] of this.entries.slice(IN_ONE_BATCH, -AT_ONCE).entries()) {
      await this.#submit(entry, i % 3 === 0);
      await this.#look();
    }
    await Promise.all(this.entries.slice(-AT_ONCE).map((entry) => this.#submit(entry, true)));
    await this.#look();
    const granted = this.#indexOf.size - before;
    return { granted, refused: this.entries.length - granted };
  }

  async expectKept(): Promise<void> {
    const { answeredSize } = this;
    await until(async () => (await this.#publishedSize()) >= answeredSize, {
      what: `${answeredSize} answered entries published`,
    });
    await this.#expectSound();
    // Submitted once more, each has its index and no other.
    await this.#submitBatch(this.entries);
    const indices = [...this.#indexOf.values()].toSorted((a, b) => a - b);
    expect(indices).toEqual(this.entries.map((_, i) => i));
    await until(async () => (await this.#publishedSize()) === this.entries.length);
    const bytes = await this.#expectSound();
    expect(this.#sightings.contradictions(bytes)).toEqual([]);
    expect(this.#sightings.steps).toEqual([]);
    expect(this.#violations).toEqual([]);
  }

  async expectKeptOn(files: ReadonlyMap<string, Buffer>, told: readonly Told[]): Promise<void> {
    await expectLogKept(this, files, told);
  }

  async #submitBatch(lines: readonly Uint8Array[]): Promise<void> {
    await this.#ask(async () => {
      const results = await this.#client.submitBatch(lines, { attempts: 1 });
      for (const [i, result] of results.entries()) {
        if ('leaf_index' in result) this.#record(lines[i]!, result);
        else if (result.status !== 503) this.#violations.push(`${result.status} ${result.code}`);
      }
    });
  }

  async #submit(entry: Uint8Array, waitForProof: boolean): Promise<void> {
    await this.#ask(async () => {
      this.#record(entry, await this.#client.submit(entry, { attempts: 1, waitForProof }));
    });
  }

  /** A log that is overwhelmed says 503, and one that is gone nothing. */
  async #ask(question: () => Promise<void>): Promise<void> {
    try {
      await question();
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const isGone = error.kind === 'unreachable' || error.kind === 'timeout';
      if (!isGone && error.status !== 503) this.#violations.push(error.message);
    }
  }

  #record(entry: Uint8Array, { leaf_index: index, leaf_hash: named, proof }: Submitted): void {
    const leaf = toHex(leafHash(entry));
    const known = this.#indexOf.get(leaf);
    if (named !== leaf) this.#violations.push(`${leaf} is called ${named}`);
    if (known !== undefined && known !== index) {
      this.#violations.push(`${leaf} had index ${known}, now ${index}`);
    }
    this.#indexOf.set(leaf, index);
    this.told.push({ byMs: Date.now(), leaf, index });
    if (proof !== undefined) this.#sightings.add(parseTlogProof(proof).checkpoint);
  }

  async #look(): Promise<void> {
    const note = await tryGet(`${this.url}/checkpoint`);
    if (note === undefined) return;
    this.#sightings.addFrom('log', note);
    const { size } = openWithPolicy(note, this.policy).checkpoint;
    this.told.push({ byMs: Date.now(), signedSize: size });
  }

  async #publishedSize(): Promise<number> {
    const note = await tryGet(`${this.url}/checkpoint`);
    return note === undefined ? 0 : openWithPolicy(note, this.policy).checkpoint.size;
  }

  /** The log re-derived from its entries, which are those of the answers. Returns the entries. */
  async #expectSound(): Promise<Uint8Array[]> {
    const read: Uint8Array[] = [];
    const { problems } = await checkLog(new HttpTileSource(this.url, PATIENT), {
      policy: this.policy,
      entryTypes: entryTypes(['tecp-receipt']),
      onEntries: (more) => {
        read.push(...more);
      },
    });
    expect(problems).toEqual([]);
    const held = read.map((entry) => toHex(leafHash(entry)));
    const wrong = [...this.#indexOf].filter(([leaf, index]) => held[index] !== leaf);
    expect(wrong, 'indices that hold another entry than answered').toEqual([]);
    const leaves = new Set(this.entries.map((entry) => toHex(leafHash(entry))));
    expect(held.filter((leaf) => !leaves.has(leaf))).toEqual([]);
    return read;
  }
}
