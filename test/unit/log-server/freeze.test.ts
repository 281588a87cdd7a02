/** A log that is frozen: what it takes to freeze one, and what it says when it is started again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecoveryError } from '#log-server/recovery/agreement.ts';
import { freezeLog } from '#log-server/recovery/freeze.ts';
import { recoverLog } from '#log-server/recovery/recover.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import { expectLogSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { getJson, post, postLines, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

const entries = Array.from({ length: 3 }, () => freshReceipt());

let witness: FakeWitness;
let policy: string;
let log: TestLog;
let isRunning = false;

const logConfig = () => log.config.logs[0]!;
const submit = (body: Uint8Array, query = '') => post(`${log.url}/v1/log/entries${query}`, body);
const away = () => ({ status: 503, body: '' });

beforeEach(async () => {
  witness = await FakeWitness.start('w1', 81);
  policy = policyOf([witness], 1);
  log = await startTestLog({ policy });
  isRunning = true;
  await postLines(`${log.url}/v1/log/entries`, entries);
  await until(() => log.logs[0]!.published?.size === 3);
});
afterEach(async () => {
  await stop();
  await witness.close();
});

/** Unless it was stopped before. */
async function stop(): Promise<void> {
  if (isRunning) await log.close();
  isRunning = false;
}

async function start(options: Parameters<typeof startTestLog>[0] = {}): Promise<void> {
  log = await startTestLog({ folder: log.folder, key: log.key, policy, ...options });
  isRunning = true;
}

async function freeze() {
  await stop();
  return await freezeLog(logConfig());
}

describe('a log', () => {
  it('is frozen once, for ever, and only while it does not run', async () => {
    await expect(freezeLog(logConfig())).rejects.toBeInstanceOf(ConfigError);
    expect(await freeze()).toEqual({ size: 3, before: false, silent: [] });
    expect(await freezeLog(logConfig())).toEqual({ size: 3, before: true, silent: [] });
    await start();
    expect(log.logs[0]!.standing.isFrozen).toBe(true);
  });

  it('that was not stopped in order is frozen only if a quorum shows what it has cosigned', async () => {
    await stop();
    await markAsRunning();
    witness.showsCheckpoint = false;
    await expect(freezeLog(logConfig())).rejects.toThrow(/no quorum of witnesses shows/);
    witness.showsCheckpoint = true;
    expect((await freezeLog(logConfig())).before).toBe(false);
  });

  it('is not frozen while its mark knows of a larger tree', async () => {
    await stop();
    const mark = await openMark();
    await mark.stop({ size: 4, root: asHash(new Uint8Array(32)) });
    await expect(freezeLog(logConfig())).rejects.toThrow(/has had size 4.*log recover/);
  });

  it('is not frozen while a witness knows of a larger tree, or of another one', async () => {
    await stop();
    const { origin } = log.logs[0]!;
    const shows = (size: number) => {
      const root = asHash(new Uint8Array(32).fill(size));
      witness.note = signCheckpoint({ origin, size, root, extensions: [] }, log.key);
    };
    shows(4);
    await expect(freezeLog(logConfig())).rejects.toThrow(/has had size 4.*log recover/);
    shows(2);
    await expect(freezeLog(logConfig())).rejects.toBeInstanceOf(RecoveryError);
  });

  it('is frozen where a witness is away, which is told', async () => {
    await stop();
    await witness.close();
    const { silent } = await freezeLog(logConfig());
    expect(silent.map(({ by }) => by)).toEqual([`the witness ${witness.url}`]);
    expect(silent).toHaveLength(1);
    witness = await FakeWitness.start('w1', 81);
  });

  it('that is frozen is not recovered to more than it has', async () => {
    await freeze();
    const root = asHash(new Uint8Array(32).fill(4));
    const checkpoint = { origin: log.logs[0]!.origin, size: 4, root, extensions: [] };
    witness.note = signCheckpoint(checkpoint, log.key);
    const recovering = recoverLog(logConfig(), { mirrors: [], onProgress: () => undefined });
    await expect(recovering).rejects.toThrow(/is frozen at 3/);
  });
});

async function openMark(): Promise<HighWaterMark> {
  return await HighWaterMark.open(`${logConfig().database}.high-water`, log.key.verifier.text);
}

/** As a log leaves it that was killed. */
async function markAsRunning(): Promise<void> {
  const mark = await openMark();
  await mark.begin(mark.mark?.signed);
}

describe('a frozen log', () => {
  it('signs and publishes the whole of its tree, what was not signed before too', async () => {
    witness.behaviour = away;
    await submit(freshReceipt());
    await freeze();
    witness.behaviour = () => undefined;
    await start({ log: { checkpoint: { interval_ms: 20, refresh_ms: 50 } } });
    await until(() => log.logs[0]!.published?.size === 4);
    expect(log.logs[0]!.trouble).toBeUndefined();
    expect((await fetch(`${log.url}/readyz`)).status).toBe(200);
    await expectLogSound(log.logs[0]!);
    // And has it cosigned again and again.
    const before = witness.offers.length;
    await until(() => witness.offers.length >= before + 3);
    expect(log.logs[0]!.published?.size).toBe(4);
  });

  it.each([1, 2])(
    'with %i front ends answers what it has, and refuses all else for good',
    async (workers) => {
      await freeze();
      await start({ settings: { workers } });
      const known = await submittedOf(await submit(entries[1]!, '?wait=proof'));
      expect(known).toMatchObject({ leaf_index: 1, duplicate: true });
      expect(known.proof).toContain('c2sp.org/tlog-proof@v1');
      const answer = await submit(freshReceipt());
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([410, null]);
      expect(await problemOf(answer)).toMatchObject({ code: 'log-frozen' });
      const batch = [entries[2]!, freshReceipt(), entries[0]!];
      const lines = await postLines(`${log.url}/v1/log/entries`, batch);
      expect(lines).toMatchObject([
        { status: 200, leaf_index: 2, duplicate: true },
        { status: 410, code: 'log-frozen' },
        { status: 200, leaf_index: 0, duplicate: true },
      ]);
      expect(log.logs[0]!.head.size).toBe(3);
      expect(await getJson(`${log.url}/v1/log/sth`)).toMatchObject({ tree_size: 3, frozen: true });
      const metrics = await (await fetch(`${log.url}/metrics`)).text();
      expect(metrics).toMatch(/^tecp_log_frozen\{.*\} 1$/m);
      expect(metrics).toMatch(/^tecp_log_refused_total\{.*log-frozen.*\} 2$/m);
    },
  );

  it('answers so although no witness confirms it: it has no other tree to go back from', async () => {
    await freeze();
    witness.behaviour = away;
    await start({ confirmed: false });
    expect(await submittedOf(await submit(entries[0]!))).toMatchObject({ leaf_index: 0 });
    expect((await submit(freshReceipt())).status).toBe(410);
  });
});
