/** What the canary measured, on the page: for each log the share that got through, how fast, and the budget. */
import { html } from 'hono/html';
import { ago, duration, type Markup, tag } from '#service/page/parts.ts';
import type { CanaryReport } from '../canary/report.ts';
import { rowOfCanary } from './rows.ts';
import type { Status } from './status.ts';

export function canaryPart({ canaries, nowMs }: Status): Markup | string {
  if (canaries.length === 0) return '';
  return html`<h2>Receipts of this monitor's own</h2>
<article class="card"><div class="scroll" tabindex="0" role="region" aria-label="Canary"><table class="rows">
<thead><tr><th scope="col">Log</th><th scope="col">Last</th><th scope="col">Got their proof</th>
<th scope="col">Time</th><th scope="col">Failures allowed</th></tr></thead>
<tbody>${canaries.map((report) => row(report, nowMs))}</tbody></table></div></article>`;
}

function row(report: CanaryReport, nowMs: number): Markup {
  const { origin, objective, total, failed, last, p50Ms, p95Ms, p99Ms } = report;
  const { tone, words } = rowOfCanary(report);
  const speed =
    p50Ms === undefined
      ? '–'
      : `half within ${ms(p50Ms)}, 95 % within ${ms(p95Ms!)}, 99 % within ${ms(p99Ms!)} (objective: 95 % within ${ms(objective.p95Ms)})`;
  return html`<tr><th scope="row">${origin}</th>
<td>${tag(tone, words)}${last === undefined ? '' : html` ${ago(last.atMs, nowMs)}`}${last?.failure === undefined ? '' : html`<br><span class="warn">${last.failure.stage}: ${last.failure.detail}</span>`}</td>
<td data-label="Got their proof">${total - failed} of ${total} in ${duration(objective.windowMs)}</td>
<td data-label="Time">${speed}</td>
<td data-label="Failures allowed">${budgetWords(report)}</td></tr>`;
}

function budgetWords({ budgetLeft, objective }: CanaryReport): string {
  const aim = `objective ${Number((objective.success * 100).toFixed(4))} %`;
  if (budgetLeft < 0) return `spent ${(1 - budgetLeft).toFixed(1)} times over (${aim})`;
  return `${Math.floor(budgetLeft * 100)} % left (${aim})`;
}

function ms(value: number): string {
  return value < 10_000 ? `${Math.round(value)} ms` : duration(value);
}
