/**
 * Stands before a real server for S3 and fails as networks and servers do: before it has acted, or after. What
 * is passed on is not changed, as it is signed.
 */
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | 'busy' // 503, and nothing is done
  | 'hang' // nothing is done, and no answer comes
  | 'slow' // it is done a while later
  | 'cut' // nothing is done, and the connection breaks
  | 'act-then-cut' // it is done, and the connection breaks
  | 'act-then-error' // it is done, and answered with 500
  | 'say-done'; // whatever comes of it, as of a server that knows no conditions

const SLOW_MS = 200;

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
}

export class S3Proxy {
  /** What becomes of a request; passed on where it says nothing. Set by the test. */
  faultOf: (asked: Asked) => Fault | undefined = () => undefined;
  /** All that has been asked, in order. */
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  static async start(port: number): Promise<S3Proxy> {
    const proxy = new S3Proxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The server behind it, for whoever is not to meet its faults. */
  get direct(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const asked = { method: incoming.method!, path: incoming.url! };
    this.asked.push(asked);
    const fault = this.faultOf(asked);
    if (fault === 'hang') return;
    if (fault === 'cut') return void incoming.socket.destroy();
    if (fault === 'busy') {
      incoming.resume();
      outgoing.writeHead(503).end(errorDocument('SlowDown'));
      return;
    }
    if (fault === 'slow') return void setTimeout(() => this.#passOn(incoming, outgoing), SLOW_MS);
    this.#passOn(incoming, outgoing, fault);
  }

  #passOn(incoming: IncomingMessage, outgoing: ServerResponse, fault?: Fault): void {
    const { method, url: path, headers } = incoming;
    const options = { host: '127.0.0.1', port: this.#port, method, path, headers };
    const onward = request(options, (response) => {
      if (fault === undefined) {
        outgoing.writeHead(response.statusCode!, response.headers);
        response.pipe(outgoing);
        response.on('error', () => outgoing.destroy());
        return;
      }
      response.resume().on('end', () => {
        if (fault === 'act-then-cut') incoming.socket.destroy();
        else if (fault === 'say-done') outgoing.writeHead(200).end();
        else outgoing.writeHead(500).end(errorDocument('InternalError'));
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}

function errorDocument(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>By the test.</Message></Error>`;
}
