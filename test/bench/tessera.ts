/**
 * Opaque entries by `POST /add`, beside Tessera's POSIX log with its antispam, as it is and with its batching
 * tuned: the same entries from the same generator, in alternating runs, 64 and 512 writers.
 *
 *     ./tecp bench tessera [--entries 8000] [--rounds 2]
 *
 * Only entries that were taken count: Tessera refuses entries with a 500 while its antispam is more than 2,048
 * entries behind.
 *
 * What an answer means: here the entry is on disk and synced, with its tiles, and no other copy of it has or
 * will get another index. Tessera's is synced, too; its antispam follows behind the log, so two copies that
 * come close together may get two indices, and restarts forget what had not been followed.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { httpRequest } from './support/load-client.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { startLog } from './support/log-process.ts';
import { buildPeers, TUNED_BATCHING } from './support/peers.ts';
import { type Row, report } from './support/report.ts';
import { startTessera } from './support/tessera-process.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { entries: option('8000'), rounds: option('2') } });
const [ENTRIES, ROUNDS] = [Number(values.entries), Number(values.rounds)];
const ENTRY_BYTES = 600;
const WRITERS = [64, 512];
const WARM_UP = 10_000;
/** Each of them waits a second for an answer when there are fewer writers than a batch of Tessera has. */
const ENTRIES_OF_SLOW = 8;

interface Log {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Sums of the runs of one log with so many writers. */
interface Runs {
  offered: number;
  taken: number;
  seconds: number;
  cpuUs: number;
}

function entries(count: number): Buffer[] {
  const bytes = { 'content-type': 'application/octet-stream' };
  return Array.from({ length: count }, () =>
    httpRequest('POST', '/add', randomBytes(ENTRY_BYTES), bytes),
  );
}

const peers = buildPeers();
const open: Log[] = [];
const load = new LoadGenerator();
const rows: Row[] = [];
try {
  const logs = new Map<string, Log>();
  logs.set('here', await startLog({ entryTypes: ['opaque'] }));
  if (peers !== undefined) {
    logs.set('Tessera', await startTessera(peers.tessera));
    logs.set('Tessera, tuned', await startTessera(peers.tesseraTuned));
  }
  open.push(...logs.values());
  for (const { port } of logs.values()) {
    await load.run({ port, connections: 512, requests: entries(WARM_UP) }, 'any');
  }
  for (const writers of WRITERS) {
    const runs = new Map(
      [...logs.keys()].map((name) => [name, { offered: 0, taken: 0, seconds: 0, cpuUs: 0 }]),
    );
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, { port, pid }] of logs) {
        const isSlow = name === 'Tessera' && writers < 256;
        const requests = entries(isSlow ? Math.min(ENTRIES, ENTRIES_OF_SLOW * writers) : ENTRIES);
        const options = { port, connections: writers, requests };
        const expected = name === 'here' ? 200 : 'any';
        const { seconds, serverUs, statuses } = await load.measure(pid, options, expected);
        const sum = runs.get(name)!;
        sum.offered += requests.length;
        sum.taken += statuses.get(200) ?? 0;
        sum.seconds += seconds;
        sum.cpuUs += serverUs * requests.length;
      }
    }
    rows.push(...rowsOf(writers, runs));
  }
} finally {
  await load.close();
  for (const log of open) await log.stop();
}

function rowsOf(writers: number, runs: ReadonlyMap<string, Runs>): Row[] {
  const rate = ({ taken, seconds }: Runs) => taken / seconds;
  const cost = ({ taken, cpuUs }: Runs) => cpuUs / taken;
  const here = runs.get('here')!;
  return [...runs].flatMap(([name, sum]): Row[] => {
    const figure = `${cost(sum).toFixed(0)} us, ${rate(sum).toFixed(0)}/s`;
    const refused = 1 - sum.taken / sum.offered;
    const not = refused > 0 ? `, refused ${(100 * refused).toFixed(0)} %` : '';
    const what = `POST /add, ${writers} writers: ${name}${not}`;
    if (sum === here) return [{ what, figure }];
    return [
      { what, figure, ratio: rate(here) / rate(sum), of: 'x its rate', atLeast: 2.5 },
      {
        what: '  processor time for each entry',
        figure: '',
        ratio: cost(here) / cost(sum),
        of: 'x its time',
        atMost: 0.5,
      },
    ];
  });
}

const without = 'Go is missing: no peer was measured.';
report(rows, [peers === undefined ? without : `tuned: ${TUNED_BATCHING}`]);
