/**
 * A log whose database is not the newest, as a process of its own with witnesses that a test can
 * steer: restored from a backup it gives no index and signs nothing, whoever its witnesses are; an
 * honest one that was killed goes on.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeWitness } from '#test/support/fake-witness.ts';
import { post, problemOf } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';

/** Entries in the backup, and entries that were taken after it. */
const BEFORE = 5;
const AFTER = 7;

let log: SteeredLog;
let witnesses: readonly FakeWitness[];

beforeEach(async () => {
  log = await SteeredLog.create();
  witnesses = log.witnesses;
});

function copyFiles(from: string, to: string, isWanted: (name: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter(isWanted))
    copyFileSync(join(from, name), join(to, name));
}

/** A log that went on after a backup of its closed files was made, and died; then restored. */
async function restore(what: 'its database' | 'its whole folder', death: NodeJS.Signals) {
  await log.start('init');
  await log.takesEntries();
  await log.growTo(BEFORE);
  await log.stop();
  const backup = join(log.folder, 'backup');
  copyFiles(log.data, backup, () => true);
  await log.start();
  await log.takesEntries();
  await log.growTo(BEFORE + AFTER);
  await log.stop(death);
  log.lose('its database');
  copyFiles(
    backup,
    log.data,
    (name) =>
      what === 'its whole folder' || (name.startsWith('log.db') && !name.endsWith('.high-water')),
  );
}

/** Refuses every entry, and goes on serving what readers ask for. */
async function expectTakesNothing(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const refused = await log.submit();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'not-confirmed' });
  }
  const lines = Buffer.from(freshReceipt());
  const batch = await post(`${log.url}/v1/log/entries`, lines, {
    'content-type': 'application/x-ndjson',
  });
  expect(await problemOf(batch)).toMatchObject({ status: 503, code: 'not-confirmed' });
  expect(await tryGet(`${log.url}/checkpoint`)).toContain(`\n${BEFORE}\n`);
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
    const before = await log.signedSizes();
    await log.start();
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
    await until(async () => expected.test(await log.readyReason()), { what: 'the reason' });
    await expectTakesNothing();
    expect(await log.stop()).toEqual({ code: 0, signal: null });
    expect(await log.signedSizes()).toEqual(before);
    for (const size of log.offeredSizes()) expect(size).toBeLessThanOrEqual(BEFORE);

    // Again, as a supervisor would.
    await log.start();
    await expectTakesNothing();
    await log.stop();

    // The operator has judged.
    await log.start('trust-database');
    await log.takesEntries();
    expect(log.process.lines.join()).toMatch(/the operator trusts the database/);
  });

  it('that was made anew waits, as a witness knows more of it', async () => {
    await log.start('init');
    await log.takesEntries();
    await log.growTo(BEFORE);
    await log.stop('SIGKILL');
    rmSync(log.data, { recursive: true });
    await log.start('init');
    for (let i = 0; i < 5; i++) expect((await log.submit()).status).toBe(503);
    await until(async () => /holds a checkpoint/.test(await log.readyReason()), {
      what: 'the reason',
    });
    expect((await log.submit()).status).toBe(503);
  });
});

describe('an honest log', () => {
  async function running(): Promise<void> {
    await log.start('init');
    await log.takesEntries();
    await log.growTo(BEFORE);
  }

  it('that was killed goes on within seconds, though one witness lies', async () => {
    await running();
    await log.stop('SIGKILL');
    witnesses[0]!.behaviour = () => ({ status: 409, body: '999\n' });
    const { tookMs, stretch } = await timed(async () => {
      await log.start();
      await log.takesEntries();
    });
    expect(tookMs).toBeLessThan(30_000 * stretch);
  });

  it('of before there were marks goes on with its witnesses', async () => {
    await running();
    await log.stop();
    rmSync(join(log.data, 'log.db.high-water'));
    await log.start();
    await log.takesEntries();
    expect(existsSync(join(log.data, 'log.db.high-water'))).toBe(true);
  });

  it('that was killed waits for its witnesses, and stopped in order it does not', async () => {
    await running();
    await log.stop();
    for (const witness of witnesses) witness.behaviour = () => ({ status: 503, body: '' });
    await log.start();
    await log.takesEntries();
    await log.stop('SIGKILL');
    await log.start();
    for (let i = 0; i < 10; i++) expect((await log.submit()).status).toBe(503);
    expect(await log.readyReason()).toMatch(/no entry is taken until witnesses confirm/);
    for (const witness of witnesses) witness.behaviour = () => undefined;
    await log.takesEntries();
  });

  it('drains at once while a witness that it asks hangs', async () => {
    await running();
    await log.stop('SIGKILL');
    const asked = log.offeredSizes().length;
    for (const witness of witnesses) witness.behaviour = () => 'hang';
    await log.start();
    await until(async () => log.offeredSizes().length >= asked + 3, {
      what: 'the witnesses are asked',
    });
    expect((await log.submit()).status).toBe(503);
    const { result, tookMs, stretch } = await timed(() => log.stop());
    expect(result).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(15_000 * stretch);
  });
});
