/**
 * The least that an HTTP server of this kind costs: `node:http` alone, or Hono on it. A POST is answered with
 * its body, a GET of `/N` with N bytes. Run by `echo.ts` as a process of its own; it tells its port.
 */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';

const bodies = new Map<string, Buffer>();

function bodyOf(path: string): Buffer<ArrayBuffer> {
  const known = bodies.get(path) as Buffer<ArrayBuffer> | undefined;
  if (known !== undefined) return known;
  const made = Buffer.alloc(Number(path.slice(1)), 'x');
  bodies.set(path, made);
  return made;
}

function read(incoming: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => then(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
}

const bare: RequestListener = (incoming, outgoing) => {
  const answer = (body: Buffer) => {
    outgoing.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
    });
    outgoing.end(body);
  };
  if (incoming.method === 'GET') answer(bodyOf(incoming.url!));
  else read(incoming, answer);
};

const app = new Hono();
app.post('/', async (c) => c.body(await c.req.arrayBuffer()));
app.get('/:bytes', (c) => c.body(bodyOf(c.req.path)));

const listener = process.argv[2] === 'hono' ? getRequestListener(app.fetch) : bare;
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  process.send!((server.address() as AddressInfo).port);
});
process.once('SIGTERM', () => process.exit());
