/**
 * Single submissions beside the program as it was before front ends had threads of their own (451979a), and with
 * one front end beside two: the same requests from the same generator, in alternating runs.
 *
 *     ./tecp bench before [--entries 5000] [--rounds 3]
 *
 * The generator shares the processors with the server. So beside the rate stands what does not depend on it:
 * the processor time of a request, and that of the busiest thread, which is what bounds the rate where there are
 * processors enough.
 */
import { parseArgs } from 'node:util';
import { freshReceipt } from '#test/support/log.ts';
import { httpRequest } from './support/load-client.ts';
import { LoadGenerator, type Measured } from './support/load-generator.ts';
import { type LogProcess, startLog } from './support/log-process.ts';
import { oldTree } from './support/old-tree.ts';
import { type Row, report } from './support/report.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { entries: option('5000'), rounds: option('3') } });
const [ENTRIES, ROUNDS] = [Number(values.entries), Number(values.rounds)];
const OLD_COMMIT = '451979a';
const CONNECTIONS = [64, 256];

function posts(count: number): Buffer[] {
  const json = { 'content-type': 'application/json' };
  return Array.from({ length: count }, () =>
    httpRequest('POST', '/v1/log/entries', freshReceipt(), json),
  );
}

/** Means of the rounds. */
interface Speed {
  readonly perSecond: number;
  readonly serverUs: number;
  readonly busiestUs: number;
}

function speedOf(rounds: readonly Measured[]): Speed {
  const mean = (of: (round: Measured) => number) =>
    rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length;
  return {
    // Of the time that all requests took.
    perSecond: 1 / mean(({ perSecond }) => 1 / perSecond),
    serverUs: mean(({ serverUs }) => serverUs),
    busiestUs: mean(({ threadsUs }) => Math.max(...threadsUs.values())),
  };
}

const rows: Row[] = [];
const load = new LoadGenerator();
const logs = new Map<string, LogProcess>();
try {
  const old = oldTree(OLD_COMMIT);
  if (old !== undefined) logs.set(OLD_COMMIT, await startLog({ root: old, init: false }));
  logs.set('one worker', await startLog({ settings: { workers: 1 } }));
  logs.set('two workers', await startLog({ settings: { workers: 2 } }));
  for (const { port } of logs.values()) {
    await load.run({ port, connections: 64, requests: posts(Math.min(3000, ENTRIES)) });
  }
  for (const connections of CONNECTIONS) {
    const rounds = new Map([...logs.keys()].map((name): [string, Measured[]] => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, { port, pid }] of logs) {
        const requests = posts(ENTRIES);
        rounds.get(name)!.push(await load.measure(pid, { port, connections, requests }));
      }
    }
    rows.push(
      ...rowsOf(connections, new Map([...rounds].map(([name, of]) => [name, speedOf(of)]))),
    );
  }
} finally {
  await load.close();
  for (const log of logs.values()) await log.stop();
}

function rowsOf(connections: number, speeds: ReadonlyMap<string, Speed>): Row[] {
  const rows = [...speeds].map(([name, { perSecond, serverUs, busiestUs }]): Row => {
    const figure = `${perSecond.toFixed(0)}/s, ${serverUs.toFixed(0)} us, ${busiestUs.toFixed(0)} us`;
    return { what: `${connections} connections, ${name}: rate, time, busiest thread`, figure };
  });
  const [old, one, two] = [OLD_COMMIT, 'one worker', 'two workers'].map((name) => speeds.get(name));
  if (old !== undefined) {
    const ratio = two!.perSecond / old.perSecond;
    rows.push({
      what: `  rate with two workers`,
      figure: '',
      ratio,
      of: `x ${OLD_COMMIT}`,
      atLeast: 2,
    });
    const time = one!.serverUs / old.serverUs;
    rows.push({
      what: '  time with one worker',
      figure: '',
      ratio: time,
      of: `x ${OLD_COMMIT}`,
      atMost: 1,
    });
  }
  const scaled = one!.busiestUs / two!.busiestUs;
  const what = '  what two workers could take, by the busiest thread';
  return [...rows, { what, figure: '', ratio: scaled, of: 'x one worker', atLeast: 1.7 }];
}

report(rows);
