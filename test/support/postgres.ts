/**
 * A real PostgreSQL server for tests, with what any other has: its own user, as it refuses to run as root, and
 * synced commits, in memory where the system has such a place. It is reached through a socket in its folder, so that
 * no two need a port.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { reachablePrograms } from './postgres-programs.ts';
import { memoryFolder } from './temp.ts';
import { until } from './wait.ts';

/** Who runs it where the tests run as root. */
const USER = 'nobody';

export class TestPostgres {
  readonly #process: ChildProcess;
  readonly #folder: string;
  #databases = 0;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /** `programs` are those of one version, and its data is in `folder`. */
  static async start(
    programs: string,
    settings: Readonly<Record<string, string>> = {},
    folder = memoryFolder(),
  ): Promise<TestPostgres> {
    const user = serverUser();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    const bin = reachablePrograms(programs, user);
    const data = join(folder, 'data');
    const options = { cwd: folder, ...user };
    const how = [
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ];
    execFileSync(join(bin, 'initdb'), ['--pgdata', data, ...how], { ...options, stdio: 'pipe' });
    const all = { listen_addresses: '', unix_socket_directories: folder, ...settings };
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
      ...options,
      stdio: 'ignore',
    });
    const postgres = new TestPostgres(server, folder);
    await until(() => {
      if (server.exitCode !== null)
        throw new Error(`PostgreSQL ended with code ${server.exitCode}`);
      return postgres.query('SELECT 1').then(
        () => true,
        () => false,
      );
    });
    return postgres;
  }

  /** The URL of a database, by the configuration of a log. */
  url(database = 'postgres', user = 'postgres'): string {
    return `postgres://${user}@${encodeURIComponent(this.#folder)}/${database}`;
  }

  async newDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    return name;
  }

  /** As a superuser, or as another role; on a connection of its own. */
  async query(
    text: string,
    { database = 'postgres', user = 'postgres' } = {},
  ): Promise<unknown[][]> {
    const client = new Client({ host: this.#folder, port: 5432, database, user, ssl: false });
    await client.connect();
    try {
      return (await client.query({ text, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    // An immediate shutdown: nobody reads its data again.
    this.#process.kill('SIGQUIT');
    await ended;
  }
}

/** Whoever starts this, unless that is root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(execFileSync('id', [what, USER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
