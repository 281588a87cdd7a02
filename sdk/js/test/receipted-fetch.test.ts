/** Receipts of what goes over the wire, over real HTTP: each about the bytes that were sent and came. */
import { createReadStream } from 'node:fs';
import { createServer, type RequestListener, request as sendRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { startTestLog } from '#test/support/log.ts';
import { freeBasePort } from '#test/support/ports.ts';
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

async function* parts() {
  yield Buffer.from('ab');
  yield Uint8Array.of(255);
}

/** What the types do not say that Node takes. */
const streamed = (body: unknown) => ({ method: 'POST', body, duplex: 'half' }) as RequestInit;

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
    ['an array buffer', () => ({ body: Uint8Array.of(1, 2).buffer })],
    ['a view of some of it', () => ({ body: new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1) })],
    ['a stream', () => streamed(new Blob(['stream']).stream())],
    ['a file', () => streamed(createReadStream(import.meta.filename))],
    ['a generator', () => streamed(parts())],
    ['texts, one by one', () => streamed(Readable.from(['grü', 'ße']))],
    ['buffers, one by one', () => streamed(Readable.from([Uint8Array.of(7, 8).buffer]))],
    ['another request', () => new Request('http://other.example', { method: 'POST', body: 'x' })],
  ];

  it.each(bodies)('is about what was sent and what came, of %s', async (_name, init) => {
    const { url, bodies } = await startEcho();
    const { fetch, made, failed } = tappedFetch();
    const of = init();
    const response = await fetch(url, of instanceof Request ? of : { method: 'POST', ...of });
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

  it('is logged with at most 63 others at a time, and comes with an error where there are more', async () => {
    const { url } = await startEcho();
    const logSockets = new Set<Socket>();
    const silent = createServer((request) => logSockets.add(request.socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanup.add(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const end = new AbortController();
    const log = new LogClient(`http://127.0.0.1:${port}`, { signal: end.signal });
    const { fetch, made, failed } = tappedFetch({ log });
    for (let i = 0; i < 70; i++) await (await fetch(url)).text();
    await until(() => logSockets.size === 64 && failed.length === 6);
    for (const { error, receipt } of failed.splice(0)) {
      expect(error).toMatchObject({ name: 'ExchangeError', code: 'busy' });
      expect(verifyReceipt(receipt!, { nowMs: Date.now() }).errors).toEqual([]);
    }
    // Whichever fails to be logged gives its place to another one.
    end.abort(new Error('the end'));
    await until(() => failed.length === 64);
    await (await fetch(url)).text();
    await until(() => failed.length === 65);
    for (const { error } of failed) expect(error).toMatchObject({ message: 'the end' });
    expect(made).toEqual([]);
  });

  it('is made only of what it is asked for', async () => {
    const { url } = await startEcho();
    const { fetch, made } = tappedFetch({ when: ({ url }) => url.endsWith('/yes') });
    for (const path of ['/no', '/yes']) await (await fetch(url + path)).text();
    await until(() => made.length > 0);
    expect(made.map(({ exchange }) => exchange.url)).toEqual([`${url}/yes`]);
  });
});

describe('a request', () => {
  it('is as it was when it was given away, and so is the receipt', async () => {
    const { url } = await startEcho();
    const { fetch, made } = tappedFetch();
    const body = Buffer.from('before');
    const answer = fetch(url, { method: 'POST', body });
    body.write('after!');
    expect(await (await answer).text()).toBe('> before');
    await until(() => made.length === 1);
    expect(made[0]!.receipt.input_hash).toBe(hashOf('before'));
  });

  it('has the type of a form, or its own', async () => {
    const { url } = await startEcho();
    const { fetch } = tappedFetch();
    const typeOf = async (init: RequestInit) => {
      const response = await fetch(url, { method: 'POST', body: new FormData(), ...init });
      return response.headers.get('x-type');
    };
    expect(await typeOf({})).toMatch(/^multipart\/form-data; boundary=./);
    expect(await typeOf({ headers: { 'content-type': 'text/mine' } })).toBe('text/mine');
  });

  it('of a kind that is not known is sent all the same, and its receipt told of as missing', async () => {
    const { url } = await startEcho();
    const { fetch, made, failed } = tappedFetch();
    let count = 0;
    const body = { toString: () => `text ${++count}` } as unknown as string;
    expect(await (await fetch(url, { method: 'POST', body })).text()).toBe('> text 1');
    const asText = { toString: () => url } as unknown as string;
    expect(await (await fetch(asText)).text()).toBe('> ');
    await until(() => failed.length === 2);
    for (const { error } of failed) {
      expect(error).toMatchObject({ name: 'ExchangeError', code: 'unknown-body' });
    }
    expect(made).toEqual([]);
  });

  it('whose body was read before is refused as it would be without, and nothing is sent', async () => {
    const { url, bodies } = await startEcho();
    const { fetch, made, failed } = tappedFetch();
    const readBefore = async () => {
      const file = createReadStream(import.meta.filename);
      await text(file);
      const stream = new Blob(['x']).stream();
      const reader = stream.getReader();
      await reader.read();
      reader.releaseLock();
      const locked = new Blob(['x']).stream();
      locked.getReader();
      return [file, stream, locked].map(streamed);
    };
    for (const each of [fetch, globalThis.fetch]) {
      for (const init of await readBefore())
        await expect(each(url, init)).rejects.toThrow(TypeError);
    }
    expect([bodies, made, failed]).toEqual([[], [], []]);
  });

  it('reaches a fetch that reads streams in its own way, and its receipt is told of as missing', async () => {
    const { url } = await startEcho();
    const piping = async (input: unknown, init?: RequestInit) => {
      expect(init!.body).toBeInstanceOf(Readable);
      const sent = sendRequest(String(input), { method: 'POST' });
      const answer = new Promise<Readable>((resolve) => sent.on('response', resolve));
      await pipeline(init!.body as unknown as Readable, sent);
      return new Response(await buffer(await answer));
    };
    const { fetch, failed } = tappedFetch({}, piping as typeof globalThis.fetch);
    const response = await fetch(url, streamed(Readable.from(['a', 'b'])));
    expect(await response.text()).toBe('> ab');
    await until(() => failed.length === 1);
    expect(failed[0]!.error).toMatchObject({ code: 'incomplete' });
  });

  it('of an object is read no further once nobody sends it', async () => {
    const { fetch } = tappedFetch();
    let pulls = 0;
    const endless = new ReadableStream({
      pull: async (controller) => {
        pulls++;
        await sleep(1);
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const nobody = `http://127.0.0.1:${await freeBasePort()}`;
    await expect(fetch(new Request(nobody, streamed(endless)))).rejects.toThrow(TypeError);
    const standsStill = async () => {
      const pulled = pulls;
      await sleep(50);
      return pulls === pulled;
    };
    await until(standsStill, { what: 'a request that is read no further' });
  });

  it('with a part of which no bytes are known gets no receipt', async () => {
    const { url } = await startEcho();
    const { fetch, failed } = tappedFetch({}, (async (_input, init) => {
      for await (const _part of init!.body as unknown as AsyncIterable<unknown>);
      return await globalThis.fetch(url);
    }) as typeof globalThis.fetch);
    await (await fetch(url, streamed(Readable.from([5])))).text();
    await until(() => failed.length === 1);
    expect(failed[0]!.error).toMatchObject({ code: 'unknown-body' });
  });

  it('that goes on after its response gets no receipt', async () => {
    const url = await cleanup.serve((_, response) => void response.writeHead(413).end('no'));
    const endless = new ReadableStream({ start: (c) => c.enqueue(Uint8Array.of(1)) });
    const { fetch, made, failed } = tappedFetch();
    expect(await (await fetch(url, streamed(endless))).text()).toBe('no');
    await until(() => failed.length === 1);
    expect(failed[0]!.error).toMatchObject({ name: 'ExchangeError', code: 'incomplete' });
    expect(made).toEqual([]);
  });
});

describe('a function of the program that fails', () => {
  const thrown = new Error('the archive is full');
  const fail = () => {
    throw thrown;
  };
  const reject = async () => fail();
  const cases: [string, Partial<ReceiptedOptions>, boolean][] = [
    ['onReceipt throws', { onReceipt: fail }, true],
    ['onReceipt rejects', { onReceipt: reject }, true],
    ['when throws', { when: fail }, false],
  ];

  it.each(cases)(
    '%s: it is told of, and the caller has the response',
    async (_, options, isMade) => {
      const { url } = await startEcho();
      const { fetch, failed } = tappedFetch(options);
      const response = await fetch(url, { method: 'POST', body: 'x' });
      expect(await response.text()).toBe('> x');
      await until(() => failed.length === 1);
      expect(failed[0]!.error).toBe(thrown);
      expect(failed[0]!.receipt !== undefined).toBe(isMade);
    },
  );

  it.each(cases)('%s, and so does onError: nobody else is harmed', async (_, options) => {
    const { url } = await startEcho();
    for (const failAgain of [fail, reject]) {
      let isTold = false;
      const onError = () => {
        isTold = true;
        return failAgain();
      };
      const { fetch } = tappedFetch({ ...options, onError });
      const response = await fetch(url, { method: 'POST', body: 'x' });
      expect(await response.text()).toBe('> x');
      // Whatever nobody handles makes the run of all tests fail.
      await until(() => isTold);
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

  it('is what it would be without in all that is rarely asked for', async () => {
    const url = await cleanup.serve((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
      else
        response.writeHead(200, { 'content-type': 'text/x', 'set-cookie': ['a', 'b'] }).end('yz');
    });
    const { fetch, made } = tappedFetch();
    const [seen, plain] = [await fetch(`${url}/from`), await globalThis.fetch(`${url}/from`)];
    expect([plain.url, plain.redirected]).toEqual([`${url}/to`, true]);
    for (const copy of [seen.clone(), seen.clone().clone()]) {
      expect([copy.url, copy.redirected]).toEqual([plain.url, plain.redirected]);
      expect(await copy.text()).toBe('yz');
    }
    expect(seen.headers.getSetCookie()).toEqual(['a', 'b']);
    expect(() => seen.headers.set('a', 'b')).toThrow(TypeError);
    expect((await seen.blob()).type).toBe('text/x');
    const reader = (await fetch(url)).body!.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(1));
    expect(Buffer.from(value!).toString()).toBe('y');
    expect((await reader.read(new Uint8Array(9))).value).toEqual(Uint8Array.of(122));
    expect((await reader.read(new Uint8Array(9))).done).toBe(true);
    await until(() => made.length === 2);
    expect(made.map(({ receipt }) => receipt.output_hash)).toEqual([hashOf('yz'), hashOf('yz')]);
  });

  it.each(['999 Request denied', '600 X', '404 Не найдено', '404 Introuv\xe9'])(
    '%s is not lost',
    async (line) => {
      const url = await cleanup.serve(({ socket }) => {
        const bytes = Buffer.from(line, line.includes('\xe9') ? 'latin1' : 'utf8');
        socket.write('HTTP/1.1 ');
        socket.write(bytes);
        socket.end('\r\ncontent-length: 2\r\n\r\nno');
      });
      const { fetch, made } = tappedFetch();
      const [seen, plain] = [await fetch(url), await globalThis.fetch(url)];
      for (const name of ['status', 'statusText', 'ok'] as const)
        expect(seen[name]).toBe(plain[name]);
      expect(await seen.text()).toBe('no');
      await until(() => made.length === 1);
      expect(made[0]!.receipt.output_hash).toBe(hashOf('no'));
    },
  );

  it('that is of no kind that is known, or was read already, is the caller’s as it came', async () => {
    const answers = [{ status: 200, body: Readable.from(['x']) }, new Response('x')];
    await (answers[1] as Response).text();
    for (const [i, answer] of answers.entries()) {
      const own = async () => answer as Response;
      const { fetch, failed } = tappedFetch({}, own as typeof globalThis.fetch);
      expect(await fetch('http://other.example')).toBe(answer);
      await until(() => failed.length === 1);
      expect(failed[0]!.error).toMatchObject({ code: ['unknown-body', 'incomplete'][i] });
    }
  });

  it('that nobody reads gives its connection back when it is collected, and is told of', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const sockets = new Set<Socket>();
    const url = await cleanup.serve(({ socket }, response) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      response.writeHead(500).end(Buffer.alloc(1_000_000));
    });
    const { fetch, failed } = tappedFetch();
    const calls = 50;
    for (let i = 0; i < calls; i++) await fetch(url);
    await until(() => {
      collect();
      return failed.length > calls / 2 && sockets.size < calls / 2;
    });
    expect(failed[0]!.error).toMatchObject({ code: 'incomplete' });
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

it('options that no receipt can be made with are refused before anything is sent', () => {
  const refusal = expect.objectContaining({ name: 'ReceiptError' });
  const refused: [object, Error][] = [
    [{ codeRef: 'build:sha256:…' }, refusal],
    [{ policyIds: ['\ud800'] }, refusal],
    [{ ext: { a: 0.5 } }, refusal],
    [{ key: 'a key' }, expect.any(TypeError)],
    [{ log: 'https://log.example' }, expect.any(TypeError)],
    [{ onReceipt: undefined }, expect.any(TypeError)],
    [{ onError: 'console.error' }, expect.any(TypeError)],
    [{ when: 'always' }, expect.any(TypeError)],
  ];
  for (const [options, error] of refused) {
    expect(() => tappedFetch(options), JSON.stringify(options)).toThrow(error);
  }
  expect(() => tappedFetch({}, 'fetch' as never)).toThrow(TypeError);
});
