/** A bastion over real connections: who may dial in, and what goes through it, unharmed or not at all. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BackendKey,
  dialIn,
  newBackendKey,
  serveOn,
  startRelay,
  startTestBastion,
  type TestBastion,
} from '#test/support/bastion.ts';
import { problemOf } from '#test/support/http.ts';
import { eventually, until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

type Handler = (incoming: Http2ServerRequest, outgoing: Http2ServerResponse) => void;

/** Says what it was asked, as JSON. */
const echo: Handler = (incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const { method, url, headers } = incoming;
    const body = Buffer.concat(chunks).toString();
    outgoing.setHeader('set-cookie', ['a=1', 'b=2']);
    outgoing.setHeader('cache-control', 'max-age=60');
    outgoing.end(JSON.stringify({ method, url, headers, body }));
  });
};

/** A backend that is connected and answers by `handler`. */
async function backend(bastion: TestBastion, key: BackendKey, handler = echo) {
  const socket = await dialIn(bastion.port, key.credentials);
  serveOn(cleanup, createServer(handler), socket);
  return socket;
}

async function connected(bastion: TestBastion, key: BackendKey): Promise<void> {
  await until(async () => (await fetch(`${bastion.urlOf(key.hash)}/`)).status !== 502);
}

/** One bastion with one backend. */
async function pair(
  handler: Handler = echo,
  config: Parameters<typeof startTestBastion>[1] = {},
): Promise<{ bastion: TestBastion; key: BackendKey; url: string }> {
  const key = newBackendKey();
  const bastion = await startTestBastion(cleanup, { allowed: [key.hash], ...config });
  await backend(bastion, key, handler);
  await connected(bastion, key);
  return { bastion, key, url: bastion.urlOf(key.hash) };
}

describe('a backend', () => {
  it('is reached at the hash of its key, in either case of hex', async () => {
    const { bastion, key, url } = await pair();
    for (const prefix of [url, bastion.urlOf(key.hash.toUpperCase())]) {
      const answer = await fetch(`${prefix}/a%2Fb/../c?x=1&y`, { method: 'POST', body: 'hello' });
      expect(await answer.json()).toMatchObject({ method: 'POST', body: 'hello' });
    }
  });

  it('gets in and stays, however many connect beside it and go no further', async () => {
    const [key, silent] = [newBackendKey(), newBackendKey()];
    const allowed = [key.hash, silent.hash];
    const keepAlive = { intervalMs: 600_000, timeoutMs: 600_000 };
    const backendLimits = { total: 3, waitingOfAddress: 2 };
    const bastion = await startTestBastion(cleanup, {
      allowed,
      deps: { keepAlive, backendLimits },
    });
    // With the handshake done, and no answer to a ping.
    const hang = async () => (await dialIn(bastion.port, silent.credentials)).resume();
    const [first, second] = [await hang(), await hang()];
    expect(first.destroyed).toBe(false);
    await backend(bastion, key);
    await until(() => first.closed);
    await connected(bastion, key);
    for (let i = 0; i < 5; i++) await hang();
    await until(() => second.closed);
    expect((await fetch(`${bastion.urlOf(key.hash)}/`)).status).toBe(200);
  });

  it('is no longer reached once it is gone, and others never were', async () => {
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup, { allowed: [key.hash] });
    const socket = await backend(bastion, key);
    await connected(bastion, key);
    socket.destroy();
    await until(async () => (await fetch(`${bastion.urlOf(key.hash)}/`)).status === 502);
    const never = await problemOf(await fetch(`${bastion.urlOf(newBackendKey().hash)}/`));
    expect(never).toMatchObject({ status: 502, code: 'no-backend' });
    for (const path of ['/', '/abc/', `/${key.hash}`, `/x${key.hash}/`]) {
      expect(await problemOf(await fetch(bastion.url + path))).toMatchObject({ status: 404 });
    }
  });

  it('is let in when the list names it, and let go when it no longer does', async () => {
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup);
    const refused = await dialIn(bastion.port, key.credentials);
    await new Promise((resolve) => refused.once('close', resolve).resume());
    bastion.allow([key.hash]);
    // The list is read again because it has changed.
    await eventually(async () => {
      await backend(bastion, key);
      expect((await fetch(`${bastion.urlOf(key.hash)}/`)).status).toBe(200);
    });
    bastion.allow([]);
    bastion.reload();
    expect((await fetch(`${bastion.urlOf(key.hash)}/`)).status).toBe(502);
  });

  it('stays when the list can no longer be read', async () => {
    const { bastion, url } = await pair();
    writeFileSync(bastion.config.backends.allowed, 'nonsense\n');
    bastion.reload();
    expect((await fetch(`${url}/`)).status).toBe(200);
  });

  it.each([
    ['TLS 1.2', { maxVersion: 'TLSv1.2' as const }],
    ['another protocol', { ALPNProtocols: ['h2'] }],
  ])('gets no handshake with %s', async (_, options) => {
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup, { allowed: [key.hash] });
    await expect(dialIn(bastion.port, key.credentials, options)).rejects.toThrow();
  });

  it.each([
    ['no protocol', (key: BackendKey) => ({ ...key.credentials, ALPNProtocols: [] })],
    ['no certificate', () => ({})],
  ])('is closed with %s', async (_, optionsOf) => {
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup, { allowed: [key.hash] });
    const closed = dialIn(bastion.port, {}, optionsOf(key)).then(
      (socket) => new Promise((resolve) => socket.once('close', resolve).resume()),
      () => undefined,
    );
    await closed;
    expect((await fetch(`${bastion.urlOf(key.hash)}/`)).status).toBe(502);
  });

  it('is pushed out by a newer connection of its own only when that one answers', async () => {
    const { bastion, key, url } = await pair((_, outgoing) => outgoing.end('old'));
    const silent = await dialIn(bastion.port, key.credentials);
    cleanup.add(() => silent.destroy());
    expect(await (await fetch(`${url}/`)).text()).toBe('old');
    await backend(bastion, key, (_, outgoing) => outgoing.end('new'));
    await until(async () => (await (await fetch(`${url}/`)).text()) === 'new');
  });

  it('that was pushed out still ends what was begun on it', async () => {
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { bastion, key, url } = await pair(async ({ url: path }, outgoing) => {
      if (path === '/slow') {
        begun.resolve();
        await end.promise;
      }
      outgoing.end('old');
    });
    const slow = fetch(`${url}/slow`);
    await begun.promise;
    await backend(bastion, key, (_, outgoing) => outgoing.end('new'));
    await until(async () => (await (await fetch(`${url}/`)).text()) === 'new');
    end.resolve();
    expect(await (await slow).text()).toBe('old');
  });

  it('behind a network that has swallowed it is dropped, and its requests answered', async () => {
    const keepAlive = { intervalMs: 1000, timeoutMs: 3000 };
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup, { allowed: [key.hash], deps: { keepAlive } });
    const relay = await startRelay(cleanup, bastion.port);
    const socket = await dialIn(relay.port, key.credentials);
    serveOn(cleanup, createServer(echo), socket);
    await connected(bastion, key);
    relay.swallow();
    expect((await fetch(`${bastion.urlOf(key.hash)}/`)).status).toBe(502);
  });
});

describe('a request', () => {
  it('tells the backend who its client is, whatever the client says', async () => {
    const { url } = await pair();
    const headers = {
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-host': 'evil',
      forwarded: 'for=10.0.0.2',
      'x-real-ip': '10.0.0.3',
      connection: 'x-secret',
      'x-secret': '1',
      'proxy-authorization': 'Basic eA==',
      te: 'trailers',
      'x-kept': 'yes',
    };
    const { promise, resolve } = Promise.withResolvers<string>();
    request(`${url}/`, { headers }, (answer) => {
      answer.setEncoding('utf8').on('data', resolve);
    }).end();
    const seen = JSON.parse(await promise).headers;
    expect(seen).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-kept': 'yes' });
    expect(Object.keys(seen).join()).not.toMatch(
      /host|forwarded,|real-ip|secret|proxy|te,|,connection/,
    );
  });

  it('behind a proxy comes from the client that the proxy names', async () => {
    const { url } = await pair(echo, { config: { trust_proxy: true } });
    const headers = { 'x-forwarded-for': '10.0.0.1, 10.9.8.7' };
    const seen = (await (await fetch(`${url}/`, { headers })).json()) as { headers: object };
    expect(seen.headers).toMatchObject({ 'x-forwarded-for': '10.9.8.7' });
  });

  it('gets the headers of the answer, but for those of the connection', async () => {
    const { url } = await pair();
    const answer = await fetch(`${url}/`);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('cache-control')).toBe('max-age=60');
    const ids = answer.headers.get('x-request-id');
    expect(ids).toMatch(/^[\w-]{36}$/);
  });

  it.each([204, 304, 404, 503])('gets status %d as it is, and HEAD no body', async (status) => {
    const { url } = await pair((_, outgoing) => outgoing.writeHead(status).end());
    expect((await fetch(`${url}/`)).status).toBe(status);
    const head = await fetch(`${url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([status, '']);
  });

  it('is streamed in both directions, however long', async () => {
    const chunk = Buffer.alloc(64 * 1024, 7);
    const { url } = await pair((incoming, outgoing) => void incoming.pipe(outgoing));
    const { promise: done, resolve } = Promise.withResolvers<number>();
    let received = 0;
    const client = request(`${url}/`, { method: 'POST' }, (answer) => {
      answer.on('data', (part: Buffer) => {
        received += part.length;
        if (received === chunk.length) client.end(chunk);
      });
      answer.on('end', () => resolve(received));
    });
    // The answer to the first half comes before the second half is sent.
    client.write(chunk);
    expect(await done).toBe(2 * chunk.length);
  });

  it.each([
    ['announced', { 'content-length': '1001' }],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ])('with a body over the limit, %s, gets 413', async (_, headers) => {
    const asked: unknown[] = [];
    const handler: Handler = (incoming, outgoing) => {
      asked.push(incoming.headers['content-length']);
      echo(incoming, outgoing);
    };
    const { url } = await pair(handler, { config: { limits: { body_bytes: 1000 } } });
    const { promise, resolve } = Promise.withResolvers<number>();
    const client = request(`${url}/`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode!);
      answer.resume();
    });
    client.end(Buffer.alloc(1001));
    expect(await promise).toBe(413);
    const whole = await fetch(`${url}/`, { method: 'POST', body: 'x'.repeat(1000) });
    expect(whole.status).toBe(200);
    // What is broken off counts against the connection of everybody.
    expect(asked).not.toContain('1001');
  });

  it('that the backend does not answer gets 504', async () => {
    const key = newBackendKey();
    const config = { limits: { timeout_ms: 200 } };
    const bastion = await startTestBastion(cleanup, { allowed: [key.hash], config });
    await backend(bastion, key, () => undefined);
    const status = async () => (await fetch(`${bastion.urlOf(key.hash)}/`)).status;
    await until(async () => (await status()) === 504);
  });

  it('whose answer breaks off is cut, not ended', async () => {
    const { url } = await pair(({ url: path }, outgoing) => {
      outgoing.write('half');
      if (path === '/half') setImmediate(() => outgoing.stream.close(2));
      else outgoing.end();
    });
    await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow();
  });

  it('is one of a limited number for a backend, and of fewer for a client', async () => {
    const held: Http2ServerResponse[] = [];
    const handler: Handler = ({ url: path }, outgoing) => {
      if (path === '/held') held.push(outgoing);
      else outgoing.end();
    };
    const config = { trust_proxy: true, limits: { requests_per_backend: 8 } };
    const { url } = await pair(handler, { config });
    const ask = (client: number) =>
      fetch(`${url}/held`, { headers: { 'x-forwarded-for': `10.0.0.${client}` } });
    const waiting = [1, 1, 2, 2, 3, 3, 4].map(ask);
    await until(() => held.length === waiting.length);
    expect((await ask(1)).status).toBe(429);
    waiting.push(ask(4));
    await until(() => held.length === waiting.length);
    expect(await problemOf(await ask(5))).toMatchObject({ status: 503, code: 'backend-busy' });
    for (const outgoing of held) outgoing.end();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    const again = ask(1);
    await until(() => held.length === waiting.length + 1);
    held.at(-1)!.end();
    expect((await again).status).toBe(200);
  });

  it('of a client above its rate gets 429', async () => {
    const { url } = await pair(echo, { config: { limits: { requests_per_second: 0.001 } } });
    expect((await fetch(`${url}/`)).status).toBe(429);
  });

  it('comes over HTTPS where the bastion speaks it', async () => {
    const key = newBackendKey();
    const bastion = await startTestBastion(cleanup, {
      allowed: [key.hash],
      config: { https: true },
    });
    await backend(bastion, key);
    const ask = () => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const client = httpsRequest(
        `${bastion.urlOf(key.hash)}/`,
        { rejectUnauthorized: false, agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        },
      );
      client.once('error', reject).end();
      return promise;
    };
    expect(bastion.url).toMatch(/^https:/);
    await until(async () => (await ask()) === 200);
  });
});
