/**
 * The canary of one log: sends a receipt at each interval, keeps what came of it, and judges it. A result
 * and the alerts that it causes are durable together.
 */
import type { Policy } from '#protocol/policy/policy.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { type CanaryResult, judgeCanary } from '../judge/canary.ts';
import type { CanaryConfig } from './config.ts';
import { probe } from './probe.ts';
import { type CanaryReport, reportOn } from './report.ts';
import type { CanaryTable } from './result-table.ts';

export interface CanaryOptions {
  readonly origin: string;
  readonly url: string;
  readonly policy: Policy;
  /** Of the issuer's key. */
  readonly seed: Uint8Array;
  readonly config: CanaryConfig;
  readonly table: CanaryTable;
  readonly alerts: Alerts;
  readonly now: () => number;
}

export class Canary {
  readonly origin: string;
  readonly #options: CanaryOptions;
  // Owned by `send`, which never runs twice at a time. The report is made once for each result.
  #results: readonly CanaryResult[];
  #report: CanaryReport;

  constructor(options: CanaryOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.#results = this.#inWindow(options.table.list(options.origin));
    this.#report = this.#reportNow();
  }

  get report(): CanaryReport {
    return this.#report;
  }

  /** Rejects only when aborted, or for failures of our own. */
  async send(signal: AbortSignal): Promise<void> {
    const { origin, url, policy, seed, config, table, alerts, now } = this.#options;
    const timeoutMs = config.timeout_ms;
    const result = await probe({ origin, url, policy, seed, timeoutMs, signal, now });
    const results = this.#inWindow([...this.#results, result]);
    const { success, p95_ms: p95Ms } = config.objective;
    alerts.commit(() => {
      table.add(origin, result, this.#windowStartMs());
      return judgeCanary(origin, results, { success, p95Ms }, now());
    });
    this.#results = results;
    this.#report = this.#reportNow();
  }

  #windowStartMs(): number {
    return this.#options.now() - this.#options.config.objective.window_ms;
  }

  #inWindow(results: readonly CanaryResult[]): readonly CanaryResult[] {
    return results.filter(({ atMs }) => atMs >= this.#windowStartMs());
  }

  #reportNow(): CanaryReport {
    const { success, p95_ms: p95Ms, window_ms: windowMs } = this.#options.config.objective;
    return reportOn(this.origin, { success, p95Ms, windowMs }, this.#results);
  }
}
