/**
 * How long a submitter waits for a proof that a quorum of witnesses has cosigned: one that comes alone, after a
 * pause that is longer than the checkpoint interval, and a thousand each second. Three witnesses with a key of
 * each kind, every process its own, as `tecp up` configures them.
 *
 *     ./tecp bench proofs [--seconds 4]
 */
import { parseArgs } from 'node:util';
import { sleep } from '#service/schedule.ts';
import { freshReceipt } from '#test/support/log.ts';
import { httpRequest, percentile } from './support/load-client.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { startBenchNetwork } from './support/network.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '4' } } });
const SECONDS = Number(values.seconds);
/** That of `tecp up`, and that of a configuration which names none. */
const INTERVALS_MS = [200, 1000];
/** A little more than the interval, so that each submission meets an idle log at another moment of it. */
const PAUSE = 1.37;
const LONE_P50_MS = 25;
const LONE_P95_MS = 60;
const OFFERED = 1000;

const rows: Row[] = [];
const load = new LoadGenerator();

function posts(count: number): Buffer[] {
  const json = { 'content-type': 'application/json' };
  return Array.from({ length: count }, () =>
    httpRequest('POST', '/v1/log/entries?wait=proof', freshReceipt(), json),
  );
}

function add(what: string, ms: number, atMost: number): void {
  rows.push({ what, figure: `${ms.toFixed(1)} ms`, ratio: ms, of: 'ms', atMost });
}

for (const intervalMs of INTERVALS_MS) {
  const network = await startBenchNetwork(intervalMs);
  const port = network.logPort;
  try {
    await load.run({ port, connections: 64, requests: posts(500 * Math.min(1, SECONDS)) });
    // The checkpoint of the last one is out, and so is the interval behind it.
    await sleep(2 * intervalMs);
    const ratePerSecond = 1000 / (PAUSE * intervalMs);
    const lone = posts(Math.ceil(2.5 * SECONDS * Math.max(1, ratePerSecond)));
    const { latenciesMs } = await load.run({ port, connections: 1, requests: lone, ratePerSecond });
    const who = `lone submitter, interval ${intervalMs} ms`;
    add(`${who}: p50`, percentile(latenciesMs, 0.5), LONE_P50_MS);
    add(`${who}: p95`, percentile(latenciesMs, 0.95), LONE_P95_MS);
    const many = { port, connections: 2 * OFFERED, ratePerSecond: OFFERED };
    // The first of them finds code that is not compiled.
    await load.run({ ...many, requests: posts(OFFERED * SECONDS) });
    const result = await load.run({ ...many, requests: posts(OFFERED * SECONDS) });
    const p95 = percentile(result.latenciesMs, 0.95);
    add(`${OFFERED}/s wait for proofs, interval ${intervalMs} ms: p95`, p95, intervalMs + 60);
  } finally {
    await network.stop();
  }
}
await load.close();
report(rows);
