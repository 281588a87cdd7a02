/**
 * The status page, for somebody woken at night: a true sentence, what to do, what was found, and then
 * everything that it rests on. Complete without scripts; with them it keeps itself up to date.
 */
import { html } from 'hono/html';
import type { Page } from '#service/page/page.ts';
import { count, duration, type Markup, time } from '#service/page/parts.ts';
import { canaryPart } from './canary-part.ts';
import { findingCard } from './finding-card.ts';
import { findingsOf } from './findings.ts';
import { headlineOf } from './headline.ts';
import { LIVE_SCRIPT } from './live-script.ts';
import { logCard } from './log-card.ts';
import type { Status } from './status.ts';

const REFRESH_SECONDS = 5;
/** More findings than this are left to the history. */
const MAX_SHOWN_FINDINGS = 50;

/** `explorer` is the URL prefix of one that follows the same logs. */
export function statusPage(status: Status, explorer?: string): Page {
  const findings = findingsOf(status);
  const { tone, sentence, step } = headlineOf(status, findings);
  const { nowMs, startedAtMs, logs, evidence } = status;
  const shown = findings.slice(0, MAX_SHOWN_FINDINGS);
  const body = html`<header>
<div class="verdict ${tone}" role="status" data-live="verdict"><h1>${sentence}</h1>
${step === undefined ? '' : html`<p><strong>First:</strong> ${step}</p>`}</div>
<div class="lost verdict warn"><p><strong>The monitor has fallen silent.</strong> What is shown here was true when it was last heard: nothing is known of now.</p></div>
<p class="about dim" data-live="about"><span>Transparency log monitor</span> <span>${time(nowMs)}</span> <span>running for ${duration(nowMs - startedAtMs)}</span></p>
</header>
<main>
<section data-live="findings">${
    shown.length === 0
      ? ''
      : html`<h2>${findings.length === 1 ? 'What was found' : `${count(findings.length, 'finding')}, the gravest first`}</h2>
${shown.map((finding, i) => findingCard(finding, nowMs, i === 0 && step !== undefined))}`
  }</section>
<section data-live="logs"><h2>${logs.length === 1 ? 'The log' : 'Logs'} and who agrees</h2>
<div class="grid">${logs.map((log) => logCard(log, status))}</div></section>
<section data-live="canary">${canaryPart(status)}</section>
<section data-live="sinks">${sinkPart(status)}</section>
<section><h2>What this is</h2>
<p>The monitor reads every entry of the logs above, makes their trees anew, compares what each log and each witness
shows, and keeps evidence of whoever shows two faces: a file that anybody verifies offline, with</p>
<pre>tecp evidence verify EVIDENCE.tecp-evidence.json</pre></section>
</main>
<footer class="dim" data-live="footer">
<nav><a href="/history">History of alerts</a> <a href="/findings">Evidence held: ${evidence.length}</a>
${explorer === undefined ? '' : html`<a href="${explorer}/">Look entries up</a>`}
<a href="/v1/status">Status as JSON</a> <a href="/metrics">Metrics</a></nav>
</footer>`;
  return {
    title: `${sentence} · Monitor`,
    body,
    script: { text: LIVE_SCRIPT, refreshSeconds: REFRESH_SECONDS },
  };
}

/** Where alerts go: an operator who sees none configured knows why the telephone was silent. */
function sinkPart({ sinks }: Status): Markup {
  if (sinks.length === 0) {
    return html`<p class="dim">Alerts are told to nobody but this page: no sink is configured.</p>`;
  }
  const words = sinks.map(({ name, waiting, setAside }) => {
    const refused = setAside === 0 ? '' : `, ${setAside} refused`;
    return `${name}: ${waiting === 0 ? 'all messages taken' : `${count(waiting, 'message')} waiting`}${refused}`;
  });
  return html`<p class="dim">Alerts are told to ${words.join('; ')}.</p>`;
}
