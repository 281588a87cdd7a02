/** What deploy/compose-postgres.yaml says, run as processes of this machine, with a primary that is killed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, it, onTestFailed, onTestFinished, vi } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { ComposeProject, POSTGRES_PROGRAMS } from '#test/support/compose-project.ts';
import { isWithoutBalancer } from '#test/support/load-balancer.ts';
import { freshReceipt } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { PATIENT, until } from '#test/support/wait.ts';

it.skipIf(POSTGRES_PROGRAMS === undefined || isWithoutBalancer('nginx'))(
  'the compose file with PostgreSQL: what it starts takes entries, also when the primary has died',
  async () => {
    const project = ComposeProject.create('compose-postgres.yaml');
    onTestFinished(() => {
      project.end();
      vi.unstubAllEnvs();
    });
    onTestFailed(() => void process.stderr.write(project.output()));
    // Starts the databases.
    project.setUp('log.example/2026', 'postgres');
    for (const service of project.services.filter((name) => !/^db-|^log$/.test(name))) {
      project.spawn(service);
    }
    const url = `http://${project.addressOf('log')}:8400`;
    for (const name of ['log-1', 'log-2', 'witness-1', 'witness-2', 'witness-3']) {
      const port = /^witness-(.)/.exec(name)?.[1];
      const at = `http://${project.addressOf(name)}:84${port === undefined ? '00' : `1${port}`}`;
      await until(() => tryGet(`${at}/healthz`), { what: `${name} runs` });
    }
    project.spawn('log');
    await until(() => tryGet(`${url}/healthz`), { what: 'nginx runs' });
    const submit = async () => {
      const { leaf_index: index } = await new LogClient(url, PATIENT).submit(freshReceipt(), {
        waitForProof: true,
      });
      return index;
    };
    expect(await submit()).toBe(0);
    expect(await submit()).toBe(1);

    const passwords = readFileSync(join(project.deploy, 'secrets/database.env'), 'utf8');
    const password = /^POSTGRES_PASSWORD=(.*)$/m.exec(passwords)![1]!;
    const ask = async (service: string, text: string) => {
      const host = project.addressOf(service);
      const client = new Client({ host, user: 'postgres', password, ssl: false });
      await client.connect();
      try {
        return (await client.query({ text, rowMode: 'array' })).rows;
      } finally {
        await client.end();
      }
    };
    const follows = 'SELECT application_name, sync_state FROM pg_stat_replication';
    expect(await ask('db-1', follows)).toEqual([['standby', 'sync']]);
    process.kill(-project.pidOf('db-1'), 'SIGKILL');
    await ask('db-2', 'SELECT pg_promote()');
    expect(await submit()).toBe(2);

    // The steps of docs/DEPLOYMENT.md: the old primary follows the new one, and every commit waits for it.
    project.removeVolume('db-1');
    vi.stubEnv('DB_1_FOLLOWS', 'db-2');
    project.spawn('db-1');
    await until(async () => (await ask('db-2', follows)).length === 1);
    await ask('db-2', "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await ask('db-2', 'SELECT pg_reload_conf()');
    await until(async () => (await ask('db-2', follows))[0]?.[1] === 'sync');
    expect(await submit()).toBe(3);

    const policy = parsePolicy(readFileSync(join(project.deploy, 'config/policy.txt'), 'utf8'));
    const { problems } = await checkLog(new HttpTileSource(url, PATIENT), {
      policy,
      entryTypes: entryTypes(['tecp-receipt']),
    });
    expect(problems).toEqual([]);
    const monitor = `http://${project.addressOf('monitor')}:8420`;
    await until(async () => {
      const status = await tryGet(`${monitor}/v1/status`);
      return status !== undefined && JSON.parse(status).logs[0]?.verified_size === 4;
    });
    const explorer = `http://${project.addressOf('explorer')}:8430`;
    await until(async () => {
      const logs = await tryGet(`${explorer}/v1/logs`);
      return logs !== undefined && JSON.parse(logs).logs[0]?.size === 4;
    });
  },
);
