/** A service on a free port for the tests of this folder, and a client that speaks raw HTTP/1.1. */
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { type AppOptions, createApp, type ServiceApp } from '#service/app.ts';
import { createHttpService, type HttpLimits, type HttpService } from '#service/http.ts';
import { createLogger } from '#service/logging.ts';
import { Metrics } from '#service/metrics.ts';

export interface TestServer {
  url: string;
  port: number;
  service: HttpService;
  /** Log lines so far, as text. */
  log: string[];
}

const opened: HttpService[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((service) => service.close()));
});

export async function serve(
  routes: (app: ServiceApp) => void,
  options: Partial<AppOptions> & { limits?: HttpLimits } = {},
): Promise<TestServer> {
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = createLogger({ name: 'test', level: 'debug', destination });
  const app = createApp({ logger, metrics: new Metrics(), trustProxy: false, ...options });
  routes(app);
  const limits = { drainTimeoutMs: 2000, ...options.limits };
  const listen = { host: '127.0.0.1', port: 0 };
  const service = createHttpService({
    app,
    logger,
    listen,
    limits,
    trustProxy: options.trustProxy ?? false,
  });
  opened.push(service);
  const { url, port } = await service.start();
  return { url, port, service, log };
}

/** Sends bytes as they are and collects what comes back until the server closes. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  send(text: string): void {
    this.socket.write(text);
  }

  async untilClosed(): Promise<string> {
    // Not events.once: it would reject on a reset, which is one way for a server to close.
    if (!this.closed) await new Promise((resolve) => this.socket.once('close', resolve));
    return this.received;
  }
}
