/** A witness alone with one log, which is here: what it cosigned, it knows for ever. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { RemoteError } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { toHex } from '#protocol/bytes.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { roleProcess, type TestProcess } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { PATIENT } from '#test/support/wait.ts';
import { witnessSetup } from '#test/support/witness.ts';
import { initWitness } from '#witness/init.ts';
import { databaseFiles, type Load, type Subject } from './subject.ts';

const UPDATES = 16;
const FIRST_SIZE = 5;

export class LoneWitness implements Subject {
  readonly process: TestProcess;
  readonly url: string;
  readonly paths: string[];
  readonly #log: MemoryLog;
  readonly #client: WitnessClient;
  /** The largest size that it has cosigned, as it answered. */
  #cosigned = 0;

  private constructor(folder: string, database: string, port: number, log: MemoryLog) {
    this.url = `http://127.0.0.1:${port}`;
    this.paths = databaseFiles(folder, database);
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
    return new LoneWitness(folder, database, port, log);
  }

  async load(): Promise<Load> {
    let granted = 0;
    for (let i = 0; i < UPDATES; i++) {
      if (await this.#offer()) granted++;
    }
    return { granted, refused: UPDATES - granted };
  }

  async expectKept(): Promise<void> {
    const note = await this.#client.checkpoint(this.#log.origin);
    if (note === undefined) expect(this.#cosigned).toBe(0);
    else {
      const shown = openCheckpoint(note, logOf(this.#log.key.verifier)).checkpoint;
      expect(shown.size).toBeGreaterThanOrEqual(this.#cosigned);
      expect(toHex(shown.root)).toBe(toHex(await this.#log.root(shown.size)));
      this.#cosigned = shown.size;
    }
    expect(await this.#offer(), 'the witness goes on').toBe(true);
    await this.#expectNoFork();
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
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const isGone = error.kind === 'unreachable' || error.kind === 'timeout';
      if (!isGone) expect(error.status).toBe(503);
      return false;
    }
  }

  /** Another tree that parts from ours below what was cosigned last is never cosigned. */
  async #expectNoFork(): Promise<void> {
    const fork = this.#log.fork(this.#cosigned - 1, this.#cosigned + 2);
    for (const old of [this.#cosigned - 1, this.#cosigned]) {
      const answer = await this.#client
        .addCheckpoint(await fork.request(old))
        .catch((error) => error);
      expect(answer, `a fork from ${old}`).not.toMatchObject({ kind: 'cosigned' });
    }
  }
}
