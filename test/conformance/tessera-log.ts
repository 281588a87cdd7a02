/** Logs in a folder, written by Tessera's own program. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignerKey } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { tempFolder } from '#test/support/temp.ts';
import { buildGo, run } from './go-program.ts';

/** It pins the versions of what is measured beside this program, Tessera among them. */
const PEERS = join(import.meta.dirname, '../bench/peers');
const TESSERA = 'github.com/transparency-dev/tessera/cmd/examples/posix-oneshot';

export class TesseraLogs {
  /** Of all its logs, each in a folder of its name. */
  readonly folder = tempFolder();
  readonly #program: string;
  #entries = 0;

  private constructor(program: string, key: SignerKey) {
    this.#program = program;
    writeSignerKey(this.at('log.key'), key);
  }

  static async build(key: SignerKey): Promise<TesseraLogs> {
    return new TesseraLogs(await buildGo(TESSERA, PEERS), key);
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  checkpointOf(name: string): string {
    return readFileSync(this.at(`${name}/checkpoint`), 'utf8');
  }

  /** Has Tessera append so many entries to a log: `entry 0` and so on, over all logs. */
  async grow(name: string, count: number): Promise<void> {
    const batch = this.at(`entries-${this.#entries}`);
    mkdirSync(batch);
    for (let i = 0; i < count; i++) {
      writeFileSync(join(batch, `${i}`), entryText(this.#entries++));
    }
    const flags = [`--storage_dir=${this.at(name)}`, `--private_key=${this.at('log.key')}`];
    await run(this.#program, [...flags, `--entries=${batch}/*`]);
  }
}

export function entryText(n: number): string {
  return `entry ${n}`;
}
