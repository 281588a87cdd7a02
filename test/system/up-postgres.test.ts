/** A local network whose log is in PostgreSQL: `tecp up --postgres`. */
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReadyReport } from '#cli/network/report.ts';
import { EMBEDDED_LOCK, embeddedFolder, embeddedProcess } from '#cli/postgres/embedded.ts';
import { installedPrograms } from '#cli/postgres/install.ts';
import { kill, stopNetwork, tecp } from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { until } from '#test/support/wait.ts';

describe.skipIf(POSTGRES_VERSIONS.length === 0)('a network with its log in PostgreSQL', () => {
  const server = usePostgres();
  it('is made, goes on with what is there, and stays in that database', async () => {
    const data = tempFolder();
    const database = await server().newDatabase();
    const url = server().url(database);
    const command = (name: string, ...args: string[]) => tecp([name, '--data', data, ...args]);
    const up = async (...args: string[]) => {
      const { code, stdout, stderr } = await command('up', '--detach', '--json', ...args);
      expect(code, stderr).toBe(0);
      const report = JSON.parse(stdout.toString()) as ReadyReport;
      onTestFinished(() => stopNetwork(report));
    };
    const size = async () => {
      const [row] = await server().query('SELECT size FROM tecp.log', { database });
      return Number(row![0]);
    };
    const port = String(await freeBasePort());
    await up('--port', port, '--witnesses', '1', '--postgres', url);
    const run = () => tecp(['run', '--data', data, '--', 'true'], { cwd: data });
    expect(await run()).toMatchObject({ code: 0 });
    expect(await size()).toBe(1);
    expect(await command('down')).toMatchObject({ code: 0 });
    const other = server().url(await server().newDatabase());
    const refused = await command('up', '--postgres', other);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--postgres') });
    await up('--postgres', url);
    expect(await run()).toMatchObject({ code: 0 });
    expect(await size()).toBe(2);
    expect(await command('down')).toMatchObject({ code: 0 });
  });
});

const isInstalled = installedPrograms(EMBEDDED_LOCK).size > 0;
const isRequired = process.env.TECP_REQUIRE_POSTGRES !== undefined;

it.skipIf(!isInstalled && !isRequired)(
  'a network brings its own PostgreSQL, and goes on with it',
  async () => {
    const data = tempFolder();
    const command = (name: string, ...args: string[]) => tecp([name, '--data', data, ...args]);
    const up = async (...args: string[]) => {
      const { code, stdout, stderr } = await command('up', '--detach', '--json', ...args);
      expect(code, stderr).toBe(0);
      const report = JSON.parse(stdout.toString()) as ReadyReport;
      onTestFinished(() => stopNetwork(report));
      return report;
    };
    const run = async () => {
      const { code, stderr } = await tecp(['run', '--data', data, '--', 'true'], { cwd: data });
      expect(code, stderr).toBe(0);
      return /logged at index (\d+)/.exec(stderr)?.[1];
    };
    const port = String(await freeBasePort());
    const { pids } = await up('--port', port, '--witnesses', '1', '--postgres', 'embedded');
    // Whatever becomes of the test.
    onTestFinished(() => {
      const server = embeddedProcess(data);
      if (server !== undefined) kill(server, 'SIGQUIT');
    });
    expect(await run()).toBe('0');
    const as = async (user: string, text: string) => {
      const client = new Client({
        host: embeddedFolder(data),
        port: 5432,
        user,
        database: 'tecp',
        ssl: false,
      });
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    };
    await expect(as('tecp_log', 'DELETE FROM tecp.entries')).rejects.toMatchObject({
      code: '42501',
    });
    const status = JSON.parse((await command('status', '--json')).stdout.toString());
    const server = embeddedProcess(data);
    expect(status.roles[0]).toMatchObject({ name: 'postgres', state: 'running', pid: server });
    expect((await command('logs', 'postgres')).stdout.toString()).toContain('ready to accept');

    // An "up" that is killed cannot stop it; the next one does, and starts it again.
    process.kill(pids.up, 'SIGKILL');
    const next = await up();
    expect(embeddedProcess(data)).not.toBe(server);
    expect(await run()).toBe('1');

    const again = embeddedProcess(data)!;
    process.kill(again, 'SIGKILL');
    await until(async () => {
      const now = embeddedProcess(data);
      return now !== undefined && now !== again && (await command('status')).code === 0;
    });
    expect(await run()).toBe('2');

    // And so does "down".
    process.kill(next.pids.up, 'SIGKILL');
    expect(await command('down')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('had left running'),
    });
    expect(embeddedProcess(data)).toBeUndefined();

    await up();
    expect(await run()).toBe('3');
    expect(await command('down')).toMatchObject({ code: 0 });
    expect(embeddedProcess(data)).toBeUndefined();
  },
);
