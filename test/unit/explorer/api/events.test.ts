/** News of the logs: how far they are at the beginning, and whenever more can be searched. */
import { afterEach, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { openRaw } from '#test/support/http.ts';
import { until } from '#test/support/wait.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it('tells how far each log is, and of more as it comes; a HEAD ends at once, and a stop ends streams', async () => {
  const log = new ExploredLog('log.example/events');
  const explorer = await TestExplorer.start([log]);
  closing.push(() => explorer.close());
  await explorer.add(log, [encodeUtf8('a')]);
  const head = await fetch(`${explorer.url}/v1/events`, { method: 'HEAD' });
  expect(head.headers.get('content-type')).toBe('text/event-stream');
  const { socket, received, closed } = await openRaw(explorer.url);
  socket.write('GET /v1/events HTTP/1.1\r\nhost: explorer\r\n\r\n');
  const news = (size: number, state: string) =>
    `event: logs\ndata: {"logs":[{"log":"log.example/events","size":${size},"state":"${state}"}],"now_ms":`;
  await until(() => received().includes(news(1, 'current')));
  await explorer.add(log, [encodeUtf8('b')]);
  explorer.standings.set(log.origin, { state: 'reading' });
  await until(() => received().includes(news(2, 'reading')));
  explorer.endStreams();
  socket.end();
  await closed;
});
