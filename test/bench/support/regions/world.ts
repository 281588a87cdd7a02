/**
 * One log in three regions (`internet.ts`): in each a front end, a witness, a monitor and a client; in one of them PostgreSQL
 * and, as its front end is started first, the sequencer. Witnesses and monitors read from their own region's front end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateNetwork } from '#cli/network/generate.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { loadConfig } from '#service/config.ts';
import { PortCaller } from '#service/port-calls.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import type { PostgresVersion } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { builtProgram } from '../built-package.ts';
import { end } from '../network.ts';
import { type ClientCall, ERRORS } from './calls.ts';
import { HOME, REGIONS, type Region } from './distances.ts';
import { ALL_ADDRESSES, addressOf, type Internet } from './internet.ts';

const BASE_PORT = 8400;
const HANDOVER_PORT = 8401;
const CLIENT = fileURLToPath(new URL('./client.ts', import.meta.url));

const witnessOf = (region: Region) => `witness-${REGIONS.indexOf(region) + 1}`;
const ports = { log: BASE_PORT, monitor: BASE_PORT + 20 };
const witnessPort = (region: Region) => BASE_PORT + 11 + REGIONS.indexOf(region);

export const urlsOf = (region: Region) => ({
  log: `http://${addressOf(region)}:${ports.log}`,
  witness: `http://${addressOf(region)}:${witnessPort(region)}`,
  monitor: `http://${addressOf(region)}:${ports.monitor}`,
});

interface Client {
  readonly child: ChildProcess;
  readonly caller: PortCaller;
}

export class World {
  readonly #internet: Internet;
  readonly #postgres: TestPostgres;
  readonly #folder = tempFolder();
  readonly #servers: ChildProcess[] = [];
  readonly #clients = new Map<Region, Client>();

  private constructor(internet: Internet, postgres: TestPostgres) {
    this.#internet = internet;
    this.#postgres = postgres;
  }

  static async start(internet: Internet, { programs }: PostgresVersion): Promise<World> {
    const folder = tempFolder();
    const access = join(folder, 'pg_hba.conf');
    writeFileSync(access, `local all all trust\nhost all all ${ALL_ADDRESSES} trust\n`);
    const settings = { listen_addresses: addressOf(HOME), hba_file: access };
    const postgres = await TestPostgres.start(programs, settings, folder, internet.under(HOME));
    const world = new World(internet, postgres);
    try {
      await world.#makeFiles();
      await world.#startAll();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Those of `tecp up`, once for each region, with its own addresses. */
  async #makeFiles(): Promise<void> {
    const database = await this.#postgres.newDatabase();
    const url = `postgres://postgres@${addressOf(HOME)}:5432/${database}?sslmode=disable`;
    const files = generateNetwork(BASE_PORT, REGIONS.length, JSON.stringify(url));
    for (const region of REGIONS) {
      for (const { path, content, mode } of files) {
        const file = join(this.#folder, region, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, path.endsWith('.key') ? content : inRegion(content, region), { mode });
      }
      const witness = join(this.#folder, region, witnessOf(region), 'witness.yaml');
      initWitness(loadConfig(witness, witnessConfigSchema));
    }
    // From here PostgreSQL is reached by its socket only.
    const config = join(this.#folder, HOME, 'log/log.yaml');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace(url, this.#postgres.url(database)));
    await initLog(loadConfig(config, logServerConfigSchema));
    writeFileSync(config, text);
  }

  async #startAll(): Promise<void> {
    for (const region of REGIONS) this.#startClient(region);
    for (const region of REGIONS) this.#serve(region, 'witness', witnessOf(region));
    for (const region of REGIONS) {
      this.#serve(region, 'log', 'log');
      await this.isReady(region);
    }
    for (const region of REGIONS) this.#serve(region, 'monitor', 'monitor');
    for (const region of REGIONS) {
      await until(() => this.tryRead(region, `${urlsOf(region).monitor}/healthz`));
    }
  }

  #serve(region: Region, role: string, name: string): void {
    const config = join(this.#folder, region, name, `${role}.yaml`);
    const words = [process.execPath, builtProgram(), role, '--config', config];
    const [command, ...args] = [...this.#internet.under(region), ...words];
    this.#servers.push(spawn(command!, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
  }

  #startClient(region: Region): void {
    const policy = readFileSync(join(this.#folder, region, 'policy.txt'), 'utf8');
    const words = [process.execPath, CLIENT, urlsOf(region).log, policy];
    const [command, ...args] = [...this.#internet.under(region), ...words];
    const child = spawn(command!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const port = {
      on: (event: 'message', listener: (message: never) => void) =>
        child.on(event, (message) => listener(message as never)),
      postMessage: (message: unknown) => child.send(message as object),
    };
    const caller = new PortCaller(port, ERRORS);
    child.once('exit', (code) => caller.end(new Error(`a client ended with code ${code}`)));
    this.#clients.set(region, { child, caller });
  }

  /** Has the client of a region do something. */
  async call<T>(region: Region, call: ClientCall): Promise<T> {
    return (await this.#clients.get(region)!.caller.call(call)) as T;
  }

  /** Undefined where the answer is anything but 200. */
  async tryRead(region: Region, url: string): Promise<string | undefined> {
    return await this.call<string>(region, { do: 'read', url }).catch(() => undefined);
  }

  /** Waits until the front end of a region takes entries. */
  async isReady(region: Region): Promise<void> {
    const url = `${urlsOf(region).log}/readyz`;
    await until(() => this.tryRead(region, url), { what: `${region} takes entries` });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(end));
    await Promise.all([...this.#clients.values()].map(({ child }) => end(child)));
    await this.#postgres.stop();
  }
}

function inRegion(content: string, region: Region): string {
  const witnesses = REGIONS.map((at) => [
    `http://127.0.0.1:${witnessPort(at)}`,
    urlsOf(at).witness,
  ]);
  const urls = [...witnesses].reduce((text, [from, to]) => text.replaceAll(from!, to!), content);
  const own = urls.replaceAll('127.0.0.1', addressOf(region));
  const handover = `handover:\n  host: ${addressOf(region)}\n  port: ${HANDOVER_PORT}\n`;
  return own
    .replace(/^workers: 1\n/m, `workers: 1\n${handover}`)
    .replace(/^( +)database: "postgres.*\n/m, '$&$1high_water_mark: log.high-water\n');
}
