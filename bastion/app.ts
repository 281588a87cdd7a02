/** The clients' side of a bastion: `/<key hash>/...` goes to the backend of that key (C2SP https-bastion). */
import { createApp, limitRate, type ServiceApp } from '#service/app.ts';
import type { Logger } from '#service/logging.ts';
import { Metrics } from '#service/metrics.ts';
import { HttpProblem } from '#service/problem.ts';
import { addressKey, clientIp, RateLimiter } from '#service/rate-limit.ts';
import type { Backends, Unsent } from './backends.ts';
import type { BastionConfig } from './config.ts';
import { expectShort, forward } from './forward.ts';
import { requestHeaders } from './headers.ts';

export interface BastionAppOptions {
  readonly backends: Backends;
  readonly metrics: Metrics;
  /** Whether `/metrics` is served on another listener, and not here. */
  readonly metricsElsewhere: boolean;
  readonly limits: BastionConfig['limits'];
  readonly trustProxy: boolean;
  readonly logger: Logger;
}

/** As the client wrote it: the backend judges the rest of the path by itself. */
const TARGET = /^\/([0-9A-Fa-f]{64})(\/.*)$/;

const REFUSALS: Readonly<Record<Unsent, () => HttpProblem>> = {
  'not-connected': () => new HttpProblem(502, 'no-backend', 'No such backend is connected.'),
  busy: () =>
    new HttpProblem(503, 'backend-busy', 'The backend has too much to do.', {
      retryAfterSeconds: 1,
    }),
  'client-busy': () =>
    new HttpProblem(429, 'rate-limited', 'Too many requests at the same time.', {
      retryAfterSeconds: 1,
    }),
};

export function createBastionApp(options: BastionAppOptions): ServiceApp {
  const { backends, limits, metrics, metricsElsewhere, trustProxy, logger } = options;
  const app = createApp({ logger, metrics, metricsElsewhere, trustProxy });
  const ratePerSecond = limits.requests_per_second;
  const limiter = new RateLimiter({ ratePerSecond, burst: Math.max(1, 2 * ratePerSecond) });
  const forwardLimits = { bodyBytes: limits.body_bytes, timeoutMs: limits.timeout_ms };

  app.all('/:backend/*', limitRate(limiter, trustProxy), (c) => {
    const { incoming, outgoing } = c.env;
    const [, hash, path] = TARGET.exec(incoming.url ?? '') ?? [];
    if (hash === undefined || path === undefined) {
      throw new HttpProblem(404, 'not-found', 'Expected /<key hash of a backend>/<path>.');
    }
    expectShort(incoming, forwardLimits);
    const ip = clientIp(incoming, trustProxy);
    const headers = requestHeaders(incoming.headers, {
      method: incoming.method ?? 'GET',
      path,
      clientIp: ip,
      requestId: c.get('requestId'),
    });
    const stream = backends.request(hash.toLowerCase(), addressKey(ip), headers);
    if (typeof stream === 'string') throw REFUSALS[stream]();
    return forward(incoming, outgoing, stream, forwardLimits);
  });
  return app;
}

export function createBastionMetrics(backends: Backends): Metrics {
  const metrics = new Metrics({ process: true });
  metrics.gauge({
    name: 'tecp_bastion_backends_connected',
    help: 'Backends that can be reached now.',
    collect() {
      this.set(backends.connected);
    },
  });
  metrics.gauge({
    name: 'tecp_bastion_backends_allowed',
    help: 'Backends that may connect.',
    collect() {
      this.set(backends.allowed);
    },
  });
  return metrics;
}
