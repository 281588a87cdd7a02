/**
 * A log that has lost its database and goes on as if nothing had been lost, by the commands of its operator:
 * a copy, a mirror, and what its witnesses and its high-water mark know.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { entriesPath } from '#protocol/merkle/tiles.ts';
import { post, submittedOf } from '#test/support/http.ts';
import { childEnvironment, ROOT, runTecp } from '#test/support/processes.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { openTestReader } from '#test/support/store.ts';
import { until } from '#test/support/wait.ts';

/** Entries in the copy, and entries that were taken after it. */
const BEFORE = 300;
const AFTER = 400;

let log: SteeredLog;
let mirror: string;
let copy: string;

beforeEach(async () => {
  log = await SteeredLog.create();
  mirror = join(log.folder, 'mirror');
  copy = join(log.folder, 'copy.db');
});

async function command(...args: string[]) {
  return await runTecp(['log', ...args, '--config', log.config]);
}

async function succeed(...args: string[]): Promise<string> {
  const { code, stderr } = await command(...args);
  expect(code, stderr).toBe(0);
  return stderr;
}

/** A log that was copied, went on, was mirrored and killed, and has lost its disk. Returns the later entries. */
async function lostAfterCopy(after = AFTER): Promise<Uint8Array[]> {
  await log.start('init');
  await log.takesEntries();
  const { leaf_index: last } = await submittedOf(await log.submit());
  await log.growBy(BEFORE - last - 1);
  await succeed('backup', '--out', copy);
  const later: Uint8Array[] = [];
  while (later.length < after)
    later.push(...(await log.growBy(Math.min(1000, after - later.length))));
  await published(BEFORE + after);
  await succeed('export', mirror);
  await log.stop('SIGKILL');
  return later;
}

async function published(size: number): Promise<void> {
  const shown = async () => (await fetch(`${log.url}/checkpoint`)).text();
  await until(async () => (await shown()).includes(`\n${size}\n`), { what: `size ${size}` });
}

async function sizeOf(): Promise<number> {
  const store = openTestReader(log.database);
  const { size } = await store.treeHead();
  await store.close();
  return size;
}

it('goes on with every index that it gave, from a copy and a mirror', async () => {
  const later = await lostAfterCopy();
  log.lose('its database');
  expect(await succeed('restore', copy)).toContain('tecp log recover');
  await log.start();
  expect(await log.readyReason()).toMatch(/has signed size 700.*tecp log recover/s);
  expect(await command('recover', '--from', mirror)).toMatchObject({ code: 2 });
  await log.stop();

  expect(await succeed('recover', '--from', mirror)).toContain('Recovered entries 300 to 699');
  await log.start();
  await published(BEFORE + AFTER);
  await log.takesEntries();
  const again = await submittedOf(await post(`${log.url}/v1/log/entries`, later[7]!));
  expect(again).toMatchObject({ leaf_index: BEFORE + 7, duplicate: true });
  await log.growBy(3);
  expect(await succeed('export', mirror)).toMatch(
    /Exported size 70\d; \d of its entries are new there/,
  );
  const policy = join(log.folder, 'policy.txt');
  const audit = await runTecp(['audit', mirror, '--policy', policy]);
  expect(audit, audit.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^OK\n/) });
  expect(existsSync(join(mirror, `${entriesPath(1, 256)}.p`))).toBe(false);
});

it('stays refused where the end is missing, and says which entries are', async () => {
  await lostAfterCopy();
  const whole = join(log.folder, 'whole');
  cpSync(mirror, whole, { recursive: true });
  rmSync(join(mirror, entriesPath(1, 256)));
  log.lose('its database');
  await succeed('restore', copy);
  const failed = await command('recover', '--from', mirror);
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Entries 300 to 699 are missing/),
  });
  expect(failed.stderr).toMatch(/--trust-database.*fork/s);
  expect(await sizeOf()).toBe(BEFORE);
  expect(await succeed('recover', '--from', mirror, whole)).toContain('entries 300 to 699');
});

it('is recovered by the next command where one was killed', async () => {
  await lostAfterCopy(2600);
  // With the mark: only witnesses and mirrors know how far it had got.
  log.lose('everything');
  await succeed('restore', copy);
  // A mirror that hangs once some of its entries are stored, and others are not.
  let hangs = true;
  const url = await serve(mirror, (path) => hangs && path.startsWith('tile/entries/010'));
  const args = ['log', 'recover', '--config', log.config, '--from', url];
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    cwd: ROOT,
    env: childEnvironment(),
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(async () => (await sizeOf()) > BEFORE || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  expect(await sizeOf()).toBe(2560);
  await log.start();
  await until(async () => /checkpoint of size 2900/.test(await log.readyReason()), { what: 'why' });
  await log.stop();
  hangs = false;
  expect(await succeed('recover', '--from', url)).toContain('entries 2560 to 2899');
  await log.start();
  await log.takesEntries();
});

/** A folder as static hosting serves it. */
async function serve(folder: string, hangs: (path: string) => boolean = () => false) {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    if (hangs(path)) return;
    const file = join(folder, path);
    const isThere = existsSync(file);
    response.writeHead(isThere ? 200 : 404).end(isThere ? readFileSync(file) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
