/** Answers of the API as a browser takes them: no more of one than it has room for, and refusals by their code. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

/** Checked by the types of the web app, which are not those of the tests. */
const FETCH_API: string = '#explorer/web/app/browser/fetch-api.ts';
const { getJson } = await import(/* @vite-ignore */ FETCH_API);

const CHUNK = Buffer.alloc(1024 * 1024, ' ');
let gone: Promise<void>;
const server = createServer((request, response) => {
  if (request.url === '/refused') {
    response.writeHead(404).end(JSON.stringify({ code: 'not-found', detail: 'No such entry.' }));
    return;
  }
  const write = () => {
    while (!response.destroyed && response.write(CHUNK));
  };
  gone = new Promise((resolve) => response.once('close', resolve));
  response.on('drain', write);
  write();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubGlobal('location', { href: `http://127.0.0.1:${port}/search` });
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

it('an answer without an end is given up, and its connection with it', async () => {
  await expect(getJson('/endless')).rejects.toMatchObject({ status: 502, code: 'too-large' });
  await gone;
});

it('a refusal has its status, its code and its words', async () => {
  const refused = { status: 404, code: 'not-found', message: 'No such entry.' };
  await expect(getJson('/refused')).rejects.toMatchObject(refused);
});
