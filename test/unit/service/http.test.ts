import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { ServiceApp } from '#service/app.ts';
import { ConfigError, PassingError } from '#service/errors.ts';
import { createHttpService } from '#service/http.ts';
import { createLogger } from '#service/logging.ts';
import { monotonicMs } from '#service/schedule.ts';
import { RawClient, serve } from './server.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const parts = { app: { fetch: () => new Response('x') }, logger, trustProxy: false };
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

async function refusedListening(host: string, port: number): Promise<unknown> {
  return createHttpService({ ...parts, listen: { host, port } })
    .start()
    .catch((error: unknown) => error);
}

describe('listening', () => {
  it('on a taken port is one clear sentence', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await refusedListening('127.0.0.1', port)).toEqual(
      new ConfigError(
        `Cannot listen on 127.0.0.1:${port}: the port is already in use; ` +
          'stop the other program or choose another port.',
      ),
    );
    other.close();
  });

  it("on an address that is not this machine's is one clear sentence", async () => {
    const error = await refusedListening('192.0.2.1', 0);
    expect(error).toBeInstanceOf(PassingError);
    expect(String(error)).toContain('this machine does not have that address');
  });

  it('says where, with the port that the system chose', async () => {
    const service = createHttpService({ ...parts, listen: { host: '127.0.0.1', port: 0 } });
    const { url, host, port } = await service.start();
    expect(url).toBe(`http://${host}:${port}`);
    expect(await (await fetch(url)).text()).toBe('x');
    await service.close();
  });
});

describe('a client that', () => {
  it.each(['/%', '/%zz', '/%ffa%ffa', '/?%', '/?a=%&%&%', '/?a=%E0%A4%A'])(
    'asks for %s, which cannot be decoded, is refused before anything looks at it',
    async (target) => {
      const looked = vi.fn();
      const { port } = await serve((app) =>
        app.use(async (_, next) => {
          looked();
          await next();
        }),
      );
      const client = new RawClient(port);
      client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const answer = await client.untilClosed();
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"bad-request"/);
      expect(looked).not.toHaveBeenCalled();
    },
  );

  it('asks for what can be decoded is routed, escapes or not', async () => {
    const { url } = await serve((app) => app.get('/', (c) => c.text(c.req.query('a') ?? '')));
    expect(await (await fetch(`${url}/?a=%E2%82%AC%25`)).text()).toBe('€%');
  });

  it('sends its header too slowly is cut off, while others are served', async () => {
    const { url, port } = await serve((a) => a.get('/', (c) => c.text('x')), {
      limits: { headersTimeoutMs: 2000, requestTimeoutMs: 600_000 },
    });
    const slow = new RawClient(port);
    const startedMs = monotonicMs();
    slow.send('GET / HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => slow.send('x: y\r\n'), 50);
    expect((await fetch(url)).status).toBe(200);
    expect(await slow.untilClosed()).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
    // Not by the timeout of the whole request.
    expect(monotonicMs() - startedMs).toBeLessThan(500_000);
  });

  it('does not take its answer is cut off, one that waits for it is not', async () => {
    const answer = new Uint8Array(32 << 20);
    const cut = Promise.withResolvers<void>();
    const routes = (a: ServiceApp) => {
      a.get('/', (c) => {
        c.env.incoming.socket.once('close', () => cut.resolve());
        return c.body(answer);
      });
      a.get('/late', async (c) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return c.text('late');
      });
    };
    const { url, port } = await serve(routes, { limits: { stallTimeoutMs: 3000 } });
    const deaf = new RawClient(port);
    deaf.socket.pause();
    deaf.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await (await fetch(`${url}/late`)).text()).toBe('late');
    await cut.promise;
    deaf.socket.resume();
    await deaf.untilClosed();
    expect(deaf.received.length).toBeLessThan(answer.length);
  });

  it('sends its body too slowly is cut off', async () => {
    const { port } = await serve((a) => a.post('/', async (c) => c.text(await c.req.text())), {
      limits: { headersTimeoutMs: 300, requestTimeoutMs: 600 },
    });
    const slow = new RawClient(port);
    slow.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => slow.send('x'), 50);
    await slow.untilClosed();
    clearInterval(drip);
    expect(slow.received).not.toMatch(/200 OK/);
  });

  it('is idle is let go after the keep-alive time', async () => {
    const { port } = await serve((a) => a.get('/', (c) => c.text('x')), {
      limits: { keepAliveTimeoutMs: 100 },
    });
    const client = new RawClient(port);
    client.send(get);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['a path with a backslash', 'GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a bad host', 'GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n'],
    ['the same host twice', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header of 20 kB', `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
  ])('sends %s gets a 4xx and nothing more', async (_, request) => {
    const { port, log } = await serve((a) => a.get('/*', (c) => c.text('x')));
    const client = new RawClient(port);
    client.send(request.replace('HTTP/1.1\r\n', 'HTTP/1.1\r\nConnection: close\r\n'));
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(log.join('')).not.toContain('"level":"error"');
  });
});

describe('closing', () => {
  it('answers what is in progress, refuses what is new, and ends idle connections', async () => {
    const [begun, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const routes = (a: ServiceApp) =>
      a.get('/', async (c) => {
        begun.resolve();
        await answer.promise;
        return c.text('done');
      });
    const limits = { keepAliveTimeoutMs: 600_000, drainTimeoutMs: 600_000 };
    const { url, port, service } = await serve(routes, { limits });
    const idle = new RawClient(port);
    await once(idle.socket, 'connect');
    const inProgress = fetch(url);
    await begun.promise;
    const closed = service.close();
    await expect(fetch(url)).rejects.toThrow();
    answer.resolve();
    expect(await (await inProgress).text()).toBe('done');
    await closed;
    await idle.untilClosed();
  });

  it('cuts what does not end in time', async () => {
    const begun = Promise.withResolvers<void>();
    const routes = (a: ServiceApp) =>
      a.get('/', () => {
        begun.resolve();
        return new Promise(() => undefined);
      });
    const { url, service } = await serve(routes, { limits: { drainTimeoutMs: 100 } });
    const stuck = fetch(url).catch((error: unknown) => error);
    await begun.promise;
    await service.close();
    expect(await stuck).toBeInstanceOf(TypeError);
  });

  it('twice, or before starting, does no harm', async () => {
    const { service } = await serve(() => undefined);
    await Promise.all([service.close(), service.close()]);
    await createHttpService({ ...parts, listen: { host: '127.0.0.1', port: 0 } }).close();
  });
});
