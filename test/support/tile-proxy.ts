/**
 * Stands between a log and its readers, and can take the path of its tiles down in two ways, as a
 * broken cache in front of an honest log does.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Outage = 503 | 'hang';

export class TileProxy {
  readonly #server = createServer((incoming, outgoing) => this.#answer(incoming, outgoing));
  readonly #upstream: string;
  /** How tiles are not answered; undefined while they are. */
  outage: Outage | undefined;
  url = '';

  private constructor(upstream: string) {
    this.#upstream = upstream;
  }

  static async start(upstream: string): Promise<TileProxy> {
    const proxy = new TileProxy(upstream);
    const server = proxy.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return proxy;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { url = '/', headers, method } = incoming;
    const isDown = this.outage !== undefined && url.startsWith('/tile/');
    if (isDown && this.outage === 'hang') return;
    if (isDown) {
      outgoing.writeHead(503).end();
      return;
    }
    const onward = request(`${this.#upstream}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
