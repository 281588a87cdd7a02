import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ServiceApp } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import { monotonicMs } from '#service/schedule.ts';
import { until } from '#test/support/wait.ts';
import { RawClient, serve } from './server.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const answers = (client: RawClient) => client.received.split('HTTP/1.1 ').length - 1;

/** Routes that note what begins, and end when they are told. */
class Gate {
  readonly begun: string[] = [];
  readonly #ends: (() => void)[] = [];

  readonly routes = (app: ServiceApp) => {
    app.get('/gate/:n', async (c) => {
      this.begun.push(c.req.param('n'));
      await new Promise<void>((resolve) => this.#ends.push(resolve));
      return c.text(`<${c.req.param('n')}>`);
    });
    app.post('/echo', async (c) => c.text(`<${await readBody(c.env.incoming, 1000)}>`));
  };

  endOne(): void {
    this.#ends.shift()?.();
  }

  /** Ends whatever begins from now on at once. */
  open(): void {
    this.#ends.push = (...ends) => ends.map((end) => end()).length;
    for (const end of this.#ends.splice(0)) end();
  }
}

describe('requests of one connection', () => {
  it('are in work one at a time, and answered in order', async () => {
    const gate = new Gate();
    const { port } = await serve(gate.routes);
    const client = new RawClient(port);
    client.send(get('/gate/0') + get('/gate/1') + get('/gate/2'));
    for (const begun of [['0'], ['0', '1'], ['0', '1', '2']]) {
      await until(() => gate.begun.length === begun.length);
      expect(gate.begun).toEqual(begun);
      gate.endOne();
      await until(() => answers(client) === begun.length);
    }
    expect(client.received.match(/<.>/g)).toEqual(['<0>', '<1>', '<2>']);
    client.socket.destroy();
  });

  it('with bodies are answered in order, also when the bodies come piece by piece', async () => {
    const { port } = await serve(new Gate().routes);
    const client = new RawClient(port);
    const post = (body: string) =>
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const all = Array.from({ length: 5 }, (_, n) => post(`body ${n}`)).join('');
    for (let at = 0; at < all.length; at += 37) {
      client.send(all.slice(at, at + 37));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => answers(client) === 5);
    expect(client.received.match(/<[^>]*>/g)).toEqual(
      Array.from({ length: 5 }, (_, n) => `<body ${n}>`),
    );
    client.socket.destroy();
  });

  it('beyond one in work and four waiting are not looked at, and the connection ends', async () => {
    const gate = new Gate();
    const { port, service } = await serve(gate.routes);
    const client = new RawClient(port);
    client.send(Array.from({ length: 40 }, (_, n) => get(`/gate/${n}`)).join(''));
    await until(() => gate.begun.length === 1);
    gate.open();
    await client.untilClosed();
    expect(gate.begun).toEqual(Array.from({ length: 5 }, (_, n) => String(n)));
    expect(client.received.match(/<\d+>/g)).toHaveLength(5);
    expect(client.received.match(/connection: close/gi)).toHaveLength(1);
    await service.close();
  });

  it.each([
    ['without a host', 'GET /gate/0 HTTP/1.1\r\n\r\n', 400],
    ['with an expectation', 'GET /nothing HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 404],
    ['that offer to wait', 'GET /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n', 404],
    ['of HTTP/1.0', 'GET /nothing HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 404],
  ])('%s are counted like any other', async (_, request, status) => {
    const { port } = await serve(new Gate().routes);
    const client = new RawClient(port);
    client.send(request.repeat(1000));
    await client.untilClosed();
    expect(client.received.match(/HTTP\/1\.1 [2-5]\d\d/g)).toEqual(
      Array.from({ length: 5 }, () => `HTTP/1.1 ${status}`),
    );
  });

  it('that wait when the client has gone are dropped', async () => {
    const gate = new Gate();
    const { port, url } = await serve(gate.routes);
    const client = new RawClient(port);
    client.send(get('/gate/0') + get('/gate/1') + get('/gate/2'));
    await until(() => gate.begun.length === 1);
    client.socket.destroy();
    await client.untilClosed();
    gate.open();
    // Later than whatever the server does about the lost connection.
    expect(await (await fetch(`${url}/gate/9`)).text()).toBe('<9>');
    expect(gate.begun).toEqual(['0', '9']);
  });

  it('that wait do not hold up closing', async () => {
    const gate = new Gate();
    const { port, service } = await serve(gate.routes, { limits: { drainTimeoutMs: 60_000 } });
    const client = new RawClient(port);
    client.send(get('/gate/0') + get('/gate/1') + get('/gate/2'));
    await until(() => gate.begun.length === 1);
    const closed = service.close();
    gate.endOne();
    await closed;
    expect(await client.untilClosed()).toMatch(/connection: close\r\n/i);
    expect(client.received).toMatch(/<0>$/);
    expect(gate.begun).toEqual(['0']);
  });
});

/**
 * Asks for health over a connection of its own: how many others were answered between the arrival of the
 * request in this process and its answer. How long the system takes to deliver either says nothing about
 * the process.
 */
async function answeredMeanwhile(port: number): Promise<number> {
  let [finished, before, after] = [0, 0, 0];
  const isMine = (message: unknown) =>
    (message as { request: IncomingMessage }).request.headers.host === 'mine';
  const onStart = (message: unknown) => {
    if (isMine(message)) before = finished;
  };
  const onFinish = (message: unknown) => {
    if (isMine(message)) after = finished;
    finished += 1;
  };
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);
  const fresh = new RawClient(port);
  try {
    fresh.send('GET /healthz HTTP/1.1\r\nHost: mine\r\n\r\n');
    await until(() => answers(fresh) === 1);
  } finally {
    unsubscribe('http.server.request.start', onStart);
    unsubscribe('http.server.response.finish', onFinish);
    fresh.socket.destroy();
  }
  return after - before;
}

/** Clients that ask for `path` again as soon as they are answered, until they are told to end. */
async function busyClients(port: number, count: number, path: string) {
  const clients = Array.from({ length: count }, () => new RawClient(port));
  await until(() => clients.every(({ socket }) => socket.readyState === 'open'));
  for (const client of clients) {
    client.socket.on('data', () => client.send(get(path)));
    client.send(get(path));
  }
  const end = () => {
    for (const { socket } of clients) socket.destroy();
  };
  return { end, answered: () => clients.reduce((sum, client) => sum + answers(client), 0) };
}

describe('health', () => {
  it('is told to a new client while hundreds of others have the process work', async () => {
    let [looks, isDone] = [0, false];
    const look = () => {
      looks += 1;
      if (!isDone) setImmediate(look);
    };
    setImmediate(look);
    /** Between which looks of the process at the network each piece of work was done. */
    const worked: number[] = [];
    const { port } = await serve((app) => {
      app.get('/work', (c) => {
        worked.push(looks);
        const endMs = monotonicMs() + 10;
        while (monotonicMs() < endMs);
        return c.text('done');
      });
    });
    const busy = await busyClients(port, 300, '/work');
    await until(() => worked.length > 300);
    expect(await answeredMeanwhile(port)).toBeLessThan(10);
    busy.end();
    isDone = true;
    const together = [...Map.groupBy(worked, (at) => at).values()];
    expect(Math.max(...together.map(({ length }) => length))).toBeLessThanOrEqual(2);
  });

  it('is not held up by hundreds of others that ask for nothing else', async () => {
    const { port } = await serve(() => undefined);
    const busy = await busyClients(port, 1000, '/healthz');
    await until(() => busy.answered() > 1000);
    // No more than one of each.
    expect(await answeredMeanwhile(port)).toBeLessThan(2000);
    busy.end();
  });
});
