/**
 * Two faces, each with a quorum, and a log that answers everything but what would compare them: found
 * out at default settings, by real processes, whichever way it does not show.
 *
 * The log keeps two of three witnesses on either side, one of them an accomplice. Six such logs run
 * side by side, one for each way, so that they take the time of one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { randomBytes } from '#crypto';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { sleep } from '#service/schedule.ts';
import type { Withholding } from '#test/support/dishonest-log.ts';
import { DishonestLogControl } from '#test/support/dishonest-log-control.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { type Alert, type Member, TestNetwork } from '#test/support/network.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';

const WAYS: readonly Withholding[] = [404, 503, 429, 'hang', 'slow', 'wrong'];
const ALERT_WITHIN_MS = 100_000;
const SHARED_SIZE = 20;
const GROWTH_MS = 10_000;

/** One of the logs. */
class Liar {
  readonly origin: string;
  readonly way: Withholding;
  readonly vkey: string;
  readonly log: DishonestLogControl;
  readonly urls: Readonly<Record<'monitor' | 'one' | 'two', string>>;

  private constructor(
    way: Withholding,
    vkey: string,
    log: DishonestLogControl,
    urls: Liar['urls'],
  ) {
    this.origin = originOf(way);
    this.way = way;
    this.vkey = vkey;
    this.log = log;
    this.urls = urls;
  }

  static async start(way: Withholding, folder: string): Promise<Liar> {
    const key = makeSignerKey(originOf(way), KEY_TYPES.ed25519, randomBytes(32));
    const path = join(folder, `${way}.key`);
    writeSignerKey(path, key);
    const log = new DishonestLogControl(path);
    const [monitor, one, two] = [
      await log.listen('monitor'),
      await log.listen('one'),
      await log.listen('two'),
    ];
    await log.append(SHARED_SIZE, 'a', 'b');
    return new Liar(way, key.verifier.text, log, { monitor, one, two });
  }
}

function originOf(way: Withholding): string {
  return `log.example/${way}`;
}

/** An honest monitor with default settings, two honest witnesses, an accomplice, and the logs. */
async function openStage() {
  const network = await TestNetwork.create();
  const accomplice = await FakeWitness.start('accomplice', 99);
  onTestFinished(() => accomplice.close());
  accomplice.behaviour = ({ checkpoint }) => ({ status: 200, body: accomplice.lines(checkpoint) });
  network.replace(network.witnesses[0]!, accomplice);
  const [, one, two] = network.witnesses as [Member, Member, Member];
  const logs = await Promise.all(WAYS.map((way) => Liar.start(way, network.data)));
  for (const [witness, audience] of [
    [one, 'one'],
    [two, 'two'],
  ] as const) {
    witness.edit((config) => {
      config.logs = logs.map(({ vkey, urls }) => ({ vkey, url: urls[audience] }));
    });
  }
  network.monitor.edit((config) => {
    delete config.interval_ms;
  });
  const others = readFileSync(network.policyPath, 'utf8').replace(/^log .*$/m, '');
  const lines = logs.map(({ vkey, urls }) => `log ${vkey} ${urls.monitor}`);
  writeFileSync(network.policyPath, `${lines.join('\n')}\n${others}`);
  await network.start([one, two, network.monitor]);
  for (const { log } of logs) {
    for (const witness of [accomplice, one, two]) await log.offer('a', witness.url, 0);
  }
  await everyLogChecked(network, SHARED_SIZE);
  expect(network.unexplained(await network.alerts())).toEqual([]);
  return { network, accomplice, one, two, logs };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

/** B is published and checked before A is cosigned; from then on the comparison is owed. */
async function diverge({ network, accomplice, one, two, logs }: Stage): Promise<void> {
  for (const { log, way } of logs) {
    for (const audience of ['one', 'two']) await log.withhold(audience, way);
    await log.append(10, 'b');
    for (const witness of [two, accomplice]) await log.offer('b', witness.url, SHARED_SIZE);
    for (const audience of ['monitor', 'two']) await log.show(audience, 'b');
  }
  await everyLogChecked(network, SHARED_SIZE + 10);
  for (const { log, way } of logs) {
    // Not before: a comparison of B could get the one tile that the walk through it needs.
    await log.withhold('monitor', way);
    await log.append(5, 'a');
    for (const witness of [one, accomplice]) await log.offer('a', witness.url, SHARED_SIZE);
  }
}

async function everyLogChecked(network: TestNetwork, size: number): Promise<void> {
  await until(
    async () => {
      const { logs } = await network.monitorStatus();
      return logs.every(({ verified_size }) => verified_size === size);
    },
    { what: `size ${size} of every log checked` },
  );
}

/** Keeps B the larger one, with new entries and the quorum, for as long as it gets that. */
async function growB({ accomplice, two, logs }: Stage, signal: AbortSignal): Promise<void> {
  while (await sleep(GROWTH_MS, signal)) {
    for (const { log } of logs) {
      const old = log.sizeOf('b');
      await log.append(5, 'b');
      for (const witness of [two, accomplice]) await log.offer('b', witness.url, old);
    }
  }
}

it('a log that withholds comparisons alone is told of within 100 seconds, whichever way it takes', async () => {
  const stage = await openStage();
  const { network, logs } = stage;
  await diverge(stage);
  const startedAtMs = Date.now();
  const over = new AbortController();
  const growing = growB(stage, over.signal);
  const suspicion = ({ origin }: Liar, alerts: readonly Alert[]) =>
    alerts.find((alert) => alert.origin === origin && alert.kind === 'consistency-unproven');
  const { result: alerts, stretch } = await timed(() =>
    until(
      async () => {
        const raised = await network.alerts();
        return logs.every((liar) => suspicion(liar, raised)) && raised;
      },
      { what: 'an alert about each log' },
    ),
  );
  over.abort();
  await growing;
  for (const liar of logs) {
    const { severity, detail, raised_at } = suspicion(liar, alerts)!;
    expect(severity).toBe('critical');
    expect(detail, String(liar.way)).toContain('Meanwhile the log answered everything else');
    expect(raised_at - startedAtMs, String(liar.way)).toBeLessThan(ALERT_WITHIN_MS * stretch);
  }
  expect((await network.monitorStatus()).ok).toBe(false);
  // Nobody is convicted by what is hidden.
  expect(await network.monitor.getJson('/evidence')).toEqual([]);
});
