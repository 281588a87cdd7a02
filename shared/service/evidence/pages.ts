/**
 * Evidence for people, at `/findings` and `/findings/<id>`: what it says, both notes as they were signed,
 * and how to check it without trusting this server. Programs read `/evidence`.
 */
import { html } from 'hono/html';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  type EvidenceStanding,
  encodeEvidence,
  parseEvidenceFile,
  type Sighting,
  standingOf,
} from '#protocol/evidence/evidence.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { Page } from '../page/page.ts';
import { count, type Markup, tag, time } from '../page/parts.ts';
import type { Tone } from '../page/tone.ts';
import type { EvidenceRecord } from './evidence-record.ts';

export const FINDINGS_PAGE_SIZE = 50;

/** `first` counts from 0, of `records` that are listed the newest first. */
export function evidenceListPage(records: readonly EvidenceRecord[], first: number): Page {
  const shown = records.slice(first, first + FINDINGS_PAGE_SIZE);
  const next = first + FINDINGS_PAGE_SIZE;
  const body = html`<header><h1>Evidence held here: ${count(records.length, 'piece')}</h1>
<p class="dim">Each proves itself, offline and to anybody. As JSON: <a href="/evidence">/evidence</a></p>
<nav><a href="/">Overview</a>${first > 0 ? html`<a href="/findings">Newest</a>` : ''}
${next < records.length ? html`<a href="/findings?from=${next}">Older</a>` : ''}</nav></header>
<main>${shown.map(
    (record) => html`<article class="card">
<div class="head"><h3><a href="/findings/${record.id}">${record.statement}</a></h3>${standingTag(record)}</div>
<p class="dim"><code>${record.kind}</code> · ${record.origin} · found ${time(record.detectedAtMs)}</p>
</article>`,
  )}</main>`;
  return { title: 'Evidence', body };
}

const STANDINGS: Readonly<Record<EvidenceStanding, [Tone, string]>> = {
  proof: ['bad', 'proof: convicts the accused'],
  breach: ['warn', 'breach: convicts a log that is known to keep these rules'],
  anomaly: ['warn', 'anomaly: a reason to ask, convicts nobody'],
};

function standingTag({ kind }: EvidenceRecord): Markup {
  return tag(...STANDINGS[standingOf(kind)]);
}

/** `file` are the bytes of the document with its sightings. */
export function evidencePage(record: EvidenceRecord, bytes: Uint8Array): Page {
  const { evidence, sightings } = parseEvidenceFile(bytes);
  const { id, kind, origin, accused, statement, detectedAtMs } = record;
  const file = `evidence-${id.slice(0, 16)}.tecp-evidence.json`;
  const body = html`<header><nav><a href="/">Overview</a><a href="/findings">All evidence</a></nav>
<h1>${statement}</h1></header>
<main><article class="card">
<div class="head">${standingTag(record)}</div>
<dl><dt>Kind</dt><dd><code>${kind}</code></dd><dt>Log</dt><dd>${origin}</dd>
<dt>Accused key</dt><dd><code>${accused}</code></dd><dt>Found</dt><dd>${time(detectedAtMs)}</dd>
<dt>Identifier</dt><dd><code>${id}</code></dd></dl></article>
<h2>Check it yourself, offline</h2>
<ol><li><a href="/evidence/${id}/file" download="${file}">Save the file</a>; it is all that is needed.</li>
<li>On any machine, without a network: <pre>tecp evidence verify ${file}</pre></li>
<li>Compare the accused key with the one that you have from elsewhere: anybody can make a key of any name.</li></ol>
<h2>What was signed</h2>
${membersOf(evidence).map(memberPart)}
${sightings.length === 0 ? '' : sightingsPart(sightings)}</main>`;
  return { title: statement, body };
}

/** Told above, or of no use to the eye. */
const TOLD = ['accused', 'format', 'kind'];

function membersOf(evidence: Evidence): [string, unknown][] {
  const value = JSON.parse(decodeUtf8(encodeEvidence(evidence))) as Record<string, unknown>;
  return Object.entries(value).filter(([name]) => !TOLD.includes(name));
}

function sightingsPart(sightings: readonly Sighting[]): Markup {
  return html`<h2>Where and when it was seen</h2><article class="card">
<p class="dim">What those who saw it say; nobody signs it.</p>
<ul>${sightings.map(
    ({ what, where, atMs, by }) => html`<li>${what}: ${time(atMs)}, ${where}, seen by ${by}</li>`,
  )}</ul></article>`;
}

function memberPart([name, value]: [string, unknown]): Markup {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const title = name.replaceAll('_', ' ');
  const isLong = typeof value !== 'string';
  const shown = html`${noteWords(text)}<pre>${text}</pre>`;
  return html`<article class="card"><h3>${title.slice(0, 1).toUpperCase()}${title.slice(1)}</h3>
${isLong ? html`<details><summary>Show</summary>${shown}</details>` : shown}</article>`;
}

/** What a checkpoint says, in words; nothing for any other text. */
function noteWords(text: string): Markup | string {
  try {
    const note = parseNote(text);
    const { origin, size, root } = parseCheckpoint(note.text);
    const signers = note.signatures.map(({ name }) => name).join(', ');
    return html`<p>A checkpoint of <strong>${origin}</strong>: ${count(size, 'leaf', 'leaves')}, root <code>${toHex(root)}</code>, signed by ${signers}.</p>`;
  } catch (error) {
    if (error instanceof ProtocolError) return '';
    throw error;
  }
}
