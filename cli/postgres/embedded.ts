/**
 * The PostgreSQL of one local network, in its data folder: installed, made and run by "tecp up". It listens on a
 * socket there and nowhere else, and lets in whoever runs "tecp up" and no other user of the machine (peer
 * authentication). The log has a role without the rights to change or remove anything.
 *
 * PostgreSQL refuses to run as root: it then runs as `nobody`, to whom its folder belongs.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { say } from '#cli/lib/print.ts';
import { isAliveWith } from '#service/is-alive.ts';
import { sleep } from '#service/schedule.ts';
import { installedPrograms, installPostgres } from './install.ts';

export const EMBEDDED_LOCK = fileURLToPath(new URL('../../deploy/postgres', import.meta.url));
/** Who runs it where "tecp up" is run by root. */
const USER = 'nobody';
export const OWNER_ROLE = 'tecp_owner';
const LOG_ROLE = 'tecp_log';
const DATABASE = 'tecp';
const PORT = 5432;
/** What the address of a socket has room for. */
const MAX_SOCKET_BYTES = 107;
const RETRY_MS = 100;
const START_TIMEOUT_MS = 180_000;
/** So often in a row it is started again. */
const MAX_RESTARTS = 5;

export function embeddedFolder(data: string): string {
  return join(data, 'postgres');
}

export function embeddedOutput(data: string): string {
  return join(embeddedFolder(data), 'postgres.log');
}

export function embeddedUrl(data: string): string {
  return `postgres://${LOG_ROLE}@${encodeURIComponent(embeddedFolder(data))}/${DATABASE}`;
}

/**
 * The process of the server, as it says itself; undefined where none runs. One that was killed leaves its file behind,
 * whose number may be another program's by now: that was not started with this folder.
 */
export function embeddedProcess(data: string): number | undefined {
  const folder = join(embeddedFolder(data), 'data');
  const path = join(folder, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return isAliveWith(pid, (text) => text === folder) ? pid : undefined;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export class EmbeddedPostgres {
  readonly #folder: string;
  readonly #output: string;
  readonly #user: Identity | undefined;
  readonly #programs: string;
  // Owned by `#run` and `stop`.
  #server: ChildProcess | undefined;
  #isStopping = false;
  #restarts = 0;

  private constructor(data: string, user: Identity | undefined, programs: string) {
    this.#folder = embeddedFolder(data);
    this.#output = embeddedOutput(data);
    this.#user = user;
    this.#programs = programs;
  }

  /** Makes it if it is not there; runs when this resolves. Rejects with `CommandError`. */
  static async start(data: string, onStep: (step: string) => void): Promise<EmbeddedPostgres> {
    const folder = embeddedFolder(data);
    if (Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) > MAX_SOCKET_BYTES) {
      throw unusable(`${data} is too long for the address of a socket; choose a shorter --data.`);
    }
    onStep('installing PostgreSQL');
    await installPostgres(EMBEDDED_LOCK);
    const [programs] = installedPrograms(EMBEDDED_LOCK).values();
    if (programs === undefined) throw unusable('There is no PostgreSQL for this kind of machine.');
    const isNew = !existsSync(folder);
    try {
      const user = userOf(data);
      const postgres = new EmbeddedPostgres(data, user, reachable(programs, folder, user));
      onStep('starting PostgreSQL');
      if (isNew) await postgres.#make();
      else await postgres.#stopOld();
      await postgres.#run();
      if (isNew) await postgres.#makeRoles();
      return postgres;
    } catch (error) {
      if (isNew) rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** After all that use it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const server = this.#server;
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async #make(): Promise<void> {
    const options = ['--username=postgres', '--encoding=UTF8', '--locale=C', '--data-checksums'];
    const auth = ['--auth-local=peer', '--auth-host=reject'];
    await this.#tool('initdb', ['--pgdata', this.#data, ...options, ...auth]);
    writeFileSync(join(this.#data, 'pg_hba.conf'), 'local all all peer map=tecp\n');
    const { username } = userInfo();
    const roles = ['postgres', OWNER_ROLE, LOG_ROLE];
    const map = roles.map((role) => `tecp "${username}" ${role}\n`).join('');
    writeFileSync(join(this.#data, 'pg_ident.conf'), map);
  }

  /** Of an "up" that was killed, and could not stop it. */
  async #stopOld(): Promise<void> {
    if (!existsSync(join(this.#data, 'postmaster.pid'))) return;
    await this.#tool('pg_ctl', ['stop', '--pgdata', this.#data, '--mode=fast']).catch(
      () => undefined,
    );
  }

  async #makeRoles(): Promise<void> {
    await this.#query('postgres', `CREATE ROLE ${OWNER_ROLE} LOGIN; CREATE ROLE ${LOG_ROLE} LOGIN`);
    await this.#query('postgres', `CREATE DATABASE ${DATABASE} OWNER ${OWNER_ROLE}`);
  }

  /** Resolves when it answers. */
  async #run(): Promise<void> {
    const output = openSync(this.#output, 'a', 0o600);
    const settings = {
      listen_addresses: '',
      unix_socket_directories: `"${this.#folder}"`,
      port: PORT,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(join(this.#programs, 'postgres'), ['-D', this.#data, ...args], {
      ...this.#user,
      cwd: this.#folder,
      env: { LC_ALL: 'C' },
      stdio: ['ignore', output, output],
      // Not by the Ctrl-C of a terminal: the log needs it until it has ended itself.
      detached: true,
    });
    closeSync(output);
    server.once('error', () => undefined);
    this.#server = server;
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await this.#answers())) {
      const isGone =
        server.pid === undefined || server.exitCode !== null || server.signalCode !== null;
      if (isGone || performance.now() > deadline) {
        server.kill('SIGQUIT');
        throw new CommandError(`PostgreSQL does not start; see ${displayPath(this.#output)}.`);
      }
      await sleep(RETRY_MS);
    }
    server.once('exit', () => void this.#onExit());
  }

  async #onExit(): Promise<void> {
    this.#server = undefined;
    if (this.#isStopping) return;
    if (this.#restarts++ >= MAX_RESTARTS) {
      say(`postgres ended again, and is left dead; see ${displayPath(this.#output)}.`, 'bad');
      return;
    }
    say('postgres ended unexpectedly. It is started again.', 'warning');
    await this.#run().catch((error: Error) => say(error.message, 'bad'));
  }

  async #answers(): Promise<boolean> {
    return await this.#query('postgres', 'SELECT 1').then(
      () => true,
      () => false,
    );
  }

  async #query(database: string, text: string): Promise<void> {
    const client = new Client({
      host: this.#folder,
      port: PORT,
      user: 'postgres',
      database,
      ssl: false,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  async #tool(name: string, args: string[]): Promise<void> {
    const options = { ...this.#user, cwd: this.#folder, env: { LC_ALL: 'C' } };
    try {
      await promisify(execFile)(join(this.#programs, name), args, options);
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
      throw new CommandError(`PostgreSQL's ${name} failed: ${said || (error as Error).message}.`);
    }
  }
}

/** Makes the folder theirs who run the server: whoever runs this, unless that is root. */
function userOf(data: string): Identity | undefined {
  const folder = embeddedFolder(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(execFileSync('id', [what, USER], { encoding: 'utf8' }));
  const user = { uid: id('-u'), gid: id('-g') };
  chownSync(folder, user.uid, user.gid);
  // To be gone through; what is in it stays closed to others.
  chmodSync(data, 0o711);
  if (runs('test', ['-w', folder], user)) return user;
  throw unusable(
    `PostgreSQL does not run as root, and the user ${USER} cannot get into ${data}: choose a folder elsewhere ` +
      'with --data, or start this as another user.',
  );
}

/** The same programs where the user can run them: not everybody may look into every folder of root. */
function reachable(programs: string, folder: string, user: Identity | undefined): string {
  if (user === undefined || runs(join(programs, 'postgres'), ['--version'], user)) return programs;
  const copy = join(folder, 'programs');
  rmSync(copy, { recursive: true, force: true });
  cpSync(dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function runs(program: string, args: readonly string[], user: Identity): boolean {
  try {
    execFileSync(program, args, { ...user, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
