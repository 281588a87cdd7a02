/**
 * A whole network of real processes for one test: the files that `tecp up` would make, on ports of
 * their own, and each member to be started, stopped and killed by itself.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { type Network, openNetwork, type Role } from '#cli/network/network.ts';
import { get, RemoteError } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { openWithPolicy, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { FakeWitness } from './fake-witness.ts';
import { freeBasePort } from './ports.ts';
import { releaseAtEnd, roleProcess, type TestProcess } from './processes.ts';
import { tempFolder } from './temp.ts';
import { PATIENT, until } from './wait.ts';

/** What a monitor rightly says of somebody who is away for long: that, and what comes of it. */
export const OUTAGE_KINDS = ['log-down', 'witness-down', 'quorum-missing', 'monitor-lag'];
/** A third of what it calls long. No start takes that but on a machine with far too much to do. */
const SLOW_START_MS = 10_000;

export interface Alert {
  readonly id: number;
  readonly kind: string;
  readonly severity: string;
  readonly origin?: string;
  readonly subject?: string;
  readonly detail: string;
  readonly evidence: readonly string[];
  readonly raised_at: number;
}

export interface EvidenceItem {
  readonly id: string;
  readonly kind: string;
  readonly accused: string;
}

/** The parts of the monitor's status that tests look at. */
export interface MonitorStatus {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly logs: readonly { readonly verified_size: number; readonly agreement: string }[];
  readonly witnesses: readonly {
    readonly name: string;
    readonly logs: readonly { readonly size?: number; readonly agreement: string }[];
  }[];
}

/** One process of the network. */
export class Member {
  readonly role: Role;
  readonly process: TestProcess;
  /** Where others reach it: another URL than its own when something stands in for it. */
  url: string;
  slowestStartMs = 0;

  constructor(role: Role) {
    this.role = role;
    this.url = role.url;
    this.process = roleProcess(role.name, role.kind, role.config);
  }

  get name(): string {
    return this.role.name;
  }

  get isReplaced(): boolean {
    return this.url !== this.role.url;
  }

  /** Starts it and waits until it answers. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const startedMs = monotonicMs();
    this.process.start(env);
    await this.process.until(async () => (await tryGet(`${this.url}/healthz`)) !== undefined);
    this.slowestStartMs = Math.max(this.slowestStartMs, monotonicMs() - startedMs);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.process.stop(signal);
  }

  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  // biome-ignore lint/suspicious/noExplicitAny: a configuration as YAML gives it
  edit(change: (document: any) => void): void {
    const document = parse(readFileSync(this.role.config, 'utf8'));
    change(document);
    writeFileSync(this.role.config, stringify(document));
  }

  async getJson<T>(path: string): Promise<T> {
    return JSON.parse(decodeUtf8(await get(`${this.url}${path}`, PATIENT))) as T;
  }
}

export class TestNetwork {
  readonly data: string;
  readonly policyPath: string;
  readonly log: Member;
  readonly witnesses: readonly Member[];
  readonly monitor: Member;

  private constructor(network: Network) {
    this.data = network.data;
    this.policyPath = network.policyPath;
    this.log = new Member(network.log);
    this.witnesses = network.witnesses.map((role) => new Member(role));
    this.monitor = new Member(network.monitor);
  }

  /** Makes the files. Nothing runs yet; whatever does is ended with the test. */
  static async create(data = tempFolder()): Promise<TestNetwork> {
    const network = new TestNetwork(await openNetwork({ data, port: await freeBasePort() }));
    // A witness that was too busy for the last checkpoint is asked again only then.
    network.log.edit((config) => {
      config.logs[0].checkpoint.refresh_ms = 10_000;
    });
    releaseAtEnd(() => network.members.map((member) => member.process));
    return network;
  }

  /** As the file says now. */
  get policy(): Policy {
    return parsePolicy(readFileSync(this.policyPath, 'utf8'));
  }

  get members(): readonly Member[] {
    return [this.log, ...this.witnesses, this.monitor];
  }

  get origin(): string {
    return this.policy.logs[0]!.key.name;
  }

  /** Puts a fake in the place of a witness, in every file. Before anything is started. */
  replace(witness: Member, fake: FakeWitness): void {
    const { name } = witness;
    const keyOf = (kind: 'ed' | 'pq') =>
      this.policy.witnesses.find((candidate) => candidate.name === `${name}-${kind}`)!.key.text;
    const changes: [string, string][] = [
      [keyOf('ed'), fake.keys.ed.verifier.text],
      [keyOf('pq'), fake.keys.pq.verifier.text],
      [witness.url, fake.url],
    ];
    const files = this.witnesses.map(({ role }) => role.config);
    for (const path of [this.policyPath, ...files]) {
      const text = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        changes.reduce((changed, [before, after]) => changed.replaceAll(before, after), text),
      );
    }
    witness.url = fake.url;
  }

  /** Starts all and waits for the first checkpoint with a quorum. */
  async startAll(): Promise<void> {
    await this.start(this.members);
    await until(
      async () => {
        const note = await tryGet(`${this.log.url}/checkpoint`);
        return note !== undefined && openWithPolicy(note, this.policy).quorumMet;
      },
      { what: 'a first checkpoint' },
    );
    await this.takesEntries();
  }

  /** Waits until the log, which asks its witnesses after a start, takes entries. */
  async takesEntries(): Promise<void> {
    const readyz = `${new URL(this.log.url).origin}/readyz`;
    await until(async () => (await tryGet(readyz)) !== undefined, { what: 'entries are taken' });
  }

  /** Starts these, the monitor last: to it, who needs long to start would be away. */
  async start(members: readonly Member[]): Promise<void> {
    const own = members.filter((member) => !member.isReplaced && member !== this.monitor);
    await Promise.all(own.map((member) => member.start()));
    if (members.includes(this.monitor)) await this.monitor.start();
  }

  async publishedSize(): Promise<number> {
    const note = decodeUtf8(await get(`${this.log.url}/checkpoint`, PATIENT));
    return openWithPolicy(note, this.policy).checkpoint.size;
  }

  /** Waits until the log has published this size, and no more. */
  async published(size: number): Promise<void> {
    const what = `${size} entries published`;
    await until(async () => (await this.publishedSize()) === size, { what });
  }

  /** Size that a witness shows as its last; 0 if it shows none. */
  async witnessSize(witness: Member): Promise<number> {
    const note = await new WitnessClient(witness.url, PATIENT).checkpoint(this.origin);
    return note === undefined ? 0 : openWithPolicy(note, this.policy).checkpoint.size;
  }

  /** Every alert that was ever raised, the newest first. */
  async alerts(): Promise<Alert[]> {
    const page = await this.monitor.getJson<{ alerts: Alert[] }>('/v1/alerts?state=all');
    return page.alerts;
  }

  /** Those of these alerts that are not simply true because a busy machine starts nobody in time. */
  unexplained(alerts: readonly Alert[]): Alert[] {
    const wasSlow = this.members.some(({ slowestStartMs }) => slowestStartMs > SLOW_START_MS);
    const explained = wasSlow ? [...OUTAGE_KINDS, 'consistency-unproven'] : [];
    return alerts.filter(({ kind }) => !explained.includes(kind));
  }

  async monitorStatus(): Promise<MonitorStatus> {
    return await this.monitor.getJson<MonitorStatus>('/v1/status');
  }

  /** Waits until all witnesses and the monitor have arrived at one size. */
  async settled(size: number): Promise<void> {
    await until(
      async () => {
        const sizes = await Promise.all(this.witnesses.map((witness) => this.witnessSize(witness)));
        const status = await this.monitorStatus();
        const log = status.logs[0]!;
        return sizes.every((shown) => shown === size) && log.verified_size === size;
      },
      { what: `everybody at size ${size}` },
    );
  }
}

/** The text of an answer, or undefined while there is none. */
export async function tryGet(url: string): Promise<string | undefined> {
  try {
    return decodeUtf8(await get(url, PATIENT));
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}
