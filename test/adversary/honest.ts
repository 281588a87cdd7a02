/** The honest: witnesses and monitors as processes of their own, from configuration files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '#client/http.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { loadConfig } from '#service/config.ts';
import { writeSignerKey } from '#service/keys.ts';
import { newKey } from '#test/support/keys.ts';
import { roleProcess, type TestProcess } from '#test/support/processes.ts';
import { PATIENT } from '#test/support/wait.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { crossCheckSettings, monitorSettings, type Timing } from './timing.ts';

/** Whoever has a line in a policy, or in the list of a witness's peers. */
export interface Member {
  readonly name: string;
  readonly url: string;
  readonly vkeys: readonly string[];
}

export interface Honest extends Member {
  readonly process: TestProcess;
}

/** What a log is to those who watch it. */
export interface WatchedLog {
  readonly origin: string;
  readonly vkey: string;
  /** Prefix of its files, for each audience. */
  readonly url: (audience: string) => string;
}

interface WitnessOptions {
  readonly folder: string;
  readonly name: string;
  readonly url: string;
  readonly timing: Timing;
}

/** Makes the keys of a witness; what it is to know comes when it is started. */
export function makeWitness({ folder, name, url }: Omit<WitnessOptions, 'timing'>): Honest {
  const home = join(folder, name);
  mkdirSync(home);
  const vkeys = [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44].map((type) => {
    const key = newKey(`witness.example/${name}`, type);
    writeSignerKey(join(home, `${type}.key`), key);
    return key.verifier.text;
  });
  return { name, url, vkeys, process: roleProcess(name, 'witness', join(home, 'witness.yaml')) };
}

interface Known {
  readonly logs: readonly WatchedLog[];
  readonly peers: readonly Member[];
  readonly monitors: readonly string[];
}

export async function startWitness(options: WitnessOptions, witness: Honest, known: Known) {
  const { folder, name, url, timing } = options;
  const path = join(folder, name, 'witness.yaml');
  const config = {
    listen: { port: Number(new URL(url).port) },
    database: 'witness.db',
    keys: [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44].map((t) => `${t}.key`),
    logs: known.logs.map((log) => ({ vkey: log.vkey, url: log.url(name) })),
    peers: known.peers.map((peer) => ({ name: peer.name, url: peer.url, vkeys: peer.vkeys })),
    monitors: known.monitors.map((monitor) => ({ url: monitor })),
    cross_check: crossCheckSettings(timing),
    limits: { requests_per_second: 10_000 },
  };
  writeFileSync(path, JSON.stringify(config));
  initWitness(loadConfig(path, witnessConfigSchema));
  await start(witness.process, url);
}

interface MonitorOptions {
  readonly folder: string;
  readonly name: string;
  readonly url: string;
  readonly timing: Timing;
  readonly logs: readonly WatchedLog[];
  readonly witnesses: readonly Member[];
  readonly quorum: number;
}

export interface Monitor {
  readonly url: string;
  readonly policy: string;
  readonly process: TestProcess;
}

export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { folder, name, url, timing } = options;
  const home = join(folder, name);
  mkdirSync(home);
  const policy = policyText(options);
  writeFileSync(join(home, 'policy.txt'), policy);
  const config = {
    listen: { port: Number(new URL(url).port) },
    database: 'monitor.db',
    policy: 'policy.txt',
    ...monitorSettings(timing),
  };
  const path = join(home, 'monitor.yaml');
  writeFileSync(path, JSON.stringify(config));
  const process = roleProcess(name, 'monitor', path);
  await start(process, url);
  return { url, policy, process };
}

async function start(process: TestProcess, url: string): Promise<void> {
  process.start();
  // One that is busy is as well as one that is not: it may take its time to say so.
  await process.until(async () => {
    const answer = await get(`${url}/healthz`, PATIENT).catch(() => undefined);
    return answer !== undefined;
  });
}

/** As `tecp up` writes it: a group of the keys of each witness, and so many of these are a quorum. */
function policyText({ logs, witnesses, quorum }: MonitorOptions): string {
  const lines = [
    ...logs.map(({ vkey, url }) => `log ${vkey} ${url('monitor')}`),
    ...witnesses.flatMap(({ name, url, vkeys: [ed, pq] }) => [
      `witness ${name}-ed ${ed} ${url}`,
      `witness ${name}-pq ${pq} ${url}`,
      `group ${name} all ${name}-ed ${name}-pq`,
    ]),
    `group enough ${quorum} ${witnesses.map(({ name }) => name).join(' ')}`,
    'quorum enough',
  ];
  return `${lines.join('\n')}\n`;
}
