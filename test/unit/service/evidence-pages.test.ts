/** Evidence as people read it: what was signed, how much it weighs, where it was seen. */
import { expect, it } from 'vitest';
import {
  type Evidence,
  evidenceId,
  formatEvidenceFile,
  proveCosignedBackwards,
  proveDifferentSizeFork,
  proveSameSizeFork,
  type Sighting,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { evidenceListPage, evidencePage, FINDINGS_PAGE_SIZE } from '#service/evidence/pages.ts';
import { consistency, keys, noteOn, root, witness } from '../protocol/evidence/scenario.ts';

function recordOf(evidence: Evidence) {
  const { origin, accused, statement } = verifyEvidence(evidence);
  const { kind } = evidence;
  return {
    id: evidenceId(evidence),
    kind,
    origin,
    accused,
    statement,
    detectedAtMs: 1_700_000_000_000,
  };
}

async function pageOf(evidence: Evidence | undefined, sightings: readonly Sighting[] = []) {
  const file = new Uint8Array(formatEvidenceFile({ evidence: evidence!, sightings }));
  return String(await evidencePage(recordOf(evidence!), file).body);
}

const at = (time: number) => ({ cosigners: [[witness, time]] as const });

it('both notes are shown as they were signed, with what they say, and how to check them', async () => {
  const [one, two] = [noteOn('one', { size: 7 }), noteOn('two', { size: 7 })];
  const [fork] = proveSameSizeFork(one, two, keys);
  const seen = { what: 'first', where: 'https://<w1>.example', atMs: 1_700_000_000_000, by: 'me' };
  const page = await pageOf(fork, [seen as Sighting]);
  expect(page).toContain('proof: convicts the accused');
  expect(page.match(/<pre>log\.example\n7\n/g)).toHaveLength(2);
  expect(
    page.match(/7 leaves, root <code>[0-9a-f]{64}<\/code>, signed by log\.example/g),
  ).toHaveLength(2);
  expect(page).toMatch(/tecp evidence verify evidence-[0-9a-f]{16}\.tecp-evidence\.json/);
  expect(page).toContain(`href="/evidence/${evidenceId(fork!)}/file"`);
  expect(page).toContain('2023-11-14 22:13:20 UTC</time>, https://&lt;w1&gt;.example, seen by me');
});

it('a proof is folded away, and what convicts nobody says so', async () => {
  const [small, large] = [noteOn('one', { size: 6 }), noteOn('two', { size: 9 })];
  const [fork] = proveDifferentSizeFork(
    small,
    large,
    root('two', 6),
    consistency('two', 6, 9),
    keys,
  );
  const page = await pageOf(fork);
  expect(page).toMatch(/<h3>Other root<\/h3>\s*<pre>/);
  expect(page).toMatch(/<h3>Proof<\/h3>\s*<details>/);
  const [back] = proveCosignedBackwards(
    noteOn('one', { size: 9, ...at(100) }),
    noteOn('one', { size: 6, ...at(200) }),
    keys,
  );
  expect(await pageOf(back)).toContain('anomaly: a reason to ask, convicts nobody');
});

it('the list is told page by page', async () => {
  const [fork] = proveSameSizeFork(noteOn('one', { size: 7 }), noteOn('two', { size: 7 }), keys);
  const records = Array.from({ length: FINDINGS_PAGE_SIZE + 1 }, () => recordOf(fork!));
  const first = String(await evidenceListPage(records, 0).body);
  expect(first.match(/<article/g)).toHaveLength(FINDINGS_PAGE_SIZE);
  expect(first).toContain(`/findings?from=${FINDINGS_PAGE_SIZE}`);
  const second = String(await evidenceListPage(records, FINDINGS_PAGE_SIZE).body);
  expect(second.match(/<article/g)).toHaveLength(1);
  expect(second).not.toContain('?from=');
});
