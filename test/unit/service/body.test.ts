import { describe, expect, it } from 'vitest';
import { readBody } from '#service/body.ts';
import { HttpProblem } from '#service/problem.ts';
import { sleep } from '#service/schedule.ts';
import { until } from '#test/support/wait.ts';
import { RawClient, serve, type TestServer } from './server.ts';

const LIMIT = 1000;

async function serveEcho(seen: unknown[] = []): Promise<TestServer> {
  return serve((app) => {
    app.post('/', async (c) => {
      try {
        const body = await readBody(c.env.incoming, LIMIT);
        return c.body(new Uint8Array(body));
      } catch (error) {
        seen.push(error);
        throw error;
      }
    });
  });
}

describe('a request body', () => {
  it.each([0, 1, LIMIT])('of %i bytes is read whole', async (length) => {
    const { url } = await serveEcho();
    const body = new Uint8Array(length).map((_, i) => i % 251);
    const response = await fetch(url, { method: 'POST', body });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  });

  it('that is not announced at all is empty, and waited for by nobody', async () => {
    const { port } = await serveEcho();
    const client = new RawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/200 OK[\s\S]*\r\n\r\n$/);
  });

  it('in many chunks is read whole', async () => {
    const { port } = await serveEcho();
    const client = new RawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\n');
    for (const part of ['ab', 'cd', 'ef']) {
      await sleep(10);
      client.send(part);
    }
    expect(await client.untilClosed()).toMatch(/200 OK[\s\S]*abcdef$/);
  });

  it('over the limit is 413 before it is sent, when its length is announced', async () => {
    const { port } = await serveEcho();
    const client = new RawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n');
    await until(() => client.received.endsWith('}'));
    expect(client.received).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"E-SIZE-001"/);
  });

  it('over the limit is 413 while it streams, when its length is not announced', async () => {
    const { port } = await serveEcho();
    const client = new RawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let i = 0; i < 3; i++) client.send(`190\r\n${'x'.repeat(400)}\r\n`);
    await until(() => client.received.endsWith('}'));
    expect(client.received).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"E-SIZE-001"/);
  });

  it('over the limit leaves the connection usable once it has been sent', async () => {
    const { url } = await serveEcho();
    const large = await fetch(url, { method: 'POST', body: new Uint8Array(LIMIT + 1) });
    expect(large.status).toBe(413);
    await large.text();
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(200);
  });

  it('that is refused before it has come leaves the connection usable, however slowly it comes', async () => {
    const { port } = await serveEcho();
    const client = new RawClient(port);
    const parts = 10;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${parts * LIMIT}\r\n\r\n`);
    await until(() => client.received.includes('413'));
    for (let i = 0; i < parts; i++) {
      await sleep(100);
      client.send('x'.repeat(LIMIT));
    }
    client.send('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.untilClosed()).toMatch(/200 OK[\s\S]*ok$/);
  });

  it('that stops half-way is an aborted request, and no answer is owed', async () => {
    const seen: unknown[] = [];
    const { url, port, log } = await serveEcho(seen);
    const client = new RawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nabc');
    // The answer to another request says that this one has been taken.
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(200);
    client.socket.destroy();
    await until(() => seen.length > 0);
    expect(seen[0]).toBeInstanceOf(HttpProblem);
    expect(seen[0]).toMatchObject({ status: 400, code: 'aborted' });
    expect(log.join('')).not.toContain('"level":"error"');
  });

  it.each(['-1', 'abc', '1, 2', '99999999999999999999999999'])(
    'with the Content-Length %j is refused',
    async (length) => {
      const { port } = await serveEcho();
      const client = new RawClient(port);
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nabc`);
      expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 4(00|13) /);
    },
  );

  it('that is compressed is refused with 415', async () => {
    const { url } = await serveEcho();
    const headers = { 'content-encoding': 'gzip' };
    const response = await fetch(url, { method: 'POST', body: 'x', headers });
    expect(await response.json()).toMatchObject({ status: 415, code: 'unsupported-encoding' });
  });
});
