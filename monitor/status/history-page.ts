/** The history: every alert that is kept, the newest first, page by page. */
import { html } from 'hono/html';
import type { Page } from '#service/page/page.ts';
import { duration, type Markup, tag, time } from '#service/page/parts.ts';
import type { Alert } from '../alerts/alert-table.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import { actsOf } from './finding-card.ts';

export const HISTORY_PAGE_SIZE = 50;

/** `alerts` may hold one more than fits on the page, which says that there is another one. */
export function historyPage(
  alerts: readonly Alert[],
  before: number | undefined,
  nowMs: number,
): Page {
  const shown = alerts.slice(0, HISTORY_PAGE_SIZE);
  const older = alerts.length > shown.length ? shown.at(-1)?.id : undefined;
  const links = html`<nav><a href="/">Status now</a>
${before === undefined ? '' : html`<a href="/history">Newest</a>`}
${older === undefined ? '' : html`<a href="/history?before=${older}">Older</a>`}</nav>`;
  const body = html`<header><h1>History of alerts</h1>
<p class="dim">The newest first. Ended ones are kept up to 10,000. As JSON: <a href="/v1/alerts?state=all">/v1/alerts?state=all</a></p>${links}</header>
<main>${shown.length === 0 ? html`<p>${before === undefined ? 'No alert was ever raised.' : 'There are no older ones.'}</p>` : ''}
${shown.map((alert) => item(alert, nowMs))}</main>
<footer>${shown.length > 5 ? links : ''}</footer>`;
  return { title: 'History of alerts · Monitor', body };
}

function item(alert: Alert, nowMs: number): Markup {
  const { kind, severity, origin, subject, detail, raisedAtMs, resolvedAtMs, evidence } = alert;
  const isOpen = resolvedAtMs === undefined;
  const tone = severity === 'critical' ? 'bad' : 'warn';
  const about = [subject, origin].filter((part) => part !== '').join(' · ');
  const length = duration((resolvedAtMs ?? nowMs) - raisedAtMs);
  return html`<article class="card ${isOpen ? tone : ''}" id="alert-${alert.id}">
<div class="head"><h3>${ALERT_KINDS[kind].title}</h3>${isOpen ? tag(tone, 'open') : tag('good', 'over')}</div>
<p class="dim">${about === '' ? '' : `${about} · `}${time(raisedAtMs)}${isOpen ? `, open for ${length}` : html` to ${time(resolvedAtMs)} (${length})`} · ${severity} · <code>${kind}</code> · ${alert.id}</p>
<p>${detail}</p>
${actsOf(alert, nowMs)}
${evidence.length === 0 ? '' : html`<p>Evidence: ${evidence.map((id) => html`<a href="/findings/${id}"><code>${id.slice(0, 12)}…</code></a> `)}</p>`}
</article>`;
}
