import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceApp } from '#service/app.ts';
import { eventually } from '#test/support/wait.ts';
import { serve } from './server.ts';

const opened: Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

/** A connection from a loopback address of its own. */
async function open(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  socket.resume();
  opened.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function openMany(port: number, count: number, from?: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) sockets.push(await open(port, from));
  return sockets;
}

async function request(socket: Socket, path = '/'): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

const stillOpen = (sockets: readonly Socket[]) =>
  sockets.filter(({ readyState }) => readyState === 'open');

function routes(app: ServiceApp) {
  app.get('/', (c) => c.text('x'));
  app.get('/never', () => new Promise(() => undefined));
}

// Of the loopback addresses macOS has only one.
describe.skipIf(process.platform === 'darwin')('connections', () => {
  it('of one client are at most a quarter of all, and its own silent ones make room', async () => {
    const { port } = await serve(routes, { limits: { maxConnections: 40 } });
    const attacker = await openMany(port, 60, '127.0.0.2');
    await eventually(async () => expect(stillOpen(attacker)).toEqual(attacker.slice(-10)));
    expect(await request(attacker.at(-1)!)).toContain('200 OK');
    expect(await request(await open(port, '127.0.0.3'))).toContain('200 OK');
  });

  it('that are silent make room for new ones when there are too many, the largest client first', async () => {
    const { port } = await serve(routes, { limits: { maxConnections: 40 } });
    const honest = await openMany(port, 3, '127.0.0.9');
    for (const socket of honest) expect(await request(socket)).toContain('200 OK');
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6']) {
      await openMany(port, 10, from);
    }
    for (const socket of honest) expect(await request(socket)).toContain('200 OK');
    expect(await request(await open(port, '127.0.0.10'))).toContain('200 OK');
  });

  it('with half a request are as silent as those without any', async () => {
    const { port } = await serve((app) => app.post('/', async (c) => c.text(await c.req.text())), {
      limits: { maxConnections: 8 },
    });
    const slow = await openMany(port, 2);
    slow[0]!.write('POST / HTTP/1.1\r\nHost: a\r\n');
    slow[1]!.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour');
    await openMany(port, 2);
    await eventually(async () => expect(stillOpen(slow)).toEqual([]));
  });

  it('on which an answer is due are never closed for others; a new one is refused instead', async () => {
    const { port } = await serve(routes, { limits: { maxConnections: 8, drainTimeoutMs: 50 } });
    const busy = await openMany(port, 2);
    for (const socket of busy) socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    // The answer to another connection says that both requests have been taken.
    const other = await open(port, '127.0.0.3');
    expect(await request(other)).toContain('200 OK');
    const third = await open(port);
    await eventually(async () => expect(third.readyState).not.toBe('open'));
    expect(stillOpen(busy)).toEqual(busy);
  });

  it('behind a proxy of ours have no share of their own: all of them are the proxy', async () => {
    const { port } = await serve(routes, { trustProxy: true, limits: { maxConnections: 40 } });
    const proxied = await openMany(port, 40);
    for (const socket of proxied) expect(await request(socket)).toContain('200 OK');
    expect(stillOpen(proxied)).toEqual(proxied);
  });
});
