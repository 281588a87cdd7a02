/** Benchmarks of a witness that follows many logs: the logs, and the witness made ready to be started. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { KEY_TYPES, type KeyType } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { witnessSetup } from '#test/support/witness.ts';
import { initWitness } from '#witness/init.ts';
import { WitnessState } from '#witness/state.ts';

export function manyLogs(count: number, size: number): MemoryLog[] {
  return Array.from({ length: count }, (_, i) =>
    new MemoryLog(newKey(`log.example/${i}`, KEY_TYPES.ed25519)).growTo(size),
  );
}

/** Makes database and configuration of a witness of these logs; `path` is that of the latter. */
export function prepareWitness(
  folder: string,
  logs: readonly MemoryLog[],
  types?: readonly KeyType[],
): { path: string; port: number } {
  const { config } = witnessSetup(folder, [], types && { types });
  const { database, keys } = config;
  initWitness(config);
  const state = WitnessState.open(database, undefined);
  const entries = logs.map(({ origin, key }) => ({ origin, keys: [key.verifier] }));
  state.logs.discover(entries, 'list http://127.0.0.1/bench', Date.now());
  state.close();
  const path = join(folder, 'witness.yaml');
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const limits = { requests_per_second: 1_000_000 };
  writeFileSync(path, stringify({ listen: { port }, log_level: 'error', database, keys, limits }));
  return { path, port };
}
