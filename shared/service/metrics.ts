/**
 * Prometheus metrics of one service. Each instance has a registry of its own, so that several
 * services can live in one process (tests do) without sharing counts, and each thread of a service can count
 * for itself.
 */
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

/** The state of all metrics of one thread, as plain data. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>[];

export interface MetricsOptions {
  /** Also report the process: CPU, memory, event loop delay. Off if absent. */
  process?: boolean;
  /** What other threads of the service have counted, to be added up with what is counted here. */
  others?: () => Promise<readonly MetricValues[]>;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #others: (() => Promise<readonly MetricValues[]>) | undefined;
  readonly #httpDuration: Histogram<'method' | 'route' | 'status'>;

  constructor(options: MetricsOptions = {}) {
    this.#others = options.others;
    if (options.process === true) collectDefaultMetrics({ register: this.registry });
    this.#httpDuration = this.histogram({
      name: 'tecp_http_request_duration_seconds',
      help: 'Time from the request line to the end of the handler.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    });
  }

  /** What is counted with `inc`, or set anew by `collect` at each scrape. */
  counter<L extends string>(
    options: MetricDefinition<L> & { collect?: (this: Counter<L>) => void },
  ): Counter<L> {
    return new Counter({ ...options, registers: [this.registry] });
  }

  /** A value that is set, or computed by `collect` at each scrape. */
  gauge<L extends string>(
    options: MetricDefinition<L> & { collect?: (this: Gauge<L>) => void | Promise<void> },
  ): Gauge<L> {
    return new Gauge({ ...options, registers: [this.registry] });
  }

  histogram<L extends string>(options: MetricDefinition<L> & { buckets: number[] }): Histogram<L> {
    return new Histogram({ ...options, registers: [this.registry] });
  }

  /** Counts one answered request. `route` is the pattern, never the path: labels stay bounded. */
  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#httpDuration.observe({ method, route, status }, seconds);
  }

  /** What has been counted here. */
  values(): Promise<MetricValues> {
    return this.registry.getMetricsAsJSON();
  }

  /** Everything, of all threads of the service, in the text exposition format of Prometheus. */
  async text(): Promise<string> {
    const others = (await this.#others?.()) ?? [];
    if (others.length === 0) return await this.registry.metrics();
    return await AggregatorRegistry.aggregate([await this.values(), ...others]).metrics();
  }
}

export interface MetricDefinition<L extends string> {
  name: string;
  help: string;
  labelNames?: readonly L[];
}
