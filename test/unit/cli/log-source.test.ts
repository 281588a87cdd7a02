/** A log that asks to wait is asked again, and one that always does ends the reading. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openLogSource } from '#cli/lib/log-source.ts';

let url: string;
/** Answers to come, each with its Retry-After; 200 after them. */
let refusals: { status: number; retryAfter: string }[] = [];
let asked = 0;

const server = createServer((_request, response) => {
  asked++;
  const { status, retryAfter } = refusals.shift() ?? { status: 200, retryAfter: '' };
  const headers = retryAfter === '' ? {} : { 'retry-after': retryAfter };
  response.writeHead(status, headers).end('a note');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = 0;
});

const refuse = (status: number, times: number, retryAfter = '0'): void => {
  refusals = Array.from({ length: times }, () => ({ status, retryAfter }));
};

it.each([429, 503])('%i: asked again until it answers', async (status) => {
  refuse(status, 3);
  expect(await openLogSource(url).checkpoint()).toBe('a note');
  expect(asked).toBe(4);
});

it('ten times for one file, and no more', async () => {
  refuse(429, 20);
  await expect(openLogSource(url).checkpoint()).rejects.toMatchObject({ status: 429 });
  expect(asked).toBe(10);
});

it('nothing else is asked for twice', async () => {
  refuse(500, 1);
  await expect(openLogSource(url).checkpoint()).rejects.toMatchObject({ status: 500 });
  expect(asked).toBe(1);
});

it('whoever waits is stopped at once', async () => {
  refuse(429, 1, '3600');
  const stopped = new AbortController();
  const reading = openLogSource(url, stopped.signal).checkpoint();
  const reason = new Error('enough');
  server.once('request', () => stopped.abort(reason));
  await expect(reading).rejects.toBe(reason);
});
