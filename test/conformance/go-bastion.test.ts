/**
 * Bastions of others and ours speak the same C2SP https-bastion: our witness behind filippo.io/torchwood's
 * litebastion, and a backend over golang.org/x/net/http2 behind our bastion.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WitnessClient } from '#client/witness-client.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { backendHash } from '#service/bastion.ts';
import { serverCertificate, startTestBastion } from '#test/support/bastion.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { eventually, until } from '#test/support/wait.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { buildGo, hasGo } from './go-program.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

function start(program: string, ...args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanup.add(async () => {
    const ended = once(child, 'exit');
    if (child.kill('SIGKILL')) await ended;
  });
  return child;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}

describe.skipIf(!hasGo)('https-bastion', () => {
  let litebastion: string;
  let backend: string;
  beforeAll(async () => {
    litebastion = await buildGo('filippo.io/torchwood/cmd/litebastion');
    backend = await buildGo('./bastion');
  });

  it('has our witness served by litebastion, with its limits, and again after a restart', async () => {
    const folder = cleanup.folder();
    const log = new MemoryLog().growTo(20);
    const { certificate, key } = serverCertificate(folder);
    // Litebastion does not say which ports it was given.
    const port = await freeBasePort();
    const httpPort = port + 11;
    const { config, keys } = witnessSetup(folder, [log], {
      config: { bastions: [{ address: `localhost:${port}`, ca: certificate }] },
    });
    const own = keys.find(({ verifier }) => verifier.type === KEY_TYPES.cosignatureEd25519)!;
    const hash = backendHash(own.verifier.publicKey);
    const backends = join(folder, 'backends.txt');
    writeFileSync(backends, `${hash}\n`);
    const listen = ['-listen', `localhost:${port}`, '-listen-http', `${httpPort}`];
    const files = ['-tls-cert', certificate, '-tls-key', key, '-backends', backends];
    const first = start(litebastion, ...listen, ...files);

    await startTestWitness(cleanup, config);
    const url = `http://localhost:${httpPort}/${hash}`;
    const healthy = async () => expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await eventually(healthy);
    const client = new WitnessClient(url);
    expect(await client.addCheckpoint(await log.request(0, 7))).toMatchObject({ kind: 'cosigned' });
    expect(await client.addCheckpoint(await log.request(0, 9))).toEqual({
      kind: 'other-size',
      size: 7,
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => (await fetch(`${url}/readyz`)).status),
    );
    expect(new Set(answers)).toEqual(new Set([200]));

    first.kill('SIGKILL');
    await once(first, 'exit');
    start(litebastion, ...listen, ...files);
    await until(() => listens(httpPort));
    await eventually(healthy);
  });

  it('has a backend in Go served by our bastion, once it is on the list', async () => {
    const bastion = await startTestBastion(cleanup);
    const address = `localhost:${bastion.port}`;
    const child = start(backend, '-bastion', address, '-roots', bastion.ca);
    const [hash] = await once(createInterface(child.stdout!), 'line');
    expect((await fetch(`${bastion.urlOf(hash)}/`)).status).toBe(502);
    bastion.allow([hash]);
    bastion.reload();
    await eventually(async () => {
      const answer = await fetch(`${bastion.urlOf(hash)}/a?b=c`, {
        method: 'POST',
        body: 'hello',
        headers: { 'x-forwarded-for': '10.0.0.1' },
      });
      expect(await answer.text()).toBe('POST /a?b=c from [127.0.0.1]: hello');
    });
    const body = 'x'.repeat(1_000_000);
    const large = await fetch(`${bastion.urlOf(hash)}/`, { method: 'POST', body });
    expect((await large.text()).length).toBeGreaterThan(1_000_000);
  });
});
