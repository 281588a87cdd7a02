/** Server-sent events: news as they come, never silence, and no more streams than there may be. */
import { afterEach, expect, it } from 'vitest';
import { statusStreams } from '#monitor/status/events.ts';
import type { Status } from '#monitor/status/status.ts';
import { HttpProblem } from '#service/problem.ts';
import { openRaw } from '#test/support/http.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { openAlert, statusOf } from '#test/support/statuses.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function streams(limits = {}) {
  const shown: { status: Status } = { status: statusOf() };
  const events = statusStreams(() => shown.status, { lookMs: 5, ...limits });
  closing.push(() => events.close());
  return { shown, events };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function next(reader: Reader): Promise<Record<string, unknown> | undefined> {
  const { value } = await reader.read();
  if (value === undefined) return undefined;
  const [, data] = /^event: status\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(value))!;
  return JSON.parse(data!);
}

it('a stream begins with how it is, and tells of a change and of nothing else', async () => {
  const { shown, events } = streams({ silenceMs: 600_000 });
  const reader = events.open('a').getReader();
  expect(await next(reader)).toMatchObject({ ok: true });
  // What passes by itself is no news.
  shown.status = statusOf({ nowMs: shown.status.nowMs + 60_000 });
  await next(reader);
  shown.status = statusOf({ nowMs: shown.status.nowMs + 120_000 });
  const coming = next(reader);
  shown.status = statusOf({ alerts: [openAlert('log-down')] });
  expect(await coming).toMatchObject({ ok: false, headline: expect.stringContaining('The log') });
});

it('is never silent for longer than it says', async () => {
  const { events } = streams({ silenceMs: 20 });
  const reader = events.open('a').getReader();
  for (let i = 0; i < 4; i++) expect(await next(reader)).toMatchObject({ ok: true });
});

it('refuses more streams than a client may have, and than there may be', () => {
  const { events } = streams({ total: 3, perClient: 2 });
  events.open('a');
  const second = events.open('a');
  const refusal = (client: string) => {
    try {
      events.open(client);
      return undefined;
    } catch (error) {
      return error instanceof HttpProblem ? [error.status, error.code] : error;
    }
  };
  expect(refusal('a')).toEqual([429, 'too-many-streams']);
  expect(refusal('b')).toBeUndefined();
  expect(refusal('b')).toEqual([503, 'too-many-streams']);
  void second.cancel();
  expect(events.count).toBe(2);
  expect(refusal('b')).toBeUndefined();
});

it('whoever has the most gives a stream up for whoever has fewer, when there are no more', async () => {
  const { events } = streams({ total: 6, perClient: 3 });
  const [oldest] = ['a', 'a', 'a', 'b', 'b', 'b'].map((client) => events.open(client).getReader());
  events.open('c');
  expect(events.count).toBe(6);
  expect(await next(oldest!)).toMatchObject({ ok: true });
  expect(await next(oldest!)).toBeUndefined();
  events.open('d');
  // Two of each by now, or one: who has one already takes none from the others.
  expect(() => events.open('d')).toThrow(HttpProblem);
  expect(() => events.open('a')).toThrow(HttpProblem);
  expect(events.count).toBe(6);
});

it('is not made anew for each of many that ask at once', () => {
  let made = 0;
  const events = statusStreams(
    () => {
      made += 1;
      return statusOf();
    },
    { lookMs: 600_000 },
  );
  closing.push(() => events.close());
  for (let i = 0; i < 50; i++) events.open(String(i));
  expect(made).toBe(1);
});

it('ends the stream of a client that does not read', async () => {
  const { events } = streams({ silenceMs: 0 });
  const reader = events.open('a').getReader();
  await until(() => events.count === 0);
  const drained = async () => {
    while ((await reader.read()).done === false);
  };
  await expect(drained()).rejects.toThrow('does not read');
});

it('over HTTP: news reach the client, a HEAD ends at once, and a stop ends streams at once', async () => {
  const net = await startFakeNetwork();
  closing.push(() => net.close());
  const watcher = await TestMonitor.start({ policy: net.policy });
  const head = await fetch(`${watcher.url}/v1/events`, { method: 'HEAD' });
  expect(head.headers.get('content-type')).toBe('text/event-stream');
  const { socket, received, closed } = await openRaw(watcher.url);
  socket.write('GET /v1/events HTTP/1.1\r\nhost: monitor\r\n\r\n');
  await until(() => received().includes('event: status'));
  net.w1.down = true;
  await until(() => received().includes('A witness does not answer'));
  const { tookMs, stretch } = await timed(async () => {
    await watcher.close();
    await closed;
  });
  // Ten seconds are what requests in progress get.
  expect(tookMs).toBeLessThan(9000 * stretch);
});
