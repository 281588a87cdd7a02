/**
 * The status page: what a person reads first. Plain HTML made on the server, no scripts, nothing
 * from elsewhere; the content security policy allows its one style and nothing else.
 *
 * `html` escapes every value, as names of logs and words of failures come from outside.
 */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { standingOf } from '#protocol/evidence/evidence.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Alert } from '../alerts/alerts.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import type { Agreement, LogStatus, Status, WitnessStatus } from './status.ts';
import { STATUS_STYLE } from './status-style.ts';

const STYLE_HASH = createHash('sha256').update(STATUS_STYLE).digest('base64');

export const STATUS_PAGE_CSP =
  `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const REFRESH_SECONDS = 5;
/** More open alerts than this are left to the API. */
const MAX_SHOWN_ALERTS = 50;

type Tone = 'good' | 'warn' | 'bad';

export function renderStatusPage(status: Status) {
  const { nowMs, logs, witnesses, evidence } = status;
  const alerts = status.alerts.toSorted((a, b) => gravity(b) - gravity(a));
  const origins = logs.length > 1;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${headline(status, alerts[0])} · Monitor</title>
<style>${raw(STATUS_STYLE)}</style>
</head>
<body>
<header>
<h1>Transparency log monitor</h1>
<span class="dim">${time(nowMs)}, running for ${duration(nowMs - status.startedAtMs)}</span>
</header>
<main>
${banner(status, alerts[0])}
${alerts.length > 0 ? html`<h2>Open alerts</h2>${alerts.slice(0, MAX_SHOWN_ALERTS).map((alert) => alertCard(alert, nowMs))}` : ''}
${evidence.length > 0 ? evidenceSection(evidence) : ''}
<h2>${logs.length === 1 ? 'Log' : 'Logs'}</h2>
${logs.map((log) => logCard(log, status))}
<h2>Witnesses</h2>
${witnessTable(witnesses, nowMs, origins)}
</main>
<footer class="dim">
<p>The page renews itself every ${REFRESH_SECONDS} seconds.
<a href="/v1/status">Status</a>, <a href="/v1/alerts?state=all">all alerts</a> and
<a href="/evidence">evidence</a> as JSON; <a href="/metrics">metrics</a>.</p>
</footer>
</body>
</html>`;
}

function alertCount({ length }: readonly Alert[]): string {
  return length === 1 ? '1 open alert' : `${length} open alerts`;
}

const KINDS = Object.keys(ALERT_KINDS);

/** The kinds are listed with the gravest first; within one kind, the newest comes first. */
function gravity({ kind }: Alert): number {
  return -KINDS.indexOf(kind);
}

function toneOf({ severity }: Alert): Tone {
  return severity === 'critical' ? 'bad' : 'warn';
}

function headline(status: Status, gravest: Alert | undefined): string {
  const { alerts, problems, logs, nowMs, startedAtMs } = status;
  if (gravest !== undefined) return `${alertCount(alerts)}: ${ALERT_KINDS[gravest.kind].title}`;
  if (problems.length > 0) return 'The monitor itself is in trouble';
  if (logs.some(({ size }) => size === undefined)) {
    return `Waiting for a first checkpoint for ${duration(nowMs - startedAtMs)}`;
  }
  return 'All is well';
}

function banner(status: Status, gravest: Alert | undefined) {
  const { problems } = status;
  const isWaiting = status.logs.some(({ size }) => size === undefined);
  const [own] = problems;
  const worst = gravest === undefined ? undefined : toneOf(gravest);
  const tone = own !== undefined ? 'bad' : (worst ?? (isWaiting ? 'warn' : 'good'));
  return html`<p class="banner ${tone}" role="status">${headline(status, gravest)}</p>
${problems.map((problem) => html`<article class="card bad"><h3>${tag('bad', 'monitor')}${problem}</h3></article>`)}`;
}

function alertCard(alert: Alert, nowMs: number) {
  const tone = toneOf(alert);
  const about = [alert.subject, alert.origin].filter((part) => part !== '').join(' · ');
  return html`<article class="card ${tone}">
<h3>${tag(tone, alert.severity)}${ALERT_KINDS[alert.kind].title}</h3>
<p>${alert.detail}</p>
<p class="dim">${about === '' ? '' : html`${about} · `}<code>${alert.kind}</code> · since ${time(alert.raisedAtMs)} (${duration(nowMs - alert.raisedAtMs)})${alert.evidence.map((id) => html` · ${evidenceLink(id)}`)}</p>
</article>`;
}

function evidenceLink(id: string) {
  return html`<a href="/evidence/${id}">evidence ${id.slice(0, 12)}…</a>`;
}

function evidenceSection(records: readonly EvidenceRecord[]) {
  const first = records[0]!;
  return html`<h2>Evidence</h2>
${records.map(
  (record) => html`<article class="card">
<p>${record.statement}</p>
<p class="dim"><code>${record.kind}</code> · ${standingOf(record.kind)} · found ${time(record.detectedAtMs)} · ${evidenceLink(record.id)}</p>
</article>`,
)}
<p class="dim">Each file proves itself, offline and to anybody. Save it as a file and check it:
<code>tecp evidence verify evidence-${first.id.slice(0, 16)}.json</code></p>`;
}

function logCard(log: LogStatus, { nowMs, quorum, alerts }: Status) {
  const isConvicted = alerts.some(
    ({ kind, origin }) => kind === 'log-contradiction' && origin === log.origin,
  );
  const rows: [string, unknown][] = [
    ['Size', html`<span class="num">${log.size ?? 'none yet'}</span>`],
    ['Root', html`<code>${log.root ?? 'none yet'}</code>`],
    ['Checked', checkedText(log)],
    ['Quorum', quorum === 'none' ? 'none is asked for' : quorumText(log)],
    ['Cosigned', log.cosignedAtMs === undefined ? 'no time known' : age(log.cosignedAtMs, nowMs)],
    ['Address', html`<a href="${log.url}/checkpoint">${log.url}</a>`],
  ];
  return html`<article class="card">
<h3>${isConvicted ? tag('bad', 'has contradicted itself') : agreementTag(log.agreement)}${log.origin}</h3>
${log.failure === undefined ? '' : html`<p class="warn">Last request: ${log.failure}</p>`}
<dl>${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
</article>`;
}

function checkedText({ verifiedSize, walkedSize, size = 0, invalidEntries }: LogStatus): string {
  const invalid = invalidEntries === 0 ? '' : `; ${invalidEntries} invalid`;
  if (walkedSize >= size && verifiedSize >= size) return `every entry and tile${invalid}`;
  return `${walkedSize} of ${size} entries${invalid}`;
}

function quorumText({ quorumMet, cosigners }: LogStatus) {
  const names = cosigners.join(', ') || 'nobody';
  if (quorumMet === undefined) return 'not known yet';
  const tone: Tone = quorumMet ? 'good' : 'bad';
  return html`${tag(tone, quorumMet ? 'met' : 'missing')} by ${names}`;
}

function witnessTable(witnesses: readonly WitnessStatus[], nowMs: number, withOrigin: boolean) {
  if (witnesses.length === 0)
    return html`<p class="dim">The policy lists none with an address.</p>`;
  const row = (witness: WitnessStatus, shown: WitnessStatus['logs'][number]) => html`<tr>
<th scope="row">${witness.name}<br><span class="dim">${witness.url}</span></th>
${withOrigin ? html`<td>${shown.origin}</td>` : ''}
<td class="num">${shown.size ?? '–'}</td>
<td>${shown.cosignedAtMs === undefined ? '–' : `${duration(nowMs - shown.cosignedAtMs)} ago`}</td>
<td>${agreementTag(shown.agreement)}${witness.failure === undefined ? '' : html`<br><span class="warn">last request: ${witness.failure}</span>`}</td>
</tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Witnesses"><table>
<thead><tr><th scope="col">Witness</th>${withOrigin ? html`<th scope="col">Log</th>` : ''}
<th scope="col">Size</th><th scope="col">Cosigned</th><th scope="col">Tree</th></tr></thead>
<tbody>${witnesses.flatMap((witness) => witness.logs.map((shown) => row(witness, shown)))}</tbody>
</table></div>`;
}

const AGREEMENTS: Readonly<Record<Agreement, [Tone, string]>> = {
  agrees: ['good', 'agrees'],
  pending: ['warn', 'being checked'],
  contradicts: ['bad', 'contradicts'],
  'went-back': ['bad', 'shows less than before'],
  absent: ['warn', 'nothing shown'],
  unknown: ['warn', 'no answer yet'],
};

function agreementTag(agreement: Agreement) {
  return tag(...AGREEMENTS[agreement]);
}

function tag(tone: Tone, words: string) {
  return html`<span class="tag ${tone}">${words}</span>`;
}

function age(atMs: number, nowMs: number) {
  return html`${duration(nowMs - atMs)} ago <span class="dim">(${time(atMs)})</span>`;
}

function time(ms: number) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'an impossible time';
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}
