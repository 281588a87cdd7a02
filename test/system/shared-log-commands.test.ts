/** What operators do beside the processes that run one log on PostgreSQL, and after they have lost its database. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from '#test/support/http.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { runTecp } from '#test/support/processes.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { until } from '#test/support/wait.ts';

const postgres = usePostgres();

const HIGH_WATER = { high_water_mark: 'mark', checkpoint: { interval_ms: 20, refresh_ms: 100 } };

/** One of the processes of a log; the first has the witnesses. */
async function processOn(database: string, first?: SteeredLog): Promise<SteeredLog> {
  return await SteeredLog.create({ database, ...HIGH_WATER }, { witnesses: first?.witnesses });
}

async function shownSize({ url }: SteeredLog): Promise<number> {
  return Number((await (await fetch(`${url}/checkpoint`)).text()).split('\n')[1]);
}

describe.skipIf(POSTGRES_VERSIONS.length === 0)('a log on PostgreSQL', () => {
  it('is copied beside the processes that run it, is not moved or recovered, and can be frozen', async () => {
    const database = postgres().url(await postgres().newDatabase());
    const first = await processOn(database);
    const second = await processOn(database, first);
    await first.start('init');
    await second.start();
    for (const one of [first, second]) await one.takesEntries();
    const run = (command: string, ...args: string[]) =>
      runTecp(['log', command, ...args, '--config', first.config]);

    const copy = join(first.folder, 'copy.db');
    const [copied] = await Promise.all([run('backup', '--out', copy), second.growBy(50)]);
    expect(copied, copied.stderr).toMatchObject({ code: 0, stdout: `${copy}\n` });
    const mirror = join(first.folder, 'mirror');
    expect((await run('export', mirror)).code).toBe(0);
    const to = join(first.folder, 'new.db');
    const inUse = { code: 2, stderr: expect.stringMatching(/A process has .* open and writes it/) };
    expect(await run('migrate', '--to', to)).toMatchObject(inUse);
    expect(existsSync(to)).toBe(false);
    expect(await run('recover', '--from', mirror)).toMatchObject(inUse);
    const entries = await second.growBy(1);

    const frozen = await run('freeze');
    expect(frozen.code, frozen.stderr).toBe(0);
    const size = Number(/Frozen: (\d+) entries/.exec(frozen.stderr)?.[1]);
    for (const one of [first, second]) {
      const refused = await until(async () => {
        const answer = await one.submit();
        return answer.status !== 503 && answer;
      });
      expect(await problemOf(refused)).toMatchObject({ status: 410, code: 'log-frozen' });
      await until(async () => (await shownSize(one)) === size, { what: 'its last tree is shown' });
    }
    expect(entries).toHaveLength(1);
    expect(first.witnesses.map((witness) => witness.size)).toEqual([size, size, size]);
    const offers = () => first.witnesses.reduce((sum, witness) => sum + witness.offers.length, 0);
    const before = offers();
    await until(() => offers() > before + 6, { what: 'cosigned again' });
  });

  it('that was restored from a copy signs nothing until what came after that has been brought back', async () => {
    const lost = await processOn(postgres().url(await postgres().newDatabase()));
    await lost.start('init');
    await lost.takesEntries();
    await lost.growBy(4);
    const copy = join(lost.folder, 'copy.db');
    const mirror = join(lost.folder, 'mirror');
    const config = ['--config', lost.config];
    expect((await runTecp(['log', 'backup', '--out', copy, ...config])).code).toBe(0);
    await lost.growBy(7);
    expect((await runTecp(['log', 'export', mirror, ...config])).code).toBe(0);
    const size = await shownSize(lost);
    await lost.stop('SIGKILL');

    const name = await postgres().newDatabase();
    const restored = await processOn(postgres().url(name), lost);
    const own = ['--config', restored.config];
    const done = await runTecp(['log', 'restore', copy, ...own]);
    expect(done.code, done.stderr).toBe(0);
    const signed = async () =>
      await postgres().query('SELECT size FROM tecp.signed_checkpoints ORDER BY 1', {
        database: name,
      });
    const before = await signed();
    for (const { offers } of lost.witnesses) offers.splice(0);
    await restored.start();
    await until(async () => /holds a checkpoint of size/.test(await restored.readyReason()), {
      what: 'the reason',
    });
    for (let i = 0; i < 5; i++) {
      const refused = await restored.submit();
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect(await shownSize(restored)).toBeLessThan(size);
    await restored.stop();
    expect(await signed()).toEqual(before);
    for (const one of lost.offeredSizes()) expect(one).toBeLessThan(size);

    const recovered = await runTecp(['log', 'recover', '--from', mirror, ...own]);
    expect(recovered.code, recovered.stderr).toBe(0);
    await restored.start();
    await restored.takesEntries();
    await until(() => lost.witnesses.every((witness) => witness.size > size), { what: 'cosigned' });
  });
});
