/** `tecp bastion` as its operator runs it: a process, told to read its files again and to stop. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { dialIn, newBackendKey, serverCertificate } from '#test/support/bastion.ts';
import { roleProcess } from '#test/support/processes.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

it('reads its list again at SIGHUP, shows metrics where it is told to, and stops at SIGTERM', async () => {
  const folder = cleanup.folder();
  const key = newBackendKey();
  const allowed = join(folder, 'backends.txt');
  writeFileSync(allowed, `${key.hash}\n`);
  const path = join(folder, 'bastion.yaml');
  const port = () => ({ port: 0 }); // Anew each time, as YAML would refer to the first one.
  const backends = { listen: port(), allowed };
  const tls = serverCertificate(folder);
  writeFileSync(path, stringify({ listen: port(), metrics: port(), tls, backends }));
  const bastion = roleProcess('bastion', 'bastion', path);
  cleanup.add(() => bastion.stop('SIGKILL'));
  const child = bastion.start();
  /** What it has logged of this kind, as soon as it has. */
  const said = (message: string) =>
    until(async () => {
      const lines = bastion.lines.filter((line) => line.startsWith('{'));
      return lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === message);
    });
  const [metrics, ready] = [await said('metrics'), await said('ready')];
  const dial = async () => {
    const socket = await dialIn(Number(ready.backends.split(':').at(-1)), key.credentials);
    cleanup.add(() => socket.destroy());
  };
  await dial();
  expect(await (await fetch(metrics.url)).text()).toContain('tecp_bastion_backends_allowed 1');
  expect((await fetch(`${ready.url}/metrics`)).status).toBe(404);

  // No file has changed, so nothing but the signal can be why.
  child.kill('SIGHUP');
  expect(await said('read the files again')).toMatchObject({ backends: 1 });
  await dial();

  expect(await bastion.stop('SIGTERM')).toMatchObject({ code: 0 });
});
