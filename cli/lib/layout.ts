/**
 * Where the things of one local network are in its data folder, and which ports it uses.
 *
 * The log listens on the base port, witness i (from 1) on base + 10 + i, the monitor on base + 20,
 * the explorer on base + 30.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

export const DEFAULT_DATA = './data';
export const DEFAULT_PORT = 8400;
export const DEFAULT_WITNESSES = 3;
/** More would meet the monitor's port. */
export const MAX_WITNESSES = 9;
const MONITOR_OFFSET = 20;
const EXPLORER_OFFSET = 30;
export const MAX_BASE_PORT = 65_535 - EXPLORER_OFFSET;

/** Which subcommand a process of the network runs. */
export type RoleKind = 'log' | 'witness' | 'monitor' | 'explorer';

export interface RoleFiles {
  /** `log`, `witness-1`, `monitor`, `explorer`: also the name of its folder. */
  readonly name: string;
  readonly kind: RoleKind;
  readonly config: string;
  /** What the process writes to its standard output and error. */
  readonly output: string;
}

export const POLICY_FILE = 'policy.txt';
export const EXPLORER_FILE = 'explorer/explorer.yaml';
/** Says that a network is here; it is written last. */
export const MARKER_FILE = 'network.json';

export function witnessName(number: number): string {
  return `witness-${number}`;
}

/** Port of each role by its name. */
export function portsOf(base: number, witnesses: number): Map<string, number> {
  const ports = new Map([['log', base]]);
  for (let i = 1; i <= witnesses; i++) ports.set(witnessName(i), base + 10 + i);
  return ports.set('monitor', base + MONITOR_OFFSET).set('explorer', base + EXPLORER_OFFSET);
}

function roleFiles(data: string, name: string, kind: RoleKind): RoleFiles {
  const folder = join(data, name);
  return { name, kind, config: join(folder, `${kind}.yaml`), output: join(folder, `${name}.log`) };
}

/**
 * The processes of a network: the log, its witnesses, the monitor, the explorer. A network that an older version made
 * has no explorer until it is started again.
 */
export function rolesOf(data: string, witnesses: number): RoleFiles[] {
  const numbers = Array.from({ length: witnesses }, (_, i) => i + 1);
  return [
    roleFiles(data, 'log', 'log'),
    ...numbers.map((number) => roleFiles(data, witnessName(number), 'witness')),
    roleFiles(data, 'monitor', 'monitor'),
    ...(existsSync(join(data, EXPLORER_FILE)) ? [roleFiles(data, 'explorer', 'explorer')] : []),
  ];
}

export function policyPath(data: string): string {
  return join(data, POLICY_FILE);
}

/** The key that signs the receipts of `tecp run`; made on first use. */
export function issuerKeyPath(data: string): string {
  return join(data, 'issuer.key');
}

/** What "up" itself has to say when it runs detached. */
export function upOutputPath(data: string): string {
  return join(data, 'up.log');
}

/** A path as a person would type it here: relative when that is shorter. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  if (short === '') return '.';
  return isAbsolute(short) || short.startsWith('../../') || short.length > path.length
    ? path
    : short;
}
