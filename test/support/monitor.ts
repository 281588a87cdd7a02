/** A monitor in this process with short intervals, and questions to it over HTTP. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { monitorConfigSchema } from '#monitor/config.ts';
import { type MonitorDeps, type RunningMonitor, startMonitor } from '#monitor/server.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { parseConfig } from '#service/config.ts';
import { createLogger } from '#service/logging.ts';
import { FakeLog, fakePolicy, PuppetWitness, publish } from './fake-log.ts';
import { tempFolder } from './temp.ts';
import { eventually } from './wait.ts';

export interface MonitorSetup {
  readonly folder?: string;
  readonly policy: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly deps?: MonitorDeps;
  /** Entry types that the settings may name; those of the program if absent. */
  readonly known?: readonly EntryType[];
}

export interface ShownAlert {
  readonly id: number;
  readonly kind: string;
  readonly severity: string;
  readonly origin?: string;
  readonly subject?: string;
  readonly detail: string;
  readonly evidence: readonly string[];
  readonly raised_at: number;
  readonly resolved_at?: number;
}

/**
 * Short delays for what is away and says so at once. Whoever answers has all the time that a busy machine
 * may take; a test of one that hangs shortens `timeout_ms`.
 */
const FAST = {
  listen: { port: 0 },
  database: 'monitor.db',
  policy: 'policy.txt',
  entry_types: ['opaque'],
  interval_ms: 50,
  timeout_ms: 20_000,
  down_after_ms: { log: 300, witness: 300 },
  grace_ms: 300,
  owed_after_ms: 120_000,
  behind_after_ms: 120_000,
};

/** For tests of what raises nothing: whatever passes has the time for it on a busy machine. */
export const PATIENT = {
  down_after_ms: { log: 600_000, witness: 600_000 },
  grace_ms: 600_000,
};

export class TestMonitor {
  readonly folder: string;
  readonly #running: RunningMonitor;

  private constructor(folder: string, running: RunningMonitor) {
    this.folder = folder;
    this.#running = running;
  }

  static async start(setup: MonitorSetup): Promise<TestMonitor> {
    const folder = setup.folder ?? tempFolder();
    writeFileSync(join(folder, 'policy.txt'), setup.policy);
    const text = JSON.stringify({ ...FAST, ...setup.settings });
    const config = parseConfig(text, join(folder, 'monitor.yaml'), (filePath) =>
      monitorConfigSchema(filePath, setup.known),
    );
    const logger = createLogger({ name: 'monitor', level: 'silent' });
    return new TestMonitor(folder, await startMonitor(config, { logger, ...setup.deps }));
  }

  get url(): string {
    return this.#running.url;
  }

  async close(): Promise<void> {
    await this.#running.close();
  }

  async get(path: string): Promise<Response> {
    return await fetch(`${this.url}${path}`);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the tests assert what the JSON holds
  async json(path: string): Promise<any> {
    return await (await this.get(path)).json();
  }

  async alerts(state: 'open' | 'all' = 'open'): Promise<ShownAlert[]> {
    return (await this.json(`/v1/alerts?state=${state}`)).alerts;
  }

  /** The open alert of a kind (about a subject), as soon as it is there. */
  async raised(kind: string, subject?: string): Promise<ShownAlert> {
    const isMeant = (alert: ShownAlert) =>
      alert.kind === kind && (subject ?? alert.subject) === alert.subject;
    return await eventually(async () => {
      const alert = (await this.alerts()).find(isMeant);
      expect(alert, `an open alert ${kind}`).toBeDefined();
      return alert!;
    });
  }

  /** That alert, as soon as it is over. */
  async resolved({ id }: ShownAlert): Promise<ShownAlert> {
    return await eventually(async () => {
      const alert = (await this.alerts('all')).find((known) => known.id === id)!;
      expect(alert.resolved_at).toBeDefined();
      return alert;
    });
  }

  /** Waits until every witness has shown a checkpoint of this size. */
  async everybodySeen(size: number): Promise<void> {
    await eventually(async () => {
      const { witnesses } = await this.json('/v1/status');
      for (const { logs } of witnesses) expect(logs[0].size).toBe(size);
    });
  }

  /** Waits until every entry up to `size` has been checked. */
  async verified(size: number): Promise<void> {
    await eventually(async () => {
      expect((await this.json('/v1/status')).logs[0].verified_size).toBe(size);
    });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A log with ten entries and three witnesses that have cosigned it. */
export async function startFakeNetwork(size = 10) {
  const log = await new FakeLog().start();
  const witnesses: PuppetWitness[] = [];
  for (const name of ['w1', 'w2', 'w3']) witnesses.push(await new PuppetWitness(name).start());
  log.tree.append(size);
  publish(log, witnesses);
  const policy = fakePolicy([log], witnesses);
  const [w1, w2, w3] = witnesses as [PuppetWitness, PuppetWitness, PuppetWitness];
  const close = async () => {
    await Promise.all([log, ...witnesses].map((server) => server.close()));
  };
  return { log, witnesses, w1, w2, w3, policy, close };
}
