/** Server-sent events of the status: the headline, whenever there is another one. */
import { afterEach, expect, it } from 'vitest';
import { statusStreams } from '#monitor/status/events.ts';
import type { Status } from '#monitor/status/status.ts';
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
