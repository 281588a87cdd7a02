/** The worked example of docs/spec/evidence.md: real bytes that do what the page says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import {
  EVIDENCE_KINDS,
  type EvidenceKind,
  encodeEvidence,
  evidenceId,
  MAX_EVIDENCE_BYTES,
  MAX_EVIDENCE_PROOF_HASHES,
  MAX_SIGHTINGS,
  parseEvidence,
  proveSameSizeFork,
  standingOf,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { log, noteOn, ORIGIN } from './scenario.ts';

const page = readFileSync(new URL('../../../../docs/spec/evidence.md', import.meta.url), 'utf8');
const [document, id, statement] = [...page.matchAll(/^```\w+\n(.*)\n```$/gm)].map(
  (match) => match[1]!,
);
const bytes = encodeUtf8(document!);

describe('the example in the specification', () => {
  it('has the length, the identifier and the statement that the page gives', () => {
    const evidence = parseEvidence(bytes);
    expect(page).toContain(`The document is ${bytes.length} bytes`);
    expect(evidenceId(evidence)).toBe(id);
    expect(verifyEvidence(evidence)).toEqual({
      proven: true,
      standing: 'proof',
      accused: log.verifier.text,
      origin: ORIGIN,
      statement,
    });
  });

  it('is what an observer of those two trees makes', () => {
    const notes = [noteOn('two', { size: 7 }), noteOn('one', { size: 7 })] as const;
    const [made] = proveSameSizeFork(...notes, [log.verifier]);
    expect(decodeUtf8(encodeEvidence(made!))).toBe(document);
  });

  it('proves nothing with any one byte changed', () => {
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.with(i, bytes[i]! ^ 1);
      let proven: boolean;
      try {
        proven = verifyEvidence(parseEvidence(changed)).proven;
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-evidence' });
        proven = false;
      }
      expect(proven).toBe(false);
    }
  });

  it('stands beside the standing that the code gives each kind', () => {
    const rows = Array.from(page.matchAll(/^\| `([a-z-]+)` \| (proof|breach|anomaly) \|/gm));
    expect(rows.map(([, kind]) => kind)).toEqual([...EVIDENCE_KINDS]);
    for (const [, kind, standing] of rows) expect(standingOf(kind as EvidenceKind)).toBe(standing);
  });

  it('stands beside the limits that the code has', () => {
    expect(page).toContain(`at most ${MAX_EVIDENCE_BYTES.toLocaleString('en')} bytes`);
    expect(page).toContain(`up to ${MAX_SIGHTINGS} lines`);
    expect(page).toContain(`array of 0 to ${MAX_EVIDENCE_PROOF_HASHES} base64 strings`);
  });
});
