/**
 * Witnesses of many logs, each as a process of its own: ours, from the package that operators install, and omniwitness with an Ed25519 key and its database on disk.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { KEY_TYPES, type KeyType } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { newKey } from '#test/support/keys.ts';
import type { MemoryLog } from '#test/support/memory-log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { builtProgram } from './built-package.ts';
import { prepareWitness } from './many-logs.ts';
import { end, freePort } from './network.ts';

export interface WitnessProcess {
  readonly port: number;
  readonly pid: number;
  /** From its start until it answered. */
  readonly startSeconds: number;
  stop(): Promise<void>;
}

export async function startWitness(
  logs: readonly MemoryLog[],
  types: readonly KeyType[],
): Promise<WitnessProcess> {
  const { path, port } = prepareWitness(tempFolder(), logs, types);
  const words = [builtProgram(), 'witness', '--config', path];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  return await started(child, port, '/healthz', 200);
}

export async function startOmniwitness(
  program: string,
  logs: readonly MemoryLog[],
  databaseConnections: number,
): Promise<WitnessProcess> {
  const [folder, port] = [tempFolder(), await freePort()];
  const [key, list] = [join(folder, 'witness.key'), join(folder, 'logs.yaml')];
  writeSignerKey(key, newKey('witness.example/omniwitness', KEY_TYPES.ed25519));
  const known = logs.map(({ origin, key }) => ({ Origin: origin, PublicKey: key.verifier.text }));
  writeFileSync(list, stringify({ Logs: known }));
  const options = {
    listen: `127.0.0.1:${port}`,
    metrics_listen: '',
    private_key_path: key,
    db_file: join(folder, 'witness.db'),
    additional_logs: list,
    db_max_conns: String(databaseConnections),
  };
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return await started(spawn(program, words, { stdio: 'ignore' }), port, '/', 404);
}

async function started(
  child: ChildProcess,
  port: number,
  path: string,
  status: number,
): Promise<WitnessProcess> {
  const startMs = performance.now();
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the witness ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return answer?.status === status;
  });
  const startSeconds = (performance.now() - startMs) / 1000;
  return { port, pid: child.pid!, startSeconds, stop: () => end(child) };
}
