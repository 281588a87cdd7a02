/** A local network whose log is in PostgreSQL: `tecp up --postgres`. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReadyReport } from '#cli/network/report.ts';
import { stopNetwork, tecp } from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';

const newest = POSTGRES_VERSIONS.at(-1);

describe.skipIf(newest === undefined)('a network with its log in PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await TestPostgres.start(newest!.programs);
  });
  afterAll(async () => {
    await server?.stop();
  });

  it('is made, goes on with what is there, and stays in that database', async () => {
    const data = tempFolder();
    const database = await server.newDatabase();
    const url = server.url(database);
    const command = (name: string, ...args: string[]) => tecp([name, '--data', data, ...args]);
    const up = async (...args: string[]) => {
      const { code, stdout, stderr } = await command('up', '--detach', '--json', ...args);
      expect(code, stderr).toBe(0);
      const report = JSON.parse(stdout.toString()) as ReadyReport;
      onTestFinished(() => stopNetwork(report));
    };
    const size = async () => {
      const [row] = await server.query('SELECT size FROM tecp.log', { database });
      return Number(row![0]);
    };
    const port = String(await freeBasePort());
    await up('--port', port, '--witnesses', '1', '--postgres', url);
    const run = () => tecp(['run', '--data', data, '--', 'true'], { cwd: data });
    expect(await run()).toMatchObject({ code: 0 });
    expect(await size()).toBe(1);
    expect(await command('down')).toMatchObject({ code: 0 });
    const other = server.url(await server.newDatabase());
    const refused = await command('up', '--postgres', other);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--postgres') });
    await up('--postgres', url);
    expect(await run()).toMatchObject({ code: 0 });
    expect(await size()).toBe(2);
    expect(await command('down')).toMatchObject({ code: 0 });
  });
});
