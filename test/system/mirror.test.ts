/**
 * `tecp mirror` as operators run it, real processes all: of a network of ours, of a log that lies, killed in the
 * middle, on a full disk. What it shows is always whole.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { get } from '#client/http.ts';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { TestNetwork, tryGet } from '#test/support/network.ts';
import { freeBasePort } from '#test/support/ports.ts';
import {
  childEnvironment,
  ROOT,
  releaseAtEnd,
  runTecp,
  TestProcess,
} from '#test/support/processes.ts';
import { S3_KINDS } from '#test/support/s3/build.ts';
import { S3Server } from '#test/support/s3/server.ts';
import { canMount, SmallDisk } from '#test/support/small-disk.ts';
import { tempFolder } from '#test/support/temp.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const MAIN = join(ROOT, 'cli/main.ts');
const LARGE = 45_000;
const key = newKey('log.example', KEY_TYPES.ed25519);
const believed = ['--vkey', key.verifier.text];

/** The public files of a large log. */
let folder: string;

beforeAll(() => {
  folder = join(tempFolder(), 'log');
  const entries = Array.from({ length: LARGE }, (_, i) => encodeUtf8(`entry ${i}`));
  writeLogFolder(folder, new MemorySource(key).append(...entries).sign());
});

interface Served {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** A folder as static hosting serves it; what `hangs` is never answered. */
async function serve(
  path: string,
  hangs: (file: string) => boolean = () => false,
): Promise<Served> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    asked.push(name);
    if (hangs(name)) return;
    const file = join(path, name);
    const isThere = existsSync(file);
    response.writeHead(isThere ? 200 : 404).end(isThere ? readFileSync(file) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTecp(args);
  expect(stderr + stdout).toSatisfy(() => code === 0);
  return stderr + stdout;
}

const copy = (url: string, to: string, ...trust: string[]) =>
  succeed('mirror', '--from', url, '--to', to, ...trust);

/** The mirror as a service. */
async function startFollowing(url: string, to: string, ...trust: string[]) {
  const port = await freeBasePort();
  const args = [MAIN, 'mirror', '--from', url, '--to', to, ...trust, '--follow'];
  const listen = ['--listen', `127.0.0.1:${port}`];
  const mirror = new TestProcess({ name: 'mirror', args: [...args, ...listen] });
  releaseAtEnd(() => [mirror]);
  mirror.start();
  const served = `http://127.0.0.1:${port}`;
  await mirror.until(async () => (await tryGet(`${served}/readyz`)) !== undefined);
  return { mirror, url: served };
}

/** A mirror that copies, until it is killed. */
function startCopy(url: string, to: string): { kill(): Promise<void>; isRunning(): boolean } {
  const args = [MAIN, 'mirror', '--from', url, '--to', to, ...believed];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: childEnvironment(),
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  return { kill, isRunning: () => child.exitCode === null };
}

const isBundle = (path: string) => path.startsWith('tile/entries/');

describe('a mirror of a network of ours', () => {
  it('is audited as the log is, follows it with its quorum, and is watched in its place', async () => {
    const network = await TestNetwork.create();
    await Promise.all([network.log, ...network.witnesses].map((member) => member.start()));
    const submit = async (count: number) => {
      const body = Buffer.concat(
        Array.from({ length: count }, () => [freshReceipt(), encodeUtf8('\n')]).flat(),
      );
      const headers = { 'content-type': 'application/x-ndjson' };
      const sent = { method: 'POST', headers, body };
      const answer = await until(async () => {
        const response = await fetch(`${network.log.url}/v1/log/entries`, sent);
        return response.status < 300 ? response : undefined;
      });
      await answer.text();
    };
    await submit(300);
    const to = join(network.data, 'mirror');
    const trust = ['--policy', network.policyPath];
    const { mirror, url } = await startFollowing(network.log.url, to, ...trust);
    const sizeOf = async () =>
      Number(decodeUtf8(await get(`${url}/checkpoint`, PATIENT)).split('\n')[1]);
    await until(async () => (await sizeOf()) === 300);
    expect(await succeed('audit', url, ...trust)).toMatch(/^OK[\s\S]*size +300/m);
    await submit(100);
    await until(async () => (await sizeOf()) === 400);

    // A monitor whose policy names the mirror, while the log is away.
    await network.log.stop();
    const policy = join(network.data, 'mirrored.txt');
    const own = readFileSync(network.policyPath, 'utf8');
    expect(own).toContain(network.log.url);
    writeFileSync(policy, own.replaceAll(network.log.url, url));
    network.monitor.edit((config) => {
      config.policy = policy;
    });
    await network.monitor.start();
    interface Status {
      readonly logs: readonly { readonly verified_size: number; readonly agreement: string }[];
    }
    const [log] = await until(async () => {
      const { logs } = await network.monitor.getJson<Status>('/v1/status');
      return logs[0]!.verified_size === 400 ? logs : undefined;
    });
    expect(log).toMatchObject({ verified_size: 400 });

    expect(await mirror.stop()).toEqual({ code: 0, signal: null });
    expect(await succeed('audit', to, ...trust)).toMatch(/^OK[\s\S]*quorum +met/m);
  });

  it('refuses a checkpoint without its quorum, and one that nobody trusts', async () => {
    const { url } = await serve(folder);
    const to = join(tempFolder(), 'mirror');
    const witness = newKey('w.example', KEY_TYPES.cosignatureEd25519).verifier.text;
    const policy = join(tempFolder(), 'policy.txt');
    writeFileSync(policy, `log ${key.verifier.text}\nwitness w ${witness}\nquorum w\n`);
    const refused = await runTecp(['mirror', '--from', url, '--to', to, '--policy', policy]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('no quorum') });
    const other = newKey('log.example', KEY_TYPES.ed25519).verifier.text;
    const untrusted = await runTecp(['mirror', '--from', url, '--to', to, '--vkey', other]);
    expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringContaining('policy trusts') });
    expect(existsSync(join(to, 'checkpoint'))).toBe(false);
  });
});

it.each(['mirror', 'log.db'])('killed in the middle, a mirror in %s goes on', async (name) => {
  const to = join(tempFolder(), name);
  // Until there: two marks of a folder, twenty transactions of a database.
  const slow = await serve(folder, (path) => path.startsWith('tile/entries/160'));
  const first = startCopy(slow.url, to);
  await until(() => slow.asked.includes('tile/entries/160') || !first.isRunning());
  await until(() => !first.isRunning() || name === 'log.db' || existsSync(join(to, '.mirror/0/2')));
  await first.kill();
  expect(existsSync(join(to, 'checkpoint'))).toBe(false);
  const log = await serve(folder);
  const said = await copy(log.url, to, ...believed);
  expect(said).toContain(`Size ${LARGE} of log.example`);
  expect(said).toContain('No quorum was checked');
  const bundles = new Set(log.asked.filter(isBundle));
  expect(bundles.size).toBeLessThan(Math.ceil(LARGE / 256) - 120);
  if (name === 'log.db') return;
  const policy = join(tempFolder(), 'policy.txt');
  writeFileSync(policy, `log ${key.verifier.text}\nquorum none\n`);
  expect(await succeed('audit', to, '--policy', policy, '--entry-types', 'opaque')).toMatch(/^OK/m);
  expect(existsSync(join(to, '.mirror/0'))).toBe(false);
});

it.runIf(S3_KINDS.includes('versitygw'))(
  'killed in the middle, a mirror in a bucket goes on, leaves nothing beside, and is served from there',
  async () => {
    const server = await S3Server.start('versitygw');
    onTestFinished(() => server.close());
    for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const size = 20_000;
    const small = join(tempFolder(), 'log');
    const entries = Array.from({ length: size }, (_, i) => encodeUtf8(`entry ${i}`));
    writeLogFolder(small, new MemorySource(key).append(...entries).sign());
    const to = server.newPlace();
    const files = server.open(to);
    const slow = await serve(small, (path) => path.startsWith('tile/entries/075'));
    const first = startCopy(slow.url, to);
    const isMarked = async () => (await files.read('.mirror/0/1')) !== undefined;
    await until(async () => !first.isRunning() || (await isMarked()));
    await first.kill();
    expect([await isMarked(), await files.checkpoint()]).toEqual([true, undefined]);
    const log = await serve(small);
    expect(await copy(log.url, to, ...believed)).toContain(`Size ${size} of log.example`);
    expect(log.asked.filter(isBundle).length).toBeLessThan(Math.ceil(size / 256) - 60);
    const beside = ['.mirror/0/checkpoint', '.mirror/0/1'].map((path) => files.read(path));
    expect(await Promise.all(beside)).toEqual([undefined, undefined]);

    const { mirror, url } = await startFollowing(log.url, to, ...believed);
    server.proxy.faultOf = () => 'busy';
    const answered = await fetch(`${url}/tile/entries/001`);
    expect([answered.status, answered.headers.has('retry-after')]).toEqual([503, true]);
    expect((await fetch(`${url}/checkpoint`)).status).toBe(200);
    server.proxy.faultOf = () => undefined;
    const policy = join(tempFolder(), 'policy.txt');
    writeFileSync(policy, `log ${key.verifier.text}\nquorum none\n`);
    expect(await succeed('audit', url, '--policy', policy, '--entry-types', 'opaque')).toMatch(
      /^OK/m,
    );
    expect(await mirror.stop()).toEqual({ code: 0, signal: null });
  },
);

it('killed at any moment, again and again, a mirror shows nothing or all of it', async () => {
  const to = join(tempFolder(), 'mirror');
  const { url, asked } = await serve(folder);
  let kills = 0;
  for (let files = 30; !existsSync(join(to, 'checkpoint')); files += 170) {
    asked.splice(0);
    const run = startCopy(url, to);
    await until(() => asked.filter(isBundle).length > files || !run.isRunning());
    await run.kill();
    kills++;
  }
  expect(kills).toBeGreaterThan(1);
  await copy(url, to, ...believed);
  const policy = join(tempFolder(), 'policy.txt');
  writeFileSync(policy, `log ${key.verifier.text}\nquorum none\n`);
  expect(await succeed('audit', to, '--policy', policy, '--entry-types', 'opaque')).toMatch(/^OK/m);
});

it('of two mirrors into one folder at once, one is refused', async () => {
  const to = join(tempFolder(), 'mirror');
  const slow = await serve(folder, (path) => path.startsWith('tile/entries/160'));
  startCopy(slow.url, to);
  await until(() => slow.asked.includes('tile/entries/100'));
  const second = await runTecp(['mirror', '--from', slow.url, '--to', to, ...believed]);
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('already in use') });
});

it('a log that signs another tree is told with evidence, and the mirror stays as it was', async () => {
  const to = join(tempFolder(), 'mirror');
  await copy((await serve(folder)).url, to, ...believed);
  const shown = readFileSync(join(to, 'checkpoint'), 'utf8');
  const forked = join(tempFolder(), 'forked');
  const entries = Array.from({ length: 700 }, (_, i) => encodeUtf8(`another ${i}`));
  writeLogFolder(forked, new MemorySource(key).append(...entries).sign());
  const args = ['mirror', '--from', (await serve(forked)).url, '--to', to, ...believed];
  const told = await runTecp(args);
  expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining('contradicts itself') });
  const [, evidence] = /Evidence: (\S+)\.\n/.exec(told.stderr) ?? [];
  expect(await succeed('evidence', 'verify', evidence!)).toMatch(/PROVEN/);
  expect(readFileSync(join(to, 'checkpoint'), 'utf8')).toBe(shown);
});

it.skipIf(!canMount())(
  'a full disk ends a copy with exit code 1, and with room it goes on',
  async () => {
    const disk = SmallDisk.mount(tempFolder(), 2)!;
    onTestFinished(() => disk.unmount());
    const to = join(disk.folder, 'mirror');
    const { url } = await serve(folder);
    const full = await runTecp(['mirror', '--from', url, '--to', to, ...believed]);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('the disk is full') });
    expect(existsSync(join(to, 'checkpoint'))).toBe(false);
    disk.grow(64);
    expect(await copy(url, to, ...believed)).toContain(`Size ${LARGE}`);
  },
);
