/** Receipts of what goes over the wire, over real HTTP: each about the bytes that were sent and came. */
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { startTestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import {
  type Exchange,
  IssuerKey,
  LogClient,
  type Receipt,
  type ReceiptedOptions,
  receiptedFetch,
  verifyReceipt,
} from '../src/index.ts';

const key = IssuerKey.generate();
const cleanup = new Cleanup();
afterEach(cleanup.run);

const hashOf = (data: string | Uint8Array) =>
  encodeBase64Url(sha256(typeof data === 'string' ? encodeUtf8(data) : data));

/** A fetch with receipts, and what it has told. */
function tappedFetch(options: Partial<ReceiptedOptions> = {}, fetch = globalThis.fetch) {
  const made: { receipt: Receipt; exchange: Exchange }[] = [];
  const failed: { error: unknown; exchange: Exchange; receipt: Receipt | undefined }[] = [];
  const tapped = receiptedFetch(fetch, {
    key,
    codeRef: 'git:0123',
    onReceipt: (receipt, exchange) => void made.push({ receipt, exchange }),
    onError: (error, exchange, receipt) => void failed.push({ error, exchange, receipt }),
    ...options,
  });
  return { fetch: tapped, made, failed };
}

/** A server that answers with what it was sent, and keeps it. */
async function startEcho() {
  const bodies: Uint8Array[] = [];
  const url = await cleanup.serve(async (request, response) => {
    const body = await buffer(request);
    bodies.push(body);
    response.writeHead(201, { 'x-type': request.headers['content-type'] ?? 'none' });
    response.end(request.method === 'HEAD' ? undefined : Buffer.concat([Buffer.from('> '), body]));
  });
  return { url, bodies };
}

describe('a receipt', () => {
  const form = () => {
    const data = new FormData();
    data.set('a', 'b');
    return data;
  };
  const bodies: [string, () => RequestInit][] = [
    ['a text', () => ({ body: 'grüße' })],
    ['nothing', () => ({})],
    ['an empty text', () => ({ body: '' })],
    ['bytes', () => ({ body: Uint8Array.of(0, 255, 10) })],
    ['a blob', () => ({ body: new Blob(['ab', 'c']) })],
    ['parameters', () => ({ body: new URLSearchParams({ a: 'b c' }) })],
    ['a form', () => ({ body: form() })],
    ['a stream', () => ({ body: new Blob(['stream']).stream(), duplex: 'half' }) as RequestInit],
  ];

  it.each(bodies)('is about what was sent and what came, of %s', async (_name, init) => {
    const { url, bodies } = await startEcho();
    const { fetch, made, failed } = tappedFetch();
    const response = await fetch(url, { method: 'POST', ...init() });
    const answer = new Uint8Array(await response.arrayBuffer());
    await until(() => made.length + failed.length > 0);
    expect(failed).toEqual([]);
    const { receipt, exchange } = made[0]!;
    expect(receipt.input_hash).toBe(hashOf(bodies[0]!));
    expect(receipt.output_hash).toBe(hashOf(answer));
    expect(Buffer.from(answer).toString()).toBe(`> ${Buffer.from(bodies[0]!).toString()}`);
    expect(exchange).toEqual({ method: 'POST', url: `${url}/`, status: 201 });
    expect(verifyReceipt(receipt, { nowMs: Date.now() }).errors).toEqual([]);
  });

  it('is about a request that is an object, too, and an answer without a body', async () => {
    const { url, bodies } = await startEcho();
    const { fetch, made } = tappedFetch();
    await (await fetch(new Request(url, { method: 'PUT', body: 'object' }))).text();
    await fetch(new URL(url), { method: 'HEAD' });
    await until(() => made.length === 2);
    expect(made.map(({ exchange }) => exchange.method)).toEqual(['PUT', 'HEAD']);
    expect(made[0]!.receipt.input_hash).toBe(hashOf('object'));
    expect(made[1]!.receipt.output_hash).toBe(hashOf(''));
    expect(bodies).toHaveLength(2);
  });

  it('is logged in the background, and comes with its proof', async () => {
    const [{ url }, log] = [await startEcho(), await startTestLog()];
    cleanup.add(() => log.close());
    const { fetch, made } = tappedFetch({ log: new LogClient(log.url) });
    await (await fetch(url)).text();
    await until(() => made.length === 1);
    expect(made[0]!.receipt.log_inclusion!.proof).toMatch(/^c2sp.org\/tlog-proof@v1\n/);
  });

  it('that no log takes comes with the error', async () => {
    const { url } = await startEcho();
    const refusing = await cleanup.serve((_, response) => void response.writeHead(400).end());
    const { fetch, failed } = tappedFetch({ log: new LogClient(refusing) });
    expect((await fetch(url)).status).toBe(201);
    await (await fetch(url)).text();
    await until(() => failed.length === 1);
    expect(failed[0]!.error).toMatchObject({ name: 'RemoteError', status: 400 });
    expect(verifyReceipt(failed[0]!.receipt!, { nowMs: Date.now() }).errors).toEqual([]);
  });

  it('is made only of what it is asked for', async () => {
    const { url } = await startEcho();
    const { fetch, made } = tappedFetch({ when: ({ url }) => url.endsWith('/yes') });
    for (const path of ['/no', '/yes']) await (await fetch(url + path)).text();
    await until(() => made.length > 0);
    expect(made.map(({ exchange }) => exchange.url)).toEqual([`${url}/yes`]);
  });
});

describe('a function of the program that throws', () => {
  it('is told of as an error, and the caller has the response all the same', async () => {
    const { url } = await startEcho();
    const thrown = new Error('the archive is full');
    const fail = () => {
      throw thrown;
    };
    for (const [options, isMade] of [
      [{ onReceipt: fail }, true],
      [{ when: fail }, false],
    ] as const) {
      const { fetch, failed } = tappedFetch(options);
      const response = await fetch(url, { method: 'POST', body: 'x' });
      expect(await response.text()).toBe('> x');
      await until(() => failed.length === 1);
      expect(failed[0]!.error).toBe(thrown);
      expect(failed[0]!.receipt !== undefined).toBe(isMade);
    }
  });
});

describe('a response', () => {
  it('is what it would be without', async () => {
    const { url } = await startEcho();
    const { fetch } = tappedFetch();
    const seen = await fetch(`${url}/a`, { method: 'POST', body: 'b' });
    const plain = await globalThis.fetch(`${url}/a`, { method: 'POST', body: 'b' });
    for (const name of ['status', 'statusText', 'ok', 'url', 'type', 'redirected'] as const) {
      expect(seen[name]).toBe(plain[name]);
    }
    expect(seen.headers.get('x-type')).toBe(plain.headers.get('x-type'));
    expect(await seen.text()).toBe(await plain.text());
  });

  it('comes part by part, as soon as the parts do, and the receipt after the last', async () => {
    let sendRest = () => {};
    const url = await cleanup.serve((_, response) => {
      response.write('first');
      sendRest = () => response.end('rest');
    });
    const { fetch, made } = tappedFetch();
    const reader = (await fetch(url)).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    expect(made).toEqual([]);
    sendRest();
    while (!(await reader.read()).done);
    await until(() => made.length === 1);
    expect(made[0]!.receipt.output_hash).toBe(hashOf('firstrest'));
  });

  it('of events gets a receipt when it is read to the last of them, though its end never comes', async () => {
    const events = 'data: {"n":1}\n\ndata: [DONE]\n\n';
    const url = await cleanup.serve((_, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write(events);
    });
    const { fetch, made } = tappedFetch();
    const reader = (await fetch(url)).body!.getReader();
    let text = '';
    while (!text.endsWith('[DONE]\n\n')) text += Buffer.from((await reader.read()).value!);
    await reader.cancel();
    await until(() => made.length === 1);
    expect(made[0]!.receipt.output_hash).toBe(hashOf(events));
  });

  it('that is not read to its end, or breaks, gets no receipt', async () => {
    const endless: RequestListener = (request, response) => {
      response.write('some');
      if (request.url === '/break') setImmediate(() => response.destroy());
    };
    const url = await cleanup.serve(endless);
    const { fetch, made, failed } = tappedFetch();
    await (await fetch(`${url}/stop`)).body!.cancel();
    await expect((await fetch(`${url}/break`)).text()).rejects.toThrow();
    await until(() => failed.length === 2);
    expect(failed.map(({ exchange }) => exchange.url)).toEqual([`${url}/stop`, `${url}/break`]);
    expect(made).toEqual([]);
  });

  it('is not there where fetch fails, and the caller alone is told', async () => {
    const { fetch, failed } = tappedFetch();
    await expect(fetch('http://127.0.0.1:1/')).rejects.toThrow('fetch failed');
    expect(failed).toEqual([]);
  });
});
