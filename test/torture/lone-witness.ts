/** A witness alone with one log, which is here: what it cosigned, it knows for ever. */
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { RemoteError } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { toHex } from '#protocol/bytes.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { silent } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { roleProcess, type TestProcess } from '#test/support/processes.ts';
import { memoryFolder, tempFolder } from '#test/support/temp.ts';
import { PATIENT } from '#test/support/wait.ts';
import { witnessSetup } from '#test/support/witness.ts';
import type { WitnessConfig } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { startWitness } from '#witness/server.ts';
import type { RecordedSubject } from './faults/loss-of-power.ts';
import { databaseFiles, type Load } from './subject.ts';

const UPDATES = 16;
const FIRST_SIZE = 5;

/** A size that it has cosigned, and by when it had said so, in milliseconds of the wall clock. */
interface Told {
  readonly byMs: number;
  readonly size: number;
}

export class LoneWitness implements RecordedSubject<Told> {
  readonly process: TestProcess;
  readonly url: string;
  readonly folder: string;
  readonly paths: string[];
  readonly told: Told[] = [];
  readonly #config: WitnessConfig;
  readonly #log: MemoryLog;
  readonly #client: WitnessClient;
  /** The largest size that it has cosigned, as it answered. */
  #cosigned = 0;

  private constructor(folder: string, config: WitnessConfig, port: number, log: MemoryLog) {
    this.url = `http://127.0.0.1:${port}`;
    this.folder = folder;
    this.paths = databaseFiles(folder, config.database);
    this.#config = config;
    this.process = roleProcess('witness', 'witness', join(folder, 'witness.yaml'));
    this.#log = log;
    this.#client = new WitnessClient(this.url, PATIENT);
  }

  /** Makes the files of a new one. */
  static async create(port: number): Promise<LoneWitness> {
    const folder = tempFolder();
    const log = new MemoryLog().growTo(FIRST_SIZE);
    // Signs within the transaction; the witnesses of `kill.test.ts` have a key that takes a while, too.
    const { config } = witnessSetup(folder, [log], { types: [KEY_TYPES.cosignatureEd25519] });
    const { database, keys } = config;
    const logs = [{ vkey: log.key.verifier.text }];
    const text = stringify({ listen: { port }, database, keys, logs });
    writeFileSync(join(folder, 'witness.yaml'), text);
    initWitness(config);
    return new LoneWitness(folder, config, port, log);
  }

  async load(): Promise<Load> {
    let granted = 0;
    for (let i = 0; i < UPDATES; i++) {
      if (await this.#offer()) granted++;
    }
    return { granted, refused: UPDATES - granted };
  }

  async expectKept(): Promise<void> {
    this.#cosigned = await this.#expectShown(this.#client, this.#cosigned);
    expect(await this.#offer(), 'the witness goes on').toBe(true);
    await this.#expectNoFork(this.#client, this.#cosigned);
  }

  async expectKeptOn(files: ReadonlyMap<string, Buffer>, told: readonly Told[]): Promise<void> {
    const folder = memoryFolder();
    for (const [path, content] of files) writeFileSync(join(folder, basename(path)), content);
    const database = join(folder, basename(this.#config.database));
    const witness = await startWitness({ ...this.#config, database }, { logger: silent });
    try {
      const client = new WitnessClient(witness.url, PATIENT);
      const said = Math.max(0, ...told.map(({ size }) => size));
      const shown = await this.#expectShown(client, said);
      this.#log.growTo(this.#log.size + 1);
      const answer = await client.addCheckpoint(await this.#log.request(shown));
      expect(answer.kind, 'the witness goes on').toBe('cosigned');
      await this.#expectNoFork(client, this.#log.size);
    } finally {
      await witness.close();
      rmSync(folder, { recursive: true });
    }
  }

  /** It shows the tree that it was last known to have cosigned, or a larger one; its size. */
  async #expectShown(client: WitnessClient, cosigned: number): Promise<number> {
    const note = await client.checkpoint(this.#log.origin);
    if (note === undefined) {
      expect(cosigned).toBe(0);
      return 0;
    }
    const shown = openCheckpoint(note, logOf(this.#log.key.verifier)).checkpoint;
    expect(shown.size).toBeGreaterThanOrEqual(cosigned);
    expect(toHex(shown.root)).toBe(toHex(await this.#log.root(shown.size)));
    return shown.size;
  }

  /** Offers the log with one more entry. False where it was refused for now, or nobody answered. */
  async #offer(): Promise<boolean> {
    this.#log.growTo(Math.max(this.#log.size, FIRST_SIZE) + 1);
    const { size } = this.#log;
    try {
      const answer = await this.#client.addCheckpoint(await this.#log.request(this.#cosigned));
      if (answer.kind === 'other-size') {
        // It had cosigned one that nobody was told of.
        expect(answer.size).toBeGreaterThan(this.#cosigned);
        expect(answer.size).toBeLessThan(size);
        this.#cosigned = answer.size;
        return false;
      }
      this.#cosigned = size;
      this.told.push({ byMs: Date.now(), size });
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const isGone = error.kind === 'unreachable' || error.kind === 'timeout';
      if (!isGone) expect(error.status).toBe(503);
      return false;
    }
  }

  /** Another tree that parts from ours below what was cosigned last is never cosigned. */
  async #expectNoFork(client: WitnessClient, cosigned: number): Promise<void> {
    const fork = this.#log.fork(cosigned - 1, cosigned + 2);
    for (const old of [cosigned - 1, cosigned]) {
      const answer = await client.addCheckpoint(await fork.request(old)).catch((error) => error);
      expect(answer, `a fork from ${old}`).not.toMatchObject({ kind: 'cosigned' });
    }
  }
}
