import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApp, readCors } from '#service/app.ts';
import { createLogger } from '#service/logging.ts';
import { Metrics } from '#service/metrics.ts';
import { HttpProblem, problemBody } from '#service/problem.ts';
import { stopMonotonicClock } from '#test/support/monotonic-clock.ts';
import { serve } from './server.ts';

describe('an application', () => {
  it('gives every request an id, and takes a harmless one from the client', async () => {
    const { url } = await serve((app) => app.get('/', (c) => c.text(c.var.requestId)));
    const own = await fetch(url);
    expect(own.headers.get('x-request-id')).toBe(await own.text());
    const given = await fetch(url, { headers: { 'x-request-id': 'abc-1' } });
    expect(await given.text()).toBe('abc-1');
    const odd = await fetch(url, { headers: { 'x-request-id': '{"a":1}' } });
    expect(await odd.text()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers a problem with its code, field and Retry-After', async () => {
    const { url } = await serve((app) =>
      app.get('/', () => {
        const rest = { field: 'ts', retryAfterSeconds: 1.2, extra: { leaf_index: 7 } };
        throw new HttpProblem(503, 'E-TEST', 'Not now.', rest);
      }),
    );
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-request-id')).not.toBeNull();
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'E-TEST',
      detail: 'Not now.',
      field: 'ts',
      leaf_index: 7,
    });
  });

  it('answers an unknown error with 500 and its id, and keeps the rest for the log', async () => {
    const { url, log } = await serve((app) =>
      app.get('/', () => {
        throw new Error('the password is hunter2');
      }),
    );
    const response = await fetch(url);
    const body = await response.text();
    const id = response.headers.get('x-request-id') ?? '?';
    expect(response.status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: 'internal', detail: `Internal error ${id}.` });
    expect(body).not.toMatch(/hunter2|\.ts/);
    expect(log.join('')).toContain('hunter2');
    expect(log.join('')).toContain(id);
  });

  it("answers a service's own errors as the service says", async () => {
    const toProblem = (error: unknown) =>
      error instanceof RangeError ? new HttpProblem(400, 'E-RANGE', 'Too far.') : undefined;
    const { url } = await serve(
      (app) =>
        app.get('/', () => {
          throw new RangeError('inner words');
        }),
      { toProblem },
    );
    const response = await fetch(url);
    expect(await response.json()).toMatchObject({ status: 400, code: 'E-RANGE' });
  });

  it('answers 404 as a problem', async () => {
    const { url } = await serve(() => undefined);
    const response = await fetch(`${url}/none`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not-found' });
  });

  it('is alive always, and ready only while every check has nothing to say', async () => {
    let reason: string | undefined = 'no checkpoint yet';
    const { url } = await serve(() => undefined, {
      readiness: { quorum: () => reason, store: async () => undefined },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({
      ready: false,
      reasons: { quorum: 'no checkpoint yet' },
    });
    reason = undefined;
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
  });

  it('is not ready when a check throws, and does not say why', async () => {
    const { url } = await serve(() => undefined, {
      readiness: {
        store: () => {
          throw new Error('inner words');
        },
      },
    });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('inner words');
  });

  it('counts requests by route pattern, so that paths cannot flood the metrics', async () => {
    const { url } = await serve((app) => app.get('/entries/:n', (c) => c.text('x')));
    for (let n = 0; n < 5; n++) await (await fetch(`${url}/entries/${n}`)).text();
    for (let n = 0; n < 5; n++) await (await fetch(`${url}/none/${n}`)).text();
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/_count\{method="GET",route="\/entries\/:n",status="200"\} 5/);
    expect(text).toMatch(/_count\{method="GET",route="\/\*",status="404"\} 5/);
    expect(text).not.toContain('/none');
  });

  it('counts what is posted under its own route, also where readers are mounted behind it', async () => {
    const { url } = await serve((app) => {
      app.post('/entries', (c) => c.text('x'));
      app.use('/*', async (_, next) => await next());
      app.get('/checkpoint', (c) => c.text('x'));
    });
    await fetch(`${url}/entries`, { method: 'POST' });
    await fetch(`${url}/checkpoint`);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/_count\{method="POST",route="\/entries",status="200"\} 1/);
    expect(text).toMatch(/_count\{method="GET",route="\/checkpoint",status="200"\} 1/);
    expect(text).not.toContain('route="/*"');
  });

  it.each([
    ['PUT', '/entries', 'POST'],
    ['GET', '/entries', 'POST'],
    ['HEAD', '/entries', 'POST'],
    ['DELETE', '/tile/7', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PATCH', '/both', 'GET, POST, HEAD'],
  ])('answers %s %s with 405 and the methods that are allowed', async (method, path, allow) => {
    const { url } = await serve((app) => {
      app.post('/entries', (c) => c.text('x'));
      app.use('/*', async (_, next) => await next());
      app.get('/tile/:n', (c) => c.text('x'));
      app.on(['GET', 'POST'], '/both', (c) => c.text('x'));
    });
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    if (method === 'HEAD') return;
    expect(await response.json()).toMatchObject({ status: 405, code: 'method-not-allowed' });
  });

  it.each(['/', '/bytes', '/none', '/healthz'])(
    'tells HEAD %s the length of its answer',
    async (path) => {
      const { url } = await serve((app) => {
        app.get('/', (c) => c.json({ five: 5 }));
        app.get('/bytes', (c) => c.body(new Uint8Array(70_000), 200, { 'content-type': 'a/b' }));
      });
      const got = await fetch(`${url}${path}`);
      const head = await fetch(`${url}${path}`, { method: 'HEAD' });
      expect(head.status).toBe(got.status);
      expect(head.headers.get('content-length')).toBe(String((await got.bytes()).length));
      expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
    },
  );

  it('renders its metrics once for all who ask at about the same time', async () => {
    stopMonotonicClock();
    const metrics = new Metrics();
    let rendered = 0;
    const counted = { collect: () => void rendered++ };
    metrics.gauge({ name: 'tecp_test', help: 'Test.', ...counted });
    const { url } = await serve(() => undefined, { metrics });
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/metrics`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(rendered).toBe(1);
  });

  it.each([
    ['/healthz', 8000],
    ['/readyz', 1000],
    ['/metrics', 100],
    ['/none', 1000],
  ])('lets one client ask for %s %i times at once, and again later', async (path, count) => {
    const logger = createLogger({ name: 'test', level: 'silent' });
    const app = createApp({ logger, metrics: new Metrics(), trustProxy: false });
    const socket = { remoteAddress: '127.0.0.1' };
    const env = {
      incoming: { headers: {}, rawHeaders: ['Host', 'a'], socket },
      outgoing: { setHeader() {} },
    };
    const ask = async () => (await app.fetch(new Request(`http://a${path}`), env as never)).status;
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    for (let n = 0; n < count; n++) expect(await ask()).not.toBe(429);
    expect(await ask()).toBe(429);
    vi.advanceTimersByTime(60_000);
    expect(await ask()).not.toBe(429);
  });

  it('lets any page read what is marked for reading, and preflight it', async () => {
    const { url } = await serve((app) => {
      app.use('/tile/*', readCors);
      app.get('/tile/0', (c) => c.text('x'));
    });
    const read = await fetch(`${url}/tile/0`, { headers: { origin: 'https://example.com' } });
    expect(read.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${url}/tile/0`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.com', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    const other = await fetch(`${url}/healthz`, { headers: { origin: 'https://example.com' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a problem', () => {
  it('has the same body in a batch line as in an answer', () => {
    expect(problemBody(new HttpProblem(413, 'E-SIZE-001', 'Too large.'))).toEqual({
      type: 'about:blank',
      title: 'Payload Too Large',
      status: 413,
      code: 'E-SIZE-001',
      detail: 'Too large.',
    });
  });
});
