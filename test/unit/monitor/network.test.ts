/** The monitor beside a real log and real witnesses: load, restarts, and nothing to raise. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LogClient } from '#client/log-client.ts';
import { KEY_TYPES, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { parseConfig } from '#service/config.ts';
import { writeSignerKey } from '#service/keys.ts';
import { databaseExists } from '#service/sqlite.ts';
import { freshReceipt, logKey, silent, startTestLog } from '#test/support/log.ts';
import { PATIENT, pause, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { type RunningWitness, startWitness } from '#witness/server.ts';

/** A witness that can be stopped and started again at the same place. */
class Restartable {
  readonly #folder = tempFolder();
  readonly #log: SignerKey;
  readonly keys: readonly SignerKey[];
  running: RunningWitness | undefined;
  port = 0;

  constructor(name: string, log: SignerKey) {
    this.#log = log;
    const types = [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44];
    const seed = new TextEncoder().encode(name.padEnd(32, '.'));
    this.keys = types.map((type) => makeSignerKey(name, type, seed));
    for (const key of this.keys) writeSignerKey(this.#keyPath(key), key);
  }

  #keyPath(key: SignerKey): string {
    return join(this.#folder, `${key.verifier.type}.key`);
  }

  async start(): Promise<this> {
    const text = JSON.stringify({
      listen: { port: this.port },
      database: 'witness.db',
      keys: this.keys.map((key) => this.#keyPath(key)),
      logs: [{ vkey: this.#log.verifier.text }],
    });
    const config = parseConfig(text, join(this.#folder, 'witness.yaml'), witnessConfigSchema);
    if (!databaseExists(config.database)) initWitness(config);
    this.running = await startWitness(config, { logger: silent });
    this.port = Number(new URL(this.running.url).port);
    return this;
  }

  async stop(): Promise<void> {
    await this.running?.close();
  }
}

function policyLines(witnesses: readonly Restartable[]): string {
  const names = witnesses.map((_, i) => `w${i + 1}`);
  const lines = witnesses.flatMap(({ keys: [ed, pq], running }, i) => [
    `witness ${names[i]}-ed ${ed!.verifier.text} ${running!.url}`,
    `witness ${names[i]}-pq ${pq!.verifier.text} ${running!.url}`,
    `group ${names[i]} all ${names[i]}-ed ${names[i]}-pq`,
  ]);
  return [...lines, `group quorum 2 ${names.join(' ')}`, 'quorum quorum', ''].join('\n');
}

it('an honest network under load, with restarts of witnesses, raises nothing', async () => {
  const key = logKey();
  const witnesses = ['one', 'two', 'three'].map((name) => new Restartable(name, key));
  for (const witness of witnesses) await witness.start();
  const policy = policyLines(witnesses);
  const log = await startTestLog({ key, policy });
  const watcher = await TestMonitor.start({
    policy: `log ${key.verifier.text} ${log.url}\n${policy}`,
    settings: {
      entry_types: ['tecp-receipt'],
      ...PATIENT,
    },
  });
  const client = new LogClient(log.url, { timeoutMs: 60_000 });
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 10 }, () => client.submit(freshReceipt())));
    if (round === 15) await witnesses[0]!.stop();
    if (round === 25) await witnesses[0]!.start();
    if (round === 40) await witnesses[2]!.stop();
    if (round === 45) await witnesses[2]!.start();
    await pause(20);
  }
  await client.submit(freshReceipt(), { waitForProof: true });
  await watcher.verified(601);
  await eventually(async () => {
    const { ok, witnesses: shown } = await watcher.json('/v1/status');
    const agreements = shown.map((w: { logs: { agreement: string }[] }) => w.logs[0]!.agreement);
    expect(agreements).toEqual(['agrees', 'agrees', 'agrees']);
    expect(ok).toBe(true);
  });
  expect(await watcher.alerts('all')).toEqual([]);
  await watcher.close();
  await log.close();
  for (const witness of witnesses) await witness.stop();
});
