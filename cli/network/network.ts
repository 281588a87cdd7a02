/**
 * A local network as it is on disk: made on first use, read and checked before anything starts.
 *
 * The files are the operator's to edit: they are rewritten only when another base port is asked
 * for, and then only the ports and URLs in them. Every problem is one sentence, exit code 2.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { type CommandError, unusable } from '#cli/lib/errors.ts';
import { readPolicy } from '#cli/lib/files.ts';
import {
  DEFAULT_PORT,
  DEFAULT_WITNESSES,
  displayPath,
  EXPLORER_FILE,
  MARKER_FILE,
  POLICY_FILE,
  policyPath,
  portsOf,
  type RoleFiles,
  rolesOf,
} from '#cli/lib/layout.ts';
import { isPresent } from '#cli/lib/presence.ts';
import { plural } from '#cli/lib/print.ts';
import { commandLine } from '#cli/lib/shell.ts';
import { embeddedUrl } from '#cli/postgres/embedded.ts';
import { explorerConfigSchema } from '#explorer/config.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { anchorPostgresUrl } from '#log-server/store/postgres/url.ts';
import { monitorConfigSchema } from '#monitor/config.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { loadConfig } from '#service/config.ts';
import { describeFileError } from '#service/errors.ts';
import { databaseExists } from '#service/sqlite.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { explorerFile, generateNetwork, HOST, type NewFile, urlOf } from './generate.ts';
import { finishPutting, putFiles } from './staging.ts';

export interface Role extends RoleFiles {
  readonly host: string;
  readonly port: number;
  /** Where this machine reaches it. */
  readonly url: string;
}

export interface Network {
  /** The data folder, absolute. */
  readonly data: string;
  readonly policyPath: string;
  readonly policy: Policy;
  readonly log: Role;
  readonly witnesses: readonly Role[];
  readonly monitor: Role;
  /** Absent while a network runs on that an older version made. */
  readonly explorer: Role | undefined;
}

/** The log first, the explorer last. */
export function everyRole({ log, witnesses, monitor, explorer }: Network): Role[] {
  return [log, ...witnesses, monitor, ...(explorer === undefined ? [] : [explorer])];
}

export interface NetworkOptions {
  readonly data: string;
  /** Base port; that of the network as it is, or the default, when absent. */
  readonly port?: number;
  readonly witnesses?: number;
  /** URL of the PostgreSQL database in which the log is, or `embedded`; a file of its own when absent. */
  readonly postgres?: string;
}

/** What the marker file holds. */
interface Marker {
  readonly port: number;
  readonly witnesses: number;
}

/** Opens the network of a folder, or makes it. The caller holds the folder's lock. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { data } = options;
  await finishPutting(data);
  const marker = readMarker(data);
  if (marker === undefined) {
    await createNetwork(options);
  } else {
    checkWitnesses(options, marker);
    checkDatabase(options, marker);
    const { port } = options;
    if (port !== undefined && port !== marker.port) await moveNetwork(data, marker, port);
  }
  const { port, witnesses } = readMarker(data)!;
  const network = await loadNetwork(data, witnesses);
  if (network.explorer !== undefined) return network;
  await addExplorer(network, { port, witnesses });
  return await loadNetwork(data, witnesses);
}

/** The network of a folder as it is; undefined where there is none. Nothing is made or moved. */
export async function findNetwork(data: string): Promise<Network | undefined> {
  const marker = readMarker(data);
  return marker && (await loadNetwork(data, marker.witnesses));
}

/** Its roles by their files alone, so that a mistake in a configuration hides nothing. */
export function findRoles(data: string): RoleFiles[] | undefined {
  const marker = readMarker(data);
  return marker && rolesOf(data, marker.witnesses);
}

/** Refuses options that ask for another network than the one that runs in the folder. */
export function checkSame(options: NetworkOptions): void {
  const marker = readMarker(options.data);
  if (marker === undefined) return;
  checkWitnesses(options, marker);
  checkDatabase(options, marker);
  const { data, port } = options;
  if (port === undefined || port === marker.port) return;
  throw unusable(
    `The network in ${displayPath(data)} runs on ports from ${marker.port}; stop it first, with ` +
      `"${commandLine('down', '--data', displayPath(data))}".`,
  );
}

/**
 * The ports that opening this network would newly choose, by role; undefined when it stays on those
 * it has. To be tried before anything is written.
 */
export async function newPorts(options: NetworkOptions): Promise<Map<string, number> | undefined> {
  const { data, port } = options;
  await finishPutting(data);
  const marker = readMarker(data);
  if (marker === undefined) {
    return portsOf(port ?? DEFAULT_PORT, options.witnesses ?? DEFAULT_WITNESSES);
  }
  const ports = portsOf(port ?? marker.port, marker.witnesses);
  if (port !== undefined && port !== marker.port) return ports;
  if (existsSync(join(data, EXPLORER_FILE))) return undefined;
  return new Map([['explorer', ports.get('explorer')!]]);
}

function formatMarker({ port, witnesses }: Marker): string {
  return `${JSON.stringify({ version: 1, port, witnesses })}\n`;
}

function readMarker(data: string): Marker | undefined {
  const path = join(data, MARKER_FILE);
  if (!isPresent(path)) return undefined;
  try {
    const { version, port, witnesses } = JSON.parse(readFileSync(path, 'utf8'));
    const marker = { port: Number(port), witnesses: Number(witnesses) };
    if (version === 1 && formatMarker(marker) === formatMarker({ port, witnesses })) return marker;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) {
      throw unusable(`Cannot read ${path}: ${describeFileError(error)}.`);
    }
  }
  throw unusable(
    `${displayPath(path)} is damaged; restore it, for example as ${formatMarker({
      port: DEFAULT_PORT,
      witnesses: DEFAULT_WITNESSES,
    }).trimEnd()}, or choose another folder with --data.`,
  );
}

async function createNetwork(options: NetworkOptions): Promise<void> {
  const { data, port, witnesses, postgres } = options;
  const marker = { port: port ?? DEFAULT_PORT, witnesses: witnesses ?? DEFAULT_WITNESSES };
  // In quotes that YAML has, too.
  const database = postgres && JSON.stringify(databaseOf(options, postgres));
  const files = generateNetwork(marker.port, marker.witnesses, database);
  const taken = files.map(({ path }) => path).find((path) => existsSync(join(data, path)));
  if (taken !== undefined) {
    throw unusable(
      `${displayPath(data)} holds ${taken} already but no ${MARKER_FILE}; choose another folder with --data.`,
    );
  }
  await putFiles(data, files, formatMarker(marker), (stage) =>
    makeDatabases(stage, marker.witnesses),
  );
}

/** For a network that was made before there were explorers. */
async function addExplorer({ data, log, monitor }: Network, marker: Marker): Promise<void> {
  const port = portsOf(marker.port, marker.witnesses).get('explorer')!;
  const file = explorerFile(port, { log: log.url, monitor: monitor.url });
  await putFiles(data, [file], formatMarker(marker));
}

/** With the keys or not at all: a key without its database may have signed what was lost with it. */
async function makeDatabases(folder: string, witnesses: number): Promise<void> {
  for (const { kind, config } of rolesOf(folder, witnesses)) {
    if (kind === 'log') await initLog(loadConfig(config, logServerConfigSchema));
    if (kind === 'witness') initWitness(loadConfig(config, witnessConfigSchema));
  }
}

function checkWitnesses({ data, witnesses }: NetworkOptions, marker: Marker): void {
  if (witnesses === undefined || witnesses === marker.witnesses) return;
  throw unusable(
    `The network in ${displayPath(data)} has ${plural(marker.witnesses, 'witness', 'witnesses')}, and that cannot be ` +
      'changed afterwards; leave out --witnesses, or choose another folder with --data.',
  );
}

/** What the log's configuration says: files that a URL names are found from here, and not from there. */
function databaseOf({ data }: NetworkOptions, postgres: string): string {
  if (postgres === 'embedded') return embeddedUrl(data);
  return anchorPostgresUrl(postgres, (path) => resolve(path));
}

function databaseName(data: string, { witnesses }: Marker): string {
  const { config } = rolesOf(data, witnesses)[0]!;
  const [log] = loadConfig(displayPath(config), logServerConfigSchema).logs;
  return locateStore(log!).name;
}

/** Whether the log of the network is, or is to be, in a PostgreSQL of the network's own. */
export function isEmbedded({ data, postgres }: NetworkOptions): boolean {
  const marker = readMarker(data);
  if (marker === undefined) return postgres === 'embedded';
  return databaseName(data, marker) === locateStore({ database: embeddedUrl(data) }).name;
}

function checkDatabase(options: NetworkOptions, marker: Marker): void {
  const { data, postgres } = options;
  if (postgres === undefined) return;
  const name = databaseName(data, marker);
  if (name === locateStore({ database: databaseOf(options, postgres) }).name) return;
  throw unusable(
    `The log of the network in ${displayPath(data)} is in ${name}, and that cannot be changed afterwards; leave out ` +
      '--postgres, or choose another folder with --data.',
  );
}

/** Rewrites the ports and the URLs of every file, and nothing else in them. */
async function moveNetwork(data: string, marker: Marker, port: number): Promise<void> {
  const roles = await loadRoles(data, marker.witnesses);
  const before = portsOf(marker.port, marker.witnesses);
  const after = portsOf(port, marker.witnesses);
  const moved = new Map<number, number>();
  for (const [name, oldPort] of before) moved.set(oldPort, after.get(name)!);
  for (const role of roles) moved.set(role.port, after.get(role.name)!);
  const files = roles.map(({ name, kind, config }): NewFile => {
    const text = readFileSync(config, 'utf8');
    const content = moveUrls(setListenPort(text, after.get(name)!), moved);
    return { path: join(name, `${kind}.yaml`), content, mode: 0o644 };
  });
  const policy = moveUrls(readFileSync(policyPath(data), 'utf8'), moved);
  files.push({ path: POLICY_FILE, content: policy, mode: 0o644 });
  await putFiles(data, files, formatMarker({ port, witnesses: marker.witnesses }));
}

/** Sets `listen.port` in a YAML text and keeps its comments. */
export function setListenPort(text: string, port: number): string {
  const document = parseDocument(text);
  document.setIn(['listen', 'port'], port);
  return document.toString({ lineWidth: 0 });
}

/** Replaces the port of every loopback URL whose port moves. */
export function moveUrls(text: string, moved: ReadonlyMap<number, number>): string {
  return text.replace(/http:\/\/127\.0\.0\.1:(\d{1,5})(?!\d)/g, (url, port) => {
    const target = moved.get(Number(port));
    return target === undefined ? url : urlOf(target);
  });
}

async function loadRoles(data: string, witnesses: number): Promise<Role[]> {
  const roles: Role[] = [];
  for (const files of rolesOf(data, witnesses)) {
    const { host, port, path } = await readListen(files);
    // An address that means "all of them" is reached on this machine's own.
    const reached = host === '0.0.0.0' ? HOST : host === '::' ? '::1' : host;
    const authority = reached.includes(':') ? `[${reached}]` : reached;
    roles.push({ ...files, host, port, url: `http://${authority}:${port}${path}` });
  }
  return roles;
}

/** Reads the whole configuration, so that a mistake in it is found before anything starts. */
async function readListen(role: RoleFiles): Promise<{ host: string; port: number; path: string }> {
  const path = displayPath(role.config);
  if (role.kind === 'log') {
    const { listen, logs } = loadConfig(path, logServerConfigSchema);
    for (const store of logs.map(locateStore)) {
      if (!(await store.exists())) throw noDatabase(role, store.name);
    }
    return { ...listen, path: logs[0]!.path };
  }
  if (role.kind === 'explorer')
    return { ...loadConfig(path, explorerConfigSchema).listen, path: '' };
  if (role.kind === 'monitor') return { ...loadConfig(path, monitorConfigSchema).listen, path: '' };
  const { listen, database } = loadConfig(path, witnessConfigSchema);
  if (!databaseExists(database)) throw noDatabase(role, displayPath(database));
  return { ...listen, path: '' };
}

function noDatabase({ name, kind, config }: RoleFiles, database: string): CommandError {
  const make = commandLine(kind, '--config', displayPath(config), '--init');
  return unusable(
    `${database} is missing or empty, and what ${name} knew must not be forgotten: ` +
      `restore it, or, if ${name} has never run, make it with "${make}".`,
  );
}

async function loadNetwork(data: string, witnesses: number): Promise<Network> {
  const policy = await readPolicy(displayPath(policyPath(data)));
  const roles = await loadRoles(data, witnesses);
  return {
    data,
    policy,
    policyPath: policyPath(data),
    log: roles[0]!,
    witnesses: roles.filter(({ kind }) => kind === 'witness'),
    monitor: roles.find(({ kind }) => kind === 'monitor')!,
    explorer: roles.find(({ kind }) => kind === 'explorer'),
  };
}
