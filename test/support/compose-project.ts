/**
 * A project of Docker Compose without Docker: what its file says is run as processes of this machine, each service
 * at an address of its own on loopback, with a folder for each volume. Limits, users and read-only roots are not
 * tried this way, and of images nothing but what is named here.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './processes.ts';
import { memoryFolder } from './temp.ts';

/** Of Debian, the newest: those of the npm registry lack `psql` and `pg_basebackup`. */
export const POSTGRES_PROGRAMS = debianPrograms();
const SHARE = join(ROOT, 'test/support/compose');
/** PostgreSQL does not run as root. */
const DATABASE_USER = 'nobody';

interface Service {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly volumes: readonly string[];
}

function debianPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions) ? readdirSync(versions) : [];
  const programs = folders.sort().map((version) => join(versions, version, 'bin'));
  const found = programs.findLast((folder) =>
    ['psql', 'pg_basebackup'].every((name) => existsSync(join(folder, name))),
  );
  if (found === undefined && process.env.TECP_REQUIRE_POSTGRES !== undefined) {
    throw new Error('the package postgresql of Debian is missing');
  }
  return found;
}

export class ComposeProject {
  /** The copy of `deploy/` that belongs to the project, with what its script makes. */
  readonly deploy: string;
  readonly #file: string;
  readonly #folder: string;
  readonly #network: string;

  private constructor(folder: string, file: string, network: string) {
    this.#folder = folder;
    this.deploy = join(folder, 'deploy');
    this.#file = file;
    this.#network = network;
  }

  static create(file: string): ComposeProject {
    const folder = memoryFolder();
    execFileSync('chmod', ['755', folder]);
    const deploy = join(ROOT, 'deploy');
    const isPart = (path: string) =>
      !/node_modules|config$|secrets$/.test(path.slice(deploy.length));
    cpSync(deploy, join(folder, 'deploy'), { recursive: true, filter: isPart });
    // Where the user of the databases gets, too.
    cpSync(SHARE, join(folder, 'share'), { recursive: true });
    const octet = () => 1 + Math.floor(Math.random() * 250);
    const network = `127.${octet()}.${octet()}`;
    writeFileSync(join(folder, 'project.json'), JSON.stringify({ file, network }));
    return new ComposeProject(folder, file, network);
  }

  /** The one that another process of this test has made. */
  static open(folder: string): ComposeProject {
    const { file, network } = JSON.parse(readFileSync(join(folder, 'project.json'), 'utf8'));
    return new ComposeProject(folder, file, network);
  }

  get services(): string[] {
    return Object.keys(this.#parsed(this.#file).services);
  }

  /** Where a service is. */
  addressOf(service: string): string {
    return `${this.#network}.${1 + this.services.indexOf(service)}`;
  }

  /** Its script, with a `docker` that has this project for its own. */
  setUp(...args: string[]): void {
    const bin = join(this.#folder, 'bin');
    mkdirSync(bin);
    const docker = `#!/bin/sh\nexec '${process.execPath}' '${SHARE}/docker.ts' '${this.#folder}' "$@"\n`;
    writeFileSync(join(bin, 'docker'), docker, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    execFileSync(join(this.deploy, 'compose-init.sh'), args, { env, stdio: [...stdio] });
  }

  /** Runs what the file says, or other words in its place, in the way of `docker compose run`. */
  spawn(
    name: string,
    instead: { entrypoint?: string; args?: readonly string[] } = {},
  ): ChildProcess {
    const service = this.#service(name);
    const program =
      instead.entrypoint === undefined
        ? (service.entrypoint ?? entrypointOf(service.image))
        : [instead.entrypoint];
    const words = [...program, ...(instead.args ?? service.command)];
    const isDatabase = service.image.startsWith('postgres:');
    const own = isDatabase ? this.#databaseSettings(name) : [];
    const [command, ...args] = [...words, ...own].map((word) => this.#onHost(name, word));
    const output = join(this.#folder, `${name}.log`);
    const child = spawn('sh', ['-c', `exec "$@" 2>>'${output}'`, command!, command!, ...args], {
      cwd: this.#folder,
      env: this.#environment(name),
      stdio: instead.args === undefined ? 'ignore' : 'inherit',
      detached: instead.args === undefined,
      ...(isDatabase && databaseUser()),
    });
    if (instead.args === undefined) this.#notePid(name, child.pid!);
    return child;
  }

  /** The process of a service, whoever started it. */
  pidOf(name: string): number {
    return Number(readFileSync(join(this.#folder, `${name}.pid`), 'utf8'));
  }

  /** What `docker volume rm` does; the service that has it does not run. */
  removeVolume(name: string): void {
    rmSync(this.#volume(name), { recursive: true });
  }

  /** What services wrote, for a test that fails. */
  output(): string {
    const files = readdirSync(this.#folder).filter((file) => file.endsWith('.log'));
    return files
      .map((file) => `${file}:\n${readFileSync(join(this.#folder, file), 'utf8').slice(-3000)}`)
      .join('\n');
  }

  /** Ends all of it at once. */
  end(): void {
    for (const file of readdirSync(this.#folder).filter((name) => name.endsWith('.pid'))) {
      try {
        process.kill(-Number(readFileSync(join(this.#folder, file), 'utf8')), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }

  #notePid(name: string, pid: number): void {
    writeFileSync(join(this.#folder, `${name}.pid`), String(pid));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a project as YAML gives it
  #parsed(file: string): any {
    return parse(readFileSync(join(ROOT, 'deploy', file), 'utf8'), { merge: true });
  }

  #service(name: string): Service {
    const service = this.#parsed(this.#file).services[name];
    const { extends: from, ...own } = service;
    return from === undefined ? own : { ...this.#parsed(from.file).services[from.service], ...own };
  }

  #environment(name: string): Record<string, string> {
    const { environment = {}, env_file: files = [] } = this.#service(name);
    const own: Record<string, string> = {};
    for (const file of files) {
      for (const line of readFileSync(join(this.deploy, file), 'utf8').trim().split('\n')) {
        const at = line.indexOf('=');
        own[line.slice(0, at)] = line.slice(at + 1);
      }
    }
    for (const [key, value] of Object.entries(environment)) {
      const [, variable, fallback] = /^\$\{(\w+):?-(.*)\}$/.exec(value) ?? [];
      const text = variable === undefined ? value : (process.env[variable] ?? fallback!);
      own[key] = this.#onHost(name, this.#named(text));
    }
    const path = `${this.#folder}/share:${POSTGRES_PROGRAMS}:/usr/sbin:/usr/bin:/bin`;
    const init = this.#onHost(name, '/docker-entrypoint-initdb.d/roles.sh');
    return { PATH: path, LC_ALL: 'C', PGHOST: this.#volume(name), INIT_SCRIPT: init, ...own };
  }

  #databaseSettings(name: string): string[] {
    const folder = this.#volume(name);
    execFileSync('chmod', ['-R', 'go+rX', join(this.deploy, 'postgres-pair')]);
    const { uid, gid } = databaseUser();
    execFileSync('chown', [`${uid}:${gid}`, folder]);
    writeFileSync(join(this.#folder, `${name}.log`), '', { mode: 0o666 });
    execFileSync('chmod', ['666', join(this.#folder, `${name}.log`)]);
    return [`--listen_addresses=${this.addressOf(name)}`, `--unix_socket_directories=${folder}`];
  }

  #volume(name: string): string {
    const folder = join(this.#folder, 'volumes', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A path of the container, or a word with one at its end, as this machine has it. */
  #onHost(name: string, word: string): string {
    for (const mount of word.includes('\n') ? [] : this.#service(name).volumes) {
      const [source, target] = mount.split(':') as [string, string];
      if (!word.startsWith(target)) continue;
      const rest = word.slice(target.length);
      if (!source.startsWith('.')) return this.#volume(source) + rest;
      if (target === '/etc/tecp') return this.#configuration(name, rest);
      return join(this.deploy, source) + rest;
    }
    if (word === 'node') return process.execPath;
    // Of a line for the shell. At first what is the container's alone: this machine's paths may be anywhere.
    return word
      .replaceAll('/tmp/', `${this.#folder}/`)
      .replace(/(^|\s)\/app\//g, `$1${ROOT}`)
      .replace(/\bexec node\b/, `exec ${process.execPath}`)
      .replace(/ \/etc\/tecp(\/\S+)/g, (_, path) => ` ${this.#configuration(name, path)}`);
  }

  /** A file of the configuration with addresses and paths of this machine, beside the others of its service. */
  #configuration(name: string, path: string): string {
    const folder = join(this.#folder, 'etc', name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(join(this.deploy, 'config'), { withFileTypes: true })) {
      if (!file.isFile()) continue;
      const text = readFileSync(join(this.deploy, 'config', file.name), 'utf8')
        .replaceAll('/var/lib/tecp', this.#volume(volumeOf(this.#service(name))))
        .replaceAll('0.0.0.0', this.addressOf(name))
        .replace(/(server |listen )(172\.30\.84\.1(\d):)?(8400)/g, (_, word, __, index) => {
          const at = this.addressOf(index === undefined ? name : `log-${index}`);
          return `${word}${at}:8400`;
        })
        .replace('/run/', `${this.#folder}/`);
      writeFileSync(join(folder, file.name), this.#named(text));
    }
    return join(folder, basename(path));
  }

  /** Services by their addresses, where they are hosts. */
  #named(text: string): string {
    return text
      .replace(/\/\/([\w-]+):/g, (all, name) =>
        this.services.includes(name) ? `//${this.addressOf(name)}:` : all,
      )
      .replace(/@db-1,db-2\//, `@${this.addressOf('db-1')},${this.addressOf('db-2')}/`)
      .replace(/^db-[12]$/, (name) => this.addressOf(name));
  }
}

function volumeOf({ volumes }: Service): string {
  return volumes.find((mount) => mount.includes(':/var/lib/tecp'))?.split(':')[0] ?? 'none';
}

/** Of the images: what deploy/Dockerfile says for ours. */
function entrypointOf(image: string): string[] {
  if (!image.startsWith('tecp:')) throw new Error(`the file names no entrypoint for ${image}`);
  return JSON.parse(
    /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8'))![1]!,
  );
}

function databaseUser(): { uid: number; gid: number } {
  const id = (what: string) =>
    Number(execFileSync('id', process.getuid?.() === 0 ? [what, DATABASE_USER] : [what]));
  return { uid: id('-u'), gid: id('-g') };
}
