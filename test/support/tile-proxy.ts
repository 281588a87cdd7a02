/**
 * Stands between a log and its readers, and can take the path of its tiles down in two ways, as a
 * broken cache in front of an honest log does, or make it slow: `node test/support/tile-proxy.ts URL`.
 *
 * A process of its own (`tile-proxy-control.ts` tells it what to do), so that it stays fast while the
 * test's is busy. Tells the port on which it listens.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Outage = 503 | 'hang' | 'slow';

const SLOW_MS = 4000;

const upstream = process.argv[2]!;
/** How tiles are not answered; undefined while they are. */
let outage: Outage | undefined;

function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { url = '/' } = incoming;
  const isDown = outage !== undefined && url.startsWith('/tile/');
  if (isDown && outage === 'hang') return;
  if (isDown && outage === 503) {
    outgoing.writeHead(503).end();
    return;
  }
  if (isDown) setTimeout(passOn, SLOW_MS, incoming, outgoing);
  else passOn(incoming, outgoing);
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { url = '/', headers, method } = incoming;
  const onward = request(`${upstream}${url}`, { method, headers }, (response) => {
    outgoing.writeHead(response.statusCode!, response.headers);
    response.pipe(outgoing);
    response.on('error', () => outgoing.destroy());
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: { outage?: Outage }) => {
  outage = message.outage;
});
