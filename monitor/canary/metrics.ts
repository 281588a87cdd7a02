/** The canary's numbers for Prometheus, of the window of the objective, read at each scrape. */
import type { Metrics } from '#service/metrics.ts';
import { CANARY_STAGES } from '../judge/canary.ts';
import type { CanaryReport } from './report.ts';

export function addCanaryMetrics(metrics: Metrics, reports: () => readonly CanaryReport[]): void {
  metrics.gauge({
    name: 'tecp_monitor_canary_results',
    help: 'Receipts of the monitor in the window of the objective, by log and outcome.',
    labelNames: ['origin', 'outcome'],
    collect() {
      for (const { origin, total, failed, failures } of reports()) {
        this.set({ origin, outcome: 'proven' }, total - failed);
        for (const stage of CANARY_STAGES) this.set({ origin, outcome: stage }, failures[stage]);
      }
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_canary_seconds',
    help: 'Time from submission to a verified proof, in the window of the objective.',
    labelNames: ['origin', 'quantile'],
    collect() {
      for (const { origin, p50Ms, p95Ms, p99Ms } of reports()) {
        if (p50Ms === undefined) continue;
        this.set({ origin, quantile: '0.5' }, p50Ms / 1000);
        this.set({ origin, quantile: '0.95' }, p95Ms! / 1000);
        this.set({ origin, quantile: '0.99' }, p99Ms! / 1000);
      }
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_canary_error_budget_left',
    help: 'Share of the failures allowed by the objective that is left; negative when overdrawn.',
    labelNames: ['origin'],
    collect() {
      for (const { origin, budgetLeft } of reports()) this.set({ origin }, budgetLeft);
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_canary_up',
    help: '1 if the last receipt got a proof that verifies.',
    labelNames: ['origin'],
    collect() {
      for (const { origin, last } of reports()) {
        if (last !== undefined) this.set({ origin }, last.failure === undefined ? 1 : 0);
      }
    },
  });
}
