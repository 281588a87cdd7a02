/**
 * A real PostgreSQL server for tests, with what any other has: its own user, as it refuses to run as root, and
 * synced commits, in memory where the system has such a place. It is reached through a socket in its folder, so that
 * no two need a port.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { reachablePrograms } from './postgres-programs.ts';
import { memoryFolder } from './temp.ts';
import { until } from './wait.ts';

/** Who runs it where the tests run as root. */
const USER = 'nobody';

type Settings = Readonly<Record<string, string>>;

export class TestPostgres {
  readonly #spawn: () => ChildProcess;
  /** Owned by `revive`. */
  #process: ChildProcess;
  /** Of its socket. */
  readonly folder: string;
  /** By which the socket is named, too. */
  readonly #port: number;
  #databases = 0;

  private constructor(spawnServer: () => ChildProcess, folder: string, port: number) {
    this.#spawn = spawnServer;
    this.#process = spawnServer();
    this.folder = folder;
    this.#port = port;
  }

  /**
   * `programs` are those of one version, and its data is in `folder`. `under` are words of a command that runs the
   * rest of its line in its own place, as root.
   */
  static async start(
    programs: string,
    settings: Settings = {},
    folder = memoryFolder(),
    under: readonly string[] = [],
  ): Promise<TestPostgres> {
    return await TestPostgres.#run(programs, newCluster(programs, folder), settings, under);
  }

  /**
   * A primary, and a standby that follows it by streaming replication from the first moment on: a copy of the data
   * before either has started.
   */
  static async startPair(
    programs: string,
    settings: Settings = {},
  ): Promise<{ primary: TestPostgres; standby: TestPostgres }> {
    const [folder, copy] = [newCluster(programs, memoryFolder()), memoryFolder()];
    execFileSync('cp', ['-a', join(folder, 'data'), join(copy, 'data')]);
    writeFileSync(join(copy, 'data', 'standby.signal'), '');
    // Where a test can change it.
    const followed = `primary_conninfo = 'host=${folder} user=postgres application_name=standby'\n`;
    writeFileSync(join(copy, 'data', 'postgresql.auto.conf'), followed);
    ownBy(copy);
    const kept = { ...settings, wal_keep_size: '1GB' };
    const primary = await TestPostgres.#run(programs, folder, kept);
    const standby = await TestPostgres.#run(programs, copy, kept);
    return { primary, standby };
  }

  static async #run(
    programs: string,
    folder: string,
    settings: Settings,
    under: readonly string[] = [],
  ): Promise<TestPostgres> {
    const user = serverUser();
    const bin = reachablePrograms(programs, user);
    const all = { listen_addresses: '', unix_socket_directories: folder, ...settings };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const words = [join(bin, 'postgres'), '-D', join(folder, 'data'), ...options];
    const isUnder = under.length > 0 && user !== undefined;
    const ids = isUnder ? [`--reuid=${user.uid}`, `--regid=${user.gid}`] : [];
    const become = isUnder ? ['setpriv', ...ids, '--clear-groups', '--pdeathsig=QUIT'] : [];
    const [command, ...args] = [...under, ...become, ...words];
    const spawning = { cwd: folder, ...(!isUnder && user), stdio: 'ignore' } as const;
    const spawnServer = () => spawn(command!, args, spawning);
    const postgres = new TestPostgres(spawnServer, folder, Number(settings.port ?? 5432));
    await until(async () => {
      const { exitCode } = postgres.#process;
      if (exitCode !== null) throw new Error(`PostgreSQL ended with code ${exitCode}`);
      return await postgres.answers();
    });
    return postgres;
  }

  async answers(): Promise<boolean> {
    return await this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  /** Waits until it answers, as after a crash; one that has ended by itself is started as whoever watches over it does. */
  async revive(): Promise<void> {
    await until(async () => {
      if (this.#process.exitCode !== null) this.#process = this.#spawn();
      return await this.answers();
    });
  }

  /** Of the server, whose connections are its children. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** Both servers of a pair for one database: whichever takes writes. */
  urlWith(other: TestPostgres, database: string): string {
    const hosts = [this, other].map((server) => encodeURIComponent(server.folder)).join(',');
    return `postgres://postgres@${hosts}/${database}`;
  }

  /** The URL of a database, by the configuration of a log. */
  url(database = 'postgres', user = 'postgres'): string {
    return `postgres://${user}@${encodeURIComponent(this.folder)}/${database}`;
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
    const client = new Client({ host: this.folder, port: this.#port, database, user, ssl: false });
    await client.connect();
    try {
      return (await client.query({ text, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  /** Loses all that was not written to its disk; its clients learn of it at once. */
  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    // An immediate shutdown: nobody reads its data again.
    this.#process.kill('SIGQUIT');
    await ended;
  }
}

/** Puts the data of a server that has never run into a folder. */
function newCluster(programs: string, folder: string): string {
  ownBy(folder);
  const user = serverUser();
  const how = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const initdb = join(reachablePrograms(programs, user), 'initdb');
  const options = { cwd: folder, ...user, stdio: 'pipe' } as const;
  execFileSync(initdb, ['--pgdata', join(folder, 'data'), ...how], options);
  return folder;
}

/** Gives a folder, with all that is in it, to the user of the server. */
function ownBy(folder: string): void {
  const user = serverUser();
  if (user !== undefined) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
}

/** Whoever starts this, unless that is root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(execFileSync('id', [what, USER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
