/** A finding on the page: whom it concerns, what it means, what to do, and what else was said of it. */
import { html } from 'hono/html';
import { ago, count, duration, listed, type Markup, tag, time } from '#service/page/parts.ts';
import type { Tone } from '#service/page/tone.ts';
import type { Act, Alert } from '../alerts/alert-table.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import type { Concern, Finding } from './findings.ts';

const ROLES: Readonly<Record<Concern['role'], string>> = {
  log: 'Log',
  witness: 'Witness',
  quorum: 'Quorum',
  monitor: 'This monitor',
};
const MAX_EVIDENCE_LINKS = 4;

/** `isOnTop`: its first step stands in the verdict already. */
export function findingCard(finding: Finding, nowMs: number, isOnTop: boolean): Markup {
  const { concern, title, meaning, step, detail, lead, others, accused, evidence } = finding;
  const tone = toneOf(finding);
  return html`<article class="card ${tone}">
<p class="dim">${who(concern)}${lead === undefined ? '' : html` · since ${time(lead.raisedAtMs)}`}</p>
<div class="head"><h3>${title}</h3>${tag(tone, standing(finding))}</div>
${lead === undefined ? '' : actsOf(lead, nowMs)}
<p>${meaning}</p>
${isOnTop ? '' : html`<p><strong>First:</strong> ${step}</p>`}
${accused.length > 0 ? html`<p><strong>Accused:</strong> ${listed(accused.map(who), 8)}</p>` : ''}
<p class="detail">${detail}</p>
${evidence.length > 0 ? evidenceLinks(evidence) : ''}
${lead === undefined ? '' : html`<p class="dim">Then: docs/RUNBOOKS.md, section <code>${lead.kind}</code></p>`}
${others.length > 0 ? otherAlerts(others, concern, nowMs) : ''}
</article>`;
}

function toneOf({ isQuiet, isCritical }: Finding): Tone {
  if (isQuiet) return 'busy';
  return isCritical ? 'bad' : 'warn';
}

/** What operators did about it, in their words. */
export function actsOf({ acknowledged, silencedUntilMs, resolvedBy }: Alert, nowMs: number) {
  const act = (words: string, { by, note, atMs }: Act) =>
    html`<p>${words} by <strong>${by}</strong> ${ago(atMs, nowMs)}${note === '' ? '' : `: ${note}`}</p>`;
  return html`${acknowledged === undefined ? '' : act('Acknowledged', acknowledged)}
${silencedUntilMs === undefined ? '' : html`<p>Silenced until ${time(silencedUntilMs)}</p>`}
${resolvedBy === undefined ? '' : act('Ended', resolvedBy)}`;
}

function who({ role, name }: Concern): string {
  return name === '' ? ROLES[role] : `${ROLES[role]} ${name}`;
}

function standing({ isProven, isCritical, isQuiet, lead }: Finding): string {
  const quiet = lead?.acknowledged === undefined ? 'silenced' : 'acknowledged';
  if (isQuiet) return isProven ? `proven, ${quiet}` : quiet;
  if (isProven) return 'proven';
  return isCritical ? 'critical' : 'warning';
}

function evidenceLinks(ids: readonly string[]): Markup {
  const shown = ids.slice(0, MAX_EVIDENCE_LINKS);
  const rest = ids.length - shown.length;
  return html`<p><strong>Evidence:</strong> ${shown.map(
    (id) => html`<a href="/findings/${id}"><code>${id.slice(0, 12)}…</code></a> `,
  )}${rest > 0 ? html`<a href="/findings">and ${rest} more</a>` : ''}</p>`;
}

function otherAlerts(others: readonly Alert[], { name }: Concern, nowMs: number): Markup {
  return html`<details id="others-of-${name}-${others[0]!.kind}">
<summary>${count(others.length, 'more alert', 'more alerts')} about the same</summary>
<ul>${others.map(
    (
      alert,
    ) => html`<li>${ALERT_KINDS[alert.kind].title}${alert.subject === '' || alert.subject === name ? '' : ` (${alert.subject})`}
<span class="dim">for ${duration(nowMs - alert.raisedAtMs)}, seen ${ago(alert.lastSeenAtMs, nowMs)}</span><br>${alert.detail}</li>`,
  )}</ul>
</details>`;
}
