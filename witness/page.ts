/**
 * The witness for people: who it is, how each log stands, what its peers show, what it caught. Pure.
 *
 * Of many logs a page shows a hundred, those that want looking at first.
 */
import { html } from 'hono/html';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import type { Page } from '#service/page/page.ts';
import { ago, count, duration, type Markup, tag } from '#service/page/parts.ts';
import { type Tone, worstOf } from '#service/page/tone.ts';
import type { PeerStanding } from './peer-book.ts';
import type { Standing } from './state.ts';

export const LOGS_ON_A_PAGE = 100;

export interface ShownLog extends Standing {
  readonly disabledBecause?: string | undefined;
}

export interface WitnessFacts {
  readonly name: string;
  /** Verifier keys that sign now. */
  readonly vkeys: readonly string[];
  readonly logs: readonly ShownLog[];
  readonly peers: readonly PeerStanding[];
  readonly evidence: number;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly nowMs: number;
  readonly startedAtMs: number;
  /** Why nothing can be stored, if so. */
  readonly trouble: string | undefined;
  /** Where the list of logs begins. */
  readonly from: number;
}

interface Row {
  readonly tone: Tone;
  readonly words: string;
}

export function rowOfLog(log: ShownLog, patienceMs: number): Row {
  const { frozenBy, owed, disabledBecause, timeSeconds } = log;
  if (frozenBy !== undefined) return { tone: 'bad', words: 'contradicted itself: not cosigned' };
  if (disabledBecause !== undefined) return { tone: 'busy', words: disabledBecause };
  if (owed !== undefined && owed.waitedMs >= patienceMs) {
    return { tone: 'bad', words: `owes ${comparisons(owed.count)}: not cosigned` };
  }
  if (owed !== undefined) return { tone: 'warn', words: `owes ${comparisons(owed.count)}` };
  if (timeSeconds === 0) return { tone: 'busy', words: 'nothing cosigned yet' };
  return { tone: 'good', words: 'cosigned' };
}

function comparisons(number: number): string {
  return count(number, 'comparison');
}

export function rowOfPeer({ isAsked, trouble, results }: PeerStanding): Row {
  if (!isAsked) return { tone: 'busy', words: 'not asked yet' };
  if (trouble !== undefined) return { tone: 'warn', words: 'not all could be compared' };
  if (results.has('contradiction')) return { tone: 'bad', words: 'showed another tree' };
  return { tone: 'good', words: 'answers' };
}

/** The sentence on top: true beside all rows, also those on other pages. */
export function witnessHeadline(facts: WitnessFacts): Row {
  const { logs, peers, patienceMs, trouble } = facts;
  if (trouble !== undefined) return { tone: 'bad', words: `Nothing can be cosigned: ${trouble}.` };
  const rows = logs.map((log) => rowOfLog(log, patienceMs));
  const frozen = logs.filter(({ frozenBy }) => frozenBy !== undefined).length;
  const refused = rows.filter(({ tone }) => tone === 'bad').length;
  const away = peers.map(rowOfPeer).filter(({ tone }) => tone === 'warn' || tone === 'bad').length;
  const parts = [
    ...(frozen > 0
      ? [count(frozen, 'log has contradicted itself', 'logs have contradicted themselves')]
      : []),
    ...(refused > frozen
      ? [`${count(refused - frozen, 'log')} not cosigned until it shows what it owes`]
      : []),
    ...(away > 0 ? [`${away} of ${count(peers.length, 'peer')} not in order`] : []),
  ];
  const tone = worstOf([refused > 0 ? 'bad' : 'good', away > 0 ? 'warn' : 'good']);
  if (parts.length > 0) return { tone, words: `Look at this: ${parts.join('; ')}.` };
  const cosigned = rows.filter(({ words }) => words === 'cosigned').length;
  const first = `All is in order: ${cosigned} of ${count(logs.length, 'log')} cosigned`;
  return {
    tone: 'good',
    words: `${first}${peers.length === 0 ? '' : `, ${count(peers.length, 'peer')}`}.`,
  };
}

export function witnessPage(facts: WitnessFacts): Page {
  const { name, vkeys, nowMs, startedAtMs, evidence } = facts;
  const { tone, words } = witnessHeadline(facts);
  const body = html`<header><div class="verdict ${tone}" role="status"><h1>${words}</h1></div>
<p class="about dim"><span>Witness <strong>${name}</strong></span> <span>running for ${duration(nowMs - startedAtMs)}</span></p></header>
<main>
${logsPart(facts)}
${peersPart(facts)}
<h2>What this is</h2>
<p>A witness cosigns the tree of a log only while it extends everything that it has cosigned of that log before, and
compares what it is shown with what its peers are shown. So whoever asks for the cosignatures of several independent
witnesses need not trust the log. A checkpoint that it cosigned is at the name of each log above; by a policy file with
the keys below, it is verified with</p>
<pre>tecp verify RECEIPT.tecp.json --policy POLICY</pre>
<h2>Keys</h2>
<article class="card">${vkeys.map(keyPart)}</article>
</main>
<footer><nav><a href="/findings">Evidence held: ${evidence}</a> <a href="/openapi.json">Interface</a></nav></footer>`;
  return { title: `${words} · ${name}`, body };
}

const SHORT_KEY = 200;

/** Keys that resist quantum computers fill a page. */
function keyPart(vkey: string): Markup {
  if (vkey.length <= SHORT_KEY) return html`<p><code>${vkey}</code></p>`;
  // Base64 has plus signs, too.
  const [name = '', id = '', key = ''] = vkey.split('+', 3);
  return html`<details><summary><code>${name}+${id}+${key.slice(0, 8)}…</code></summary><pre>${vkey}</pre></details>`;
}

function logsPart({ logs, patienceMs, nowMs, from }: WitnessFacts): Markup {
  const rows = logs.map((log) => ({ log, row: rowOfLog(log, patienceMs) }));
  const isWrong = ({ row }: { row: Row }) => row.tone === 'bad' || row.tone === 'warn';
  const sorted = [...rows.filter(isWrong), ...rows.filter((one) => !isWrong(one))];
  const shown = sorted.slice(from, from + LOGS_ON_A_PAGE);
  const next = from + LOGS_ON_A_PAGE;
  return html`<h2>${count(logs.length, 'log')}</h2>
<article class="card"><div class="scroll" tabindex="0" role="region" aria-label="Logs"><table class="rows">
<thead><tr><th scope="col">Log</th><th scope="col">State</th><th scope="col">Size</th><th scope="col">Cosigned</th></tr></thead>
<tbody>${shown.map(({ log, row }) => logRow(log, row, nowMs))}</tbody></table></div>
${logs.length > LOGS_ON_A_PAGE ? html`<nav>${from > 0 ? html`<a href="/">First</a>` : ''}<span class="dim">${from + 1} to ${from + shown.length} of ${logs.length}</span>${next < logs.length ? html`<a href="/?from=${next}">Next</a>` : ''}</nav>` : ''}</article>`;
}

function logRow({ origin, size, timeSeconds }: ShownLog, row: Row, nowMs: number): Markup {
  const path = `/${witnessCheckpointPath(origin)}`;
  return html`<tr><th scope="row">${timeSeconds === 0 ? origin : html`<a href="${path}">${origin}</a>`}</th>
<td>${tag(row.tone, row.words)}</td><td class="num" data-label="Size">${size}</td>
<td data-label="Cosigned">${timeSeconds === 0 ? '–' : ago(timeSeconds * 1000, nowMs)}</td></tr>`;
}

function peersPart({ peers, nowMs }: WitnessFacts): Markup {
  if (peers.length === 0)
    return html`<p class="dim">It compares itself with nobody: no peer is configured.</p>`;
  return html`<h2>Peers</h2>
<article class="card"><div class="scroll" tabindex="0" role="region" aria-label="Peers"><table class="rows">
<thead><tr><th scope="col">Peer</th><th scope="col">State</th><th scope="col">Last answer</th><th scope="col">What came of asking</th></tr></thead>
<tbody>${peers.map((peer) => peerRow(peer, nowMs))}</tbody></table></div></article>`;
}

/** In words; the others say what they are. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'nothing-yet': 'with nothing to compare yet',
  owed: 'being compared',
  undecided: 'not comparable',
  contradiction: 'contradicted',
  'bad-answer': 'with a bad answer',
};

function peerRow(peer: PeerStanding, nowMs: number): Markup {
  const { name, url, answeredAgoMs, results, trouble } = peer;
  const { tone, words } = rowOfPeer(peer);
  const outcomes = [...results].map(([result, number]) => {
    return `${count(number, 'log')} ${OUTCOMES[result] ?? result}`;
  });
  return html`<tr><th scope="row">${name}<br><a class="dim" href="${url}">${url}</a></th>
<td>${tag(tone, words)}${trouble === undefined ? '' : html`<br><span class="warn">${trouble}</span>`}</td>
<td data-label="Last answer">${answeredAgoMs === undefined ? 'none yet' : ago(nowMs - answeredAgoMs, nowMs)}</td>
<td data-label="What came of asking">${outcomes.length === 0 ? 'asked for evidence' : outcomes.join(', ')}</td></tr>`;
}
