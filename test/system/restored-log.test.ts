/**
 * A log whose database is not the newest, as a process of its own with witnesses that a test can
 * steer: restored from a backup it gives no index and signs nothing, whoever its witnesses are; an
 * honest one that was killed goes on.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { writeSignerKey } from '#service/keys.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { ROOT, releaseAtEnd, TestProcess } from '#test/support/processes.ts';
import { openTestReader } from '#test/support/store.ts';
import { timed } from '#test/support/stretch.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const PROGRAM = join(ROOT, 'test/support/log-process.ts');
/** Entries in the backup, and entries that were taken after it. */
const BEFORE = 5;
const AFTER = 7;

let folder: string;
let data: string;
let witnesses: FakeWitness[];
let log: TestProcess;
let url: string;

beforeEach(async () => {
  folder = tempFolder();
  data = join(folder, 'data');
  mkdirSync(data);
  witnesses = [];
  for (const i of [1, 2, 3]) witnesses.push(await FakeWitness.start(`w${i}`, 80 + i));
  onTestFinished(async () => {
    for (const witness of witnesses) await witness.close();
  });
  writeSignerKey(join(folder, 'log.key'), logKey());
  const policy = `log ${logKey().verifier.text}\n${policyOf(witnesses, 2)}`;
  writeFileSync(join(folder, 'policy.txt'), policy);
  const files = { key: 'log.key', database: 'data/log.db', policy: 'policy.txt' };
  const settings = { checkpoint: { interval_ms: 20 }, witness_timeout_ms: 30_000 };
  const document = { listen: { port: 0 }, logs: [{ ...files, ...settings }] };
  writeFileSync(join(folder, 'log.yaml'), stringify(document));
});

/** Starts the log and waits until it listens. */
async function start(...flags: ('init' | 'trust-database')[]): Promise<void> {
  const child = new TestProcess({
    name: 'log',
    args: [PROGRAM, join(folder, 'log.yaml'), ...flags],
  });
  releaseAtEnd(() => [child]);
  child.start();
  const listening = () => child.lines.join().match(/"url":"(http:[^"]+)","origins"/)?.[1];
  await child.until(async () => listening() !== undefined);
  log = child;
  url = listening()!;
}

const submit = async () => await post(`${url}/v1/log/entries`, freshReceipt());

async function takesEntries(): Promise<void> {
  await until(async () => (await submit()).status === 200, { what: 'entries are taken' });
}

/** Submits until the published tree has grown to `size`. */
async function growTo(size: number): Promise<void> {
  for (;;) {
    const { leaf_index } = await submittedOf(await submit());
    if (leaf_index >= size - 1) break;
  }
  await until(async () => witnesses.every((witness) => witness.size === size), {
    what: `size ${size} at every witness`,
  });
}

function copyFiles(from: string, to: string, isWanted: (name: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter(isWanted))
    copyFileSync(join(from, name), join(to, name));
}

/** A log that went on after a backup of its closed files was made, and died; then restored. */
async function restore(what: 'its database' | 'its whole folder', death: NodeJS.Signals) {
  await start('init');
  await takesEntries();
  await growTo(BEFORE);
  await log.stop();
  const backup = join(folder, 'backup');
  copyFiles(data, backup, () => true);
  await start();
  await takesEntries();
  await growTo(BEFORE + AFTER);
  await log.stop(death);
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `log.db${suffix}`), { force: true });
  copyFiles(
    backup,
    data,
    (name) =>
      what === 'its whole folder' || (name.startsWith('log.db') && !name.endsWith('.high-water')),
  );
}

/** Sizes of all checkpoints that the log has ever signed, by its database. */
async function signedSizes(): Promise<number[]> {
  const store = openTestReader(join(data, 'log.db'));
  const signed = await store.signedAfter(-1, 1000);
  await store.close();
  return signed.map(({ size }) => size);
}

const offeredSizes = () =>
  witnesses.flatMap(({ offers }) =>
    offers.map(({ checkpoint }) => parseCheckpoint(parseNote(checkpoint).text).size),
  );

async function readyReason(): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  return await response.text();
}

/** Refuses every entry, and goes on serving what readers ask for. */
async function expectTakesNothing(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const refused = await submit();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'not-confirmed' });
  }
  const lines = Buffer.from(freshReceipt());
  const batch = await post(`${url}/v1/log/entries`, lines, {
    'content-type': 'application/x-ndjson',
  });
  expect(await problemOf(batch)).toMatchObject({ status: 503, code: 'not-confirmed' });
  expect(await tryGet(`${url}/checkpoint`)).toContain(`\n${BEFORE}\n`);
}

const COMPANY = {
  'that are up': () => undefined,
  'that have no GET checkpoint': () => {
    for (const witness of witnesses) witness.showsCheckpoint = false;
  },
  'that are away': async () => {
    for (const witness of witnesses) await witness.close();
  },
} as const;

describe('a log restored from a backup', () => {
  it.each(
    (['its database', 'its whole folder'] as const).flatMap((what) =>
      (Object.keys(COMPANY) as (keyof typeof COMPANY)[]).map((company) => [what, company] as const),
    ),
  )('of %s gives no index and signs nothing, with witnesses %s', async (what, company) => {
    await restore(what, what === 'its database' ? 'SIGKILL' : 'SIGTERM');
    for (const { offers } of witnesses) offers.splice(0);
    await COMPANY[company]();
    const before = await signedSizes();
    await start();
    await expectTakesNothing();
    // The reason stands once the witnesses were asked; the mark alone needs no asking.
    const expected =
      what === 'its database'
        ? /high-water mark/
        : {
            'that are up': /holds a checkpoint of size/,
            'that have no GET checkpoint': /claims to have cosigned/,
            'that are away': /ECONNREFUSED|unreachable|connect/i,
          }[company];
    await until(async () => expected.test(await readyReason()), { what: 'the reason' });
    await expectTakesNothing();
    expect(await log.stop()).toEqual({ code: 0, signal: null });
    expect(await signedSizes()).toEqual(before);
    for (const size of offeredSizes()) expect(size).toBeLessThanOrEqual(BEFORE);

    // Again, as a supervisor would.
    await start();
    await expectTakesNothing();
    await log.stop();

    // The operator has judged.
    await start('trust-database');
    await takesEntries();
    expect(log.lines.join()).toMatch(/the operator trusts the database/);
  });

  it('that was made anew waits, as a witness knows more of it', async () => {
    await start('init');
    await takesEntries();
    await growTo(BEFORE);
    await log.stop('SIGKILL');
    rmSync(data, { recursive: true });
    await start('init');
    for (let i = 0; i < 5; i++) expect((await submit()).status).toBe(503);
    await until(async () => /holds a checkpoint/.test(await readyReason()), { what: 'the reason' });
    expect((await submit()).status).toBe(503);
  });
});

describe('an honest log', () => {
  async function running(): Promise<void> {
    await start('init');
    await takesEntries();
    await growTo(BEFORE);
  }

  it('that was killed goes on within seconds, though one witness lies', async () => {
    await running();
    await log.stop('SIGKILL');
    witnesses[0]!.behaviour = () => ({ status: 409, body: '999\n' });
    const { tookMs, stretch } = await timed(async () => {
      await start();
      await takesEntries();
    });
    expect(tookMs).toBeLessThan(30_000 * stretch);
  });

  it('of before there were marks goes on with its witnesses', async () => {
    await running();
    await log.stop();
    rmSync(join(data, 'log.db.high-water'));
    await start();
    await takesEntries();
    expect(existsSync(join(data, 'log.db.high-water'))).toBe(true);
  });

  it('that was killed waits for its witnesses, and stopped in order it does not', async () => {
    await running();
    await log.stop();
    for (const witness of witnesses) witness.behaviour = () => ({ status: 503, body: '' });
    await start();
    await takesEntries();
    await log.stop('SIGKILL');
    await start();
    for (let i = 0; i < 10; i++) expect((await submit()).status).toBe(503);
    expect(await readyReason()).toMatch(/no entry is taken until witnesses confirm/);
    for (const witness of witnesses) witness.behaviour = () => undefined;
    await takesEntries();
  });

  it('drains at once while a witness that it asks hangs', async () => {
    await running();
    await log.stop('SIGKILL');
    const asked = offeredSizes().length;
    for (const witness of witnesses) witness.behaviour = () => 'hang';
    await start();
    await until(async () => offeredSizes().length >= asked + 3, {
      what: 'the witnesses are asked',
    });
    expect((await submit()).status).toBe(503);
    const { result, tookMs, stretch } = await timed(() => log.stop());
    expect(result).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(15_000 * stretch);
  });
});
