/**
 * Two processes of one log on PostgreSQL that do not reach one another, though both reach the database and their clients;
 * and one whose readers have all of its connections.
 */
import { Client } from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { randomBytes } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { policyOf } from '#test/support/fake-witness.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { timed } from '#test/support/stretch.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { PATIENT, until } from '#test/support/wait.ts';
import { Way } from '#test/support/way.ts';

/** Where each process says that others reach it: there stands a way that can be cut. */
const ANNOUNCED = '127.0.0.2';
/** Of one thread of readers (`pool.ts`). */
const CONNECTIONS = 8;

const postgres = usePostgres();

describe.skipIf(POSTGRES_VERSIONS.length === 0)('of two processes of one log', () => {
  let database: string;
  /** The one that sequences, and the other. */
  let first: SteeredLog;
  let other: SteeredLog;
  let way: Way;

  beforeEach(async () => {
    database = await postgres().newDatabase();
    const start = async (witnesses?: SteeredLog['witnesses'], ...flags: 'init'[]) => {
      const port = await freeBasePort();
      const own = await Way.between({ host: ANNOUNCED, port }, { host: '127.0.0.1', port });
      onTestFinished(() => own.stop());
      const settings = { database: postgres().url(database), high_water_mark: 'mark' };
      const server = { workers: 1, handover: { port, announce: ANNOUNCED } };
      const log = await SteeredLog.create(settings, { witnesses, server });
      await log.start(...flags);
      return { log, own };
    };
    const begun = await start(undefined, 'init');
    ({ log: first, own: way } = begun);
    await first.takesEntries();
    ({ log: other } = await start(first.witnesses));
    await other.takesEntries();
  });

  const submit = async ({ url }: SteeredLog, entry: Uint8Array) =>
    await post(`${url}/v1/log/entries`, entry);

  it('the one that does not reach the other refuses at once, loses nothing, and shows all that is new', async () => {
    // What it hands over arrives, and no answer comes back.
    way.cut('answers');
    const entry = freshReceipt();
    const lost = await timed(() => submit(other, entry));
    expect(lost.result.headers.get('retry-after')).toBe('1');
    expect(await problemOf(lost.result)).toMatchObject({ status: 503, code: 'storage-failed' });
    expect(lost.tookMs).toBeLessThan(5000 * lost.stretch);
    const { leaf_index: index, duplicate } = await submittedOf(await submit(first, entry));
    expect(duplicate).toBe(true);

    way.cut();
    for (let i = 0; i < 5; i++) {
      const { result, tookMs, stretch } = await timed(() => submit(other, freshReceipt()));
      expect(result.headers.get('retry-after')).toBe('1');
      expect(await problemOf(result)).toMatchObject({ status: 503, code: 'no-sequencer' });
      expect(tookMs).toBeLessThan(1000 * stretch);
    }
    for (let i = 0; i < 5; i++) {
      await first.growBy(1);
      const shown = await until(async () => await (await fetch(`${first.url}/checkpoint`)).text());
      // At once: a front end asks the store before it says how far the log is.
      expect(sizeOf(await (await fetch(`${other.url}/checkpoint`)).text())).toBeGreaterThanOrEqual(
        sizeOf(shown),
      );
    }

    way.mend();
    await other.takesEntries();
    expect((await submittedOf(await submit(other, entry))).leaf_index).toBe(index);
    expect(await isSequencing(first)).toBe(true);
    const policy = parsePolicy(`log ${logKey().verifier.text}\n${policyOf(first.witnesses, 2)}`);
    const types = { policy, entryTypes: entryTypes(['tecp-receipt']) };
    const { problems } = await checkLog(new HttpTileSource(other.url, PATIENT), types);
    expect(problems).toEqual([]);
  });

  it('the one whose connections all wait tells readers to come again, and the other answers', async () => {
    const holder = new Client({ host: postgres().folder, user: 'postgres', database, ssl: false });
    await holder.connect();
    let isHeld = true;
    onTestFinished(async () => {
      if (isHeld) await holder.end();
    });
    await holder.query('BEGIN; LOCK TABLE tecp.entries IN ACCESS EXCLUSIVE MODE');
    const ask = async () => {
      const answer = await fetch(`${other.url}/v1/log/proof?leaf=${toHex(randomBytes(32))}`);
      return [answer.status, answer.headers.get('retry-after')];
    };
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND database =
      (SELECT oid FROM pg_database WHERE datname = '${database}')`;
    const asked: Promise<unknown>[] = [];
    // One after another: those who ask at once are one statement.
    while (asked.length < CONNECTIONS) {
      asked.push(ask());
      await until(async () => (await postgres().query(waiting)).length === asked.length);
    }
    asked.push(...Array.from({ length: 20 }, ask));
    const answers: unknown[] = [];
    for (const one of asked) void one.then((answer) => answers.push(answer));
    const { tookMs, stretch } = await timed(() => until(() => answers.length >= 20));
    // Ten seconds for a connection, and as many for a statement of whoever got one that was given up just before.
    expect(tookMs).toBeLessThan(22_000 * stretch);
    expect(new Set(answers.map(String))).toEqual(new Set(['503,1']));
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${first.url}/checkpoint`)).status).toBe(200);
    await holder.end();
    isHeld = false;
    await Promise.all(asked);
    for (const answer of answers.map(String)) expect(['404,', '503,1']).toContain(answer);
    await until(async () => (await fetch(`${other.url}/checkpoint`)).status === 200);
    await other.takesEntries();
  });
});

function sizeOf(checkpoint: string): number {
  return Number(checkpoint.split('\n')[1]);
}

async function isSequencing({ url }: SteeredLog): Promise<boolean> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return /^tecp_log_sequencing\{[^}]*\} 1$/m.test(metrics);
}
