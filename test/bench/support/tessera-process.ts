/** Tessera's POSIX conformance server as a process of its own, with the antispam that it keeps on disk. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { newKey } from '#test/support/keys.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { end, freePort } from './network.ts';

export async function startTessera(program: string) {
  const [folder, port] = [tempFolder(), await freePort()];
  const key = join(folder, 'log.key');
  writeSignerKey(key, newKey('log.example/tessera', KEY_TYPES.ed25519));
  const options = {
    storage_dir: join(folder, 'log'),
    listen: `127.0.0.1:${port}`,
    private_key: key,
    antispam: 'true',
    v: '0',
  };
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(program, words, { stdio: 'ignore' });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Tessera ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/checkpoint`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { port, pid: child.pid!, stop: () => end(child) };
}
