/** What the explorer answers of its logs: state, numbers with their checkpoint, checkpoints, evidence, and CSV. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RemoteError } from '#client/http.ts';
import type {
  CheckpointsAnswer,
  LogsAnswer,
  MonitorAnswer,
  StatsAnswer,
} from '#explorer/search/answers.ts';
import { csvOf } from '#explorer/search/csv.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import { filesPath } from '#explorer/search/paths.ts';
import { countEntry, lastHourOf, newTally, statsNumbers } from '#explorer/search/tally.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { problemOf } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';

const A = new ExploredLog('log.example/a');
const EMPTY = new ExploredLog('log.example/empty');
const FROZEN = new ExploredLog('log.example/frozen');
const EVIDENCE = 'ab'.repeat(32);
const HOUR_MS = 3_600_000;
const SIZES = [3, 7, 12];
const [THEIRS, AWAY] = ['e'.repeat(64), 'f'.repeat(64)];
async function evidence(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (id === AWAY) throw new RemoteError('timeout', 'https://monitor.example', 'no answer');
  return id === THEIRS ? new Uint8Array(Buffer.from('{"theirs":1}')) : undefined;
}
const told: MonitorAnswer = { url: 'https://monitor.example', trouble: 'It does not answer.' };
let explorer: TestExplorer;

beforeAll(async () => {
  explorer = await TestExplorer.start([A, EMPTY, FROZEN], { monitor: { answer: told, evidence } });
  for (const [i, size] of SIZES.entries()) {
    const entries = Array.from({ length: size - A.entries.length }, (_, n) =>
      freshReceipt({ ts: (10 + n) * HOUR_MS, policy_ids: n === 0 ? [] : ['no_pii'] }),
    );
    await explorer.add(A, entries, 1000 * i);
  }
  await explorer.add(FROZEN, [encodeUtf8('x')]);
  await explorer.freeze(FROZEN, EVIDENCE, '{"its":"own proof"}');
  explorer.standings.set(A.origin, { state: 'reading', shownSize: 20, trouble: 'It is slow.' });
});
afterAll(() => explorer?.close());

it('says of each log how far it is read, and by whom it is believed', async () => {
  const { logs, now_ms } = await explorer.json<LogsAnswer>('/v1/logs');
  expect(now_ms).toBe(1_790_000_000_000);
  const common = { url: A.url, entry_types: ENTRY_TYPES.map(({ name }) => name), judged: true };
  expect(logs).toEqual([
    {
      ...common,
      log: A.origin,
      policy: A.policyText,
      size: 12,
      checkpoint: A.checkpoint(2000).note,
      checkpoint_ms: 2000,
      shown_size: 20,
      state: 'reading',
      trouble: 'It is slow.',
      evidence: [],
      files: filesPath(A.origin),
    },
    {
      ...common,
      log: EMPTY.origin,
      policy: EMPTY.policyText,
      size: 0,
      state: 'current',
      evidence: [],
      files: filesPath(EMPTY.origin),
    },
    expect.objectContaining({ log: FROZEN.origin, state: 'frozen', evidence: [EVIDENCE] }),
  ]);
});

it('hands on the evidence of the monitor, where it has none of its own', async () => {
  const answer = await fetch(`${explorer.url}/v1/evidence/${THEIRS}`);
  expect([answer.status, await answer.text()]).toEqual([200, '{"theirs":1}']);
  const away = await problemOf(await fetch(`${explorer.url}/v1/evidence/${AWAY}`));
  expect(away).toMatchObject({ status: 503, code: 'no-monitor' });
  const none = await problemOf(await fetch(`${explorer.url}/v1/evidence/${'0'.repeat(64)}`));
  expect(none).toMatchObject({ status: 404, code: 'no-evidence' });
});

it('passes on what the monitor told', async () => {
  expect(await explorer.json('/v1/monitor')).toEqual(told);
});

describe('the numbers', () => {
  const expected = () => {
    const tally = newTally();
    for (const entry of A.entries) {
      countEntry(tally, describeEntry(entry, ENTRY_TYPES), entry.length, false);
    }
    return statsNumbers(tally, lastHourOf(2000));
  };

  it('are those that anybody counts who reads the entries, and come with their checkpoint', async () => {
    const { log, checkpoint, ...numbers } = await explorer.json<StatsAnswer>(
      `/v1/stats?log=${A.origin}`,
    );
    expect([log, checkpoint]).toEqual([A.origin, A.checkpoint().note]);
    expect(numbers).toEqual(expected());
  });

  it.each([
    ['hours.csv', () => ['hour,entries', '1970-01-01T10:00:00.000Z,3']],
    ['policies.csv', () => ['policy,entries', 'no_pii,9']],
    ['issuers.csv', () => ['issuer,entries', `${expected().issuers[0]!.value},12`]],
    ['types.csv', () => ['type,entries', 'tecp-receipt,12']],
    ['sizes.csv', () => ['up_to_bytes,entries', `${expected().sizes[0]!.up_to},12`]],
  ])('come as %s', async (series, lines) => {
    const response = await explorer.get(`/v1/stats/${series}?log=${A.origin}`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await response.text()).split('\r\n').slice(0, 2)).toEqual(lines());
  });

  it('of a log of which nothing was verified are not there yet', async () => {
    const problem = await problemOf(await explorer.get(`/v1/stats?log=${EMPTY.origin}`));
    expect([problem.status, problem.code]).toEqual([503, 'nothing-confirmed']);
  });

  it('of no known series are refused with the nearest', async () => {
    const response = await explorer.get(`/v1/stats/hour.csv?log=${A.origin}`);
    expect((await problemOf(response)).detail).toContain('Did you mean hours.csv?');
  });
});

describe('checkpoints', () => {
  const list = (query: string) =>
    explorer.json<CheckpointsAnswer>(`/v1/checkpoints?log=${A.origin}&${query}`);

  it('come newest first, page by page, with who cosigned when', async () => {
    const first = await list('limit=2');
    expect(first.checkpoints.map(({ size, seen_ms }) => [size, seen_ms])).toEqual([
      [12, 2000],
      [7, 1000],
    ]);
    expect(first.checkpoints[0]).toEqual({
      size: 12,
      root: toHex(A.checkpoint().root),
      seen_ms: 2000,
      cosigned: [{ witness: 'w1', time_seconds: 12 }],
    });
    const second = await list(`limit=2&cursor=${first.next_cursor}`);
    expect(second.checkpoints.map(({ size }) => size)).toEqual([3]);
    expect(second.next_cursor).toBeUndefined();
  });

  it('come with their notes for whoever asks for them', async () => {
    const { checkpoints } = await list('notes=true&limit=1');
    expect(checkpoints[0]!.note).toBe(A.checkpoint().note);
    expect((await explorer.get(`/v1/checkpoints?log=${A.origin}&notes=1`)).status).toBe(400);
  });

  it('cost what is asked for of them, and what their notes weigh', async () => {
    const long = new ExploredLog('log.example/long');
    const checkpointOf = long.checkpoint.bind(long);
    long.checkpoint = (seenMs) => ({ ...checkpointOf(seenMs), note: 'x'.repeat(640 * 1024) });
    // One for each request, and for a note of 640 KiB ten.
    const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 15 });
    const alone = await TestExplorer.start([long], { limiter });
    onTestFinished(() => alone.close());
    await alone.add(long, [encodeUtf8('x')]);
    const statusOf = async (query: string) => (await alone.get(`/v1/checkpoints?${query}`)).status;
    expect(await statusOf('limit=1&notes=true')).toBe(200);
    expect(await statusOf('limit=1')).toBe(200);
    expect(await statusOf('limit=200')).toBe(429);
  });

  it('come as CSV, a line for each cosignature', async () => {
    const response = await explorer.get(`/v1/checkpoints.csv?log=${A.origin}&limit=1`);
    const [, next] = /^<(.*)>; rel="next"$/.exec(response.headers.get('link')!)!;
    expect((await (await explorer.get(next!)).text()).split('\r\n')[1]).toMatch(/^7,/);
    expect(await response.text()).toBe(
      `size,root,seen,witness,cosigned\r\n12,${toHex(A.checkpoint().root)},` +
        '1970-01-01T00:00:02.000Z,w1,1970-01-01T00:00:12.000Z\r\n',
    );
  });
});

it('evidence comes as it is stored, for ever', async () => {
  const response = await explorer.get(`/v1/evidence/${EVIDENCE}`);
  expect(await response.text()).toBe('{"its":"own proof"}');
  expect(response.headers.get('cache-control')).toContain('immutable');
  for (const id of ['x', 'cd'.repeat(32)]) {
    expect((await problemOf(await explorer.get(`/v1/evidence/${id}`))).code).toBe('no-evidence');
  }
});

it('a table has no cell that a spreadsheet computes, nor one that breaks out of its line', () => {
  expect(csvOf(['a'], [['=1+1'], ['-1|x'], ['-Ab_c'], ['"q",\n'], ['@x'], [-5]])).toBe(
    `a\r\n'=1+1\r\n'-1|x\r\n-Ab_c\r\n"""q"",\n"\r\n'@x\r\n-5\r\n`,
  );
});
