/** A log on the page: its quorum, how far it is checked, who agrees with whom, and the same as a table. */
import { html } from 'hono/html';
import { ago, count, listed, type Markup, tag } from '#service/page/parts.ts';
import { type Branch, branchesOf } from './agreement.ts';
import { rowOfLog, rowOfShown } from './rows.ts';
import type { LogStatus, Status } from './status.ts';

/** More rows than this are folded away while nothing is wrong in them. */
const MAX_OPEN_ROWS = 5;

export function logCard(log: LogStatus, status: Status): Markup {
  const { nowMs } = status;
  const row = rowOfLog(log, status);
  const facts: [string, Markup | string][] = [
    ['Quorum', quorumFact(log, status)],
    ['Checked', checkedFact(log)],
    ['Size', html`<span class="num">${log.size ?? 'none yet'}</span>`],
    ['Last answer', log.checkedAtMs === undefined ? 'none yet' : ago(log.checkedAtMs, nowMs)],
  ];
  return html`<article class="card">
<div class="head"><h3>${log.origin}</h3>${tag(row.tone, row.words)}</div>
${log.failure === undefined ? '' : html`<p class="warn">Last request: ${log.failure}</p>`}
${picture(branchesOf(log, status), log.size)}
<dl>${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
${witnessTable(log, status)}
</article>`;
}

/** Of whoever is not at the log's own size, the size is told. */
function picture(branches: readonly Branch[], logSize: number | undefined): Markup {
  return html`<ul class="tree" aria-label="Who shows which tree">
${branches.map(
  ({
    kind,
    tone,
    words,
    members,
  }) => html`<li class="${kind === 'unheard' || kind === 'unasked' ? `silent ${tone}` : tone}"><b class="dot"></b>
<span class="what">${words}${members.length === 0 ? '; nobody shows it now' : ''}</span>
<div class="chips">${members.map(
    ({ name, isLog, size }) =>
      html`<span class="chip${isLog ? ' log' : ''}">${name}${size === undefined || size === logSize ? '' : html` <span class="dim num">size ${size}</span>`}</span> `,
  )}</div></li>`,
)}
</ul>`;
}

/** Who has cosigned what is published, and when; while a quorum is missing that is what was. */
function quorumFact(log: LogStatus, status: Status) {
  const { quorum, lastQuorumAtMs, quorumMet } = log;
  if (status.quorum === 'none') return 'none is asked for';
  if (quorum === undefined) return 'not known yet';
  const { have, needed, of, missing } = quorum;
  const isMissing = quorumMet !== true || isQuorumMissing(log, status);
  const meter = html`<span class="meter ${isMissing ? 'short' : ''}" aria-hidden="true">${Array.from({ length: of }, (_, i) => html`<i class="${i < have ? 'has' : ''}"></i>`)}</span>`;
  const words = `${have} of ${of} have cosigned, ${needed} of ${of} needed`;
  const now = isMissing ? 'missing now; of what is published ' : '';
  const absent = missing.length === 0 ? '' : `; not ${listed(missing)}`;
  const last =
    lastQuorumAtMs === undefined
      ? 'no quorum seen yet'
      : html`last quorum ${ago(lastQuorumAtMs, status.nowMs)}`;
  return html`${meter}<span class="${isMissing ? 'bad' : ''}">${now}${words}</span>${absent}; ${last}`;
}

/** Without enough witnesses that answer there is none, whatever was cosigned before. */
function isQuorumMissing({ origin }: LogStatus, { alerts }: Status): boolean {
  return alerts.some(
    (alert) => alert.kind === 'quorum-missing' && (alert.origin === '' || alert.origin === origin),
  );
}

function checkedFact(log: LogStatus): string {
  const { verifiedSize, walkedSize, size, invalidEntries, unjudgedEntries } = log;
  const unjudged =
    unjudgedEntries === 0 ? '' : `; ${count(unjudgedEntries, 'is', 'are')} in the tree, not judged`;
  if (size === undefined) {
    return verifiedSize === 0 ? 'nothing yet' : `${verifiedSize} verified${unjudged}`;
  }
  // What is shown may be smaller than what was verified before.
  const done = Math.min(size, Math.max(verifiedSize, walkedSize));
  const invalid = invalidEntries === 0 ? '' : `; ${count(invalidEntries, 'is', 'are')} invalid`;
  return `${done} of ${size} verified${invalid}${unjudged}`;
}

function identity({ root, url }: LogStatus): Markup {
  const address = html`<a href="${url}/checkpoint">${url}</a>`;
  return html`<p class="dim">${address}${root === undefined ? '' : html`, root <code title="${root}">${root.slice(0, 24)}…</code>`}</p>`;
}

function witnessTable(log: LogStatus, status: Status): Markup | string {
  const { origin } = log;
  const { witnesses, nowMs } = status;
  const rows = witnesses.flatMap((witness) =>
    witness.logs
      .filter((shown) => shown.origin === origin)
      .map((shown) => ({ witness, shown, row: rowOfShown(witness, shown) })),
  );
  if (rows.length === 0)
    return html`${identity(log)}<p class="dim">The policy lists no witness with an address.</p>`;
  const good = rows.filter(({ row }) => row.tone === 'good').length;
  const isOpen = rows.length <= MAX_OPEN_ROWS || rows.some(({ row }) => row.tone === 'bad');
  return html`<details id="witnesses-of-${origin}" ${isOpen ? 'open' : ''}>
<summary>${good} of ${count(rows.length, 'witness agrees', 'witnesses agree')}</summary>
${identity(log)}
<div class="scroll" tabindex="0" role="region" aria-label="Witnesses of ${origin}"><table class="rows">
<thead><tr><th scope="col">Witness</th><th scope="col">Tree</th><th scope="col">Size</th>
<th scope="col">Cosigned</th><th scope="col">Last answer</th></tr></thead>
<tbody>${rows.map(
    ({ witness, shown, row }) => html`<tr>
<th scope="row">${witness.name}</th>
<td>${tag(row.tone, row.words)}${witness.failure === undefined ? '' : html`<br><span class="warn">${witness.failure}</span>`}</td>
<td class="num" data-label="Size">${shown.size ?? '–'}</td>
<td data-label="Cosigned">${shown.cosignedAtMs === undefined ? '–' : ago(shown.cosignedAtMs, nowMs)}</td>
<td data-label="Last answer">${shown.checkedAtMs === undefined ? 'none yet' : ago(shown.checkedAtMs, nowMs)}</td>
</tr>`,
  )}</tbody>
</table></div>
</details>`;
}
