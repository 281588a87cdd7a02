/** Files of evidence with where and when it was seen: one form, bounded, and no part of the identifier. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import {
  encodeEvidence,
  evidenceId,
  formatEvidenceFile,
  MAX_EVIDENCE_FILE_BYTES,
  MAX_SIGHTINGS,
  parseEvidenceFile,
  proveSameSizeFork,
  type Sighting,
  sightingsOf,
} from '#protocol/evidence/evidence.ts';
import { expectCode, mutated } from '../note/support.ts';
import { keys, noteOn, witness } from './scenario.ts';

const [evidence] = proveSameSizeFork(noteOn('one', { size: 7 }), noteOn('two', { size: 7 }), keys);
const document = encodeEvidence(evidence!);
const seen: Sighting = {
  what: 'first',
  where: 'https://log.example/checkpoint',
  atMs: 1_700_000_000_000,
  by: 'monitor.example',
};
const later: Sighting = {
  ...seen,
  what: 'second',
  where: 'https://w.example',
  atMs: seen.atMs + 5,
};

const withLines = (...lines: string[]) =>
  concatBytes(document, encodeUtf8(`\n${lines.map((line) => `${line}\n`).join('')}`));

const text = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((it) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(it));
const sighting = fc.record<Sighting>({
  what: fc.constantFrom('first', 'second', 'entry'),
  where: text(60),
  atMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  by: text(20),
});

describe('a file of evidence', () => {
  it('says where and when each note was seen, a line each, the earliest first', () => {
    const file = formatEvidenceFile({ evidence: evidence!, sightings: [later, seen] });
    expect(new TextDecoder().decode(file.subarray(document.length))).toBe(
      '\n' +
        '{"at":1700000000000,"by":"monitor.example","what":"first","where":"https://log.example/checkpoint"}\n' +
        '{"at":1700000000005,"by":"monitor.example","what":"second","where":"https://w.example"}\n',
    );
    expect(parseEvidenceFile(file)).toEqual({ evidence, sightings: [seen, later] });
  });

  it('has the same identifier for two observers', () => {
    const files = [seen, { ...later, by: 'another.example' }].map((sighting) =>
      formatEvidenceFile({ evidence: evidence!, sightings: [sighting] }),
    );
    const [a, b] = files.map((file) => evidenceId(parseEvidenceFile(file).evidence));
    expect(a).toBe(b);
    expect(a).toBe(evidenceId(evidence!));
  });

  it('of version 1 is read as ever: the document, with or without its newline', () => {
    for (const bytes of [document, withLines()]) {
      expect(parseEvidenceFile(bytes)).toEqual({ evidence, sightings: [] });
    }
  });

  it('holds the earliest sightings, each once, and is within its cap', () => {
    const where = '\\'.repeat(2048);
    const many = Array.from({ length: 40 }, (_, i) => ({ ...seen, where, atMs: 100 - i }));
    const file = formatEvidenceFile({ evidence: evidence!, sightings: [...many, ...many] });
    const { sightings } = parseEvidenceFile(file);
    expect(sightings).toHaveLength(MAX_SIGHTINGS);
    expect(sightings[0]?.atMs).toBe(61);
    expect(file.length).toBeLessThan(MAX_EVIDENCE_FILE_BYTES);
  });

  it('is refused with a line that is no sighting, in another order or form, or beyond the caps', () => {
    const line = (it: object) => JSON.stringify(it);
    const good = { at: 5, by: 'm', what: 'first', where: 'u' };
    expect(parseEvidenceFile(withLines(line(good))).sightings).toHaveLength(1);
    for (const lines of [
      [''],
      ['{}'],
      ['null'],
      ['[1]'],
      [line({ ...good, at: -1 })],
      [line({ ...good, at: 1.5 })],
      [line({ ...good, at: '5' })],
      [line({ ...good, what: 'third' })],
      [line({ ...good, by: '' })],
      [line({ ...good, by: 'a\u0007b' })],
      [line({ ...good, by: 'x'.repeat(256) })],
      [line({ ...good, where: 'x'.repeat(2049) })],
      [line({ ...good, zebra: 1 })],
      [line({ by: 'm', at: 5, what: 'first', where: 'u' })],
      [` ${line(good)}`],
      [line(good), line(good)],
      [line({ ...good, at: 6 }), line(good)],
      Array.from({ length: MAX_SIGHTINGS + 1 }, (_, i) => line({ ...good, at: i })),
    ]) {
      expectCode('bad-evidence', () => parseEvidenceFile(withLines(...lines)));
    }
    const unended = concatBytes(document, encodeUtf8(`\n${line(good)}`));
    expectCode('bad-evidence', () => parseEvidenceFile(unended));
    expectCode('bad-evidence', () =>
      parseEvidenceFile(concatBytes(withLines(), Uint8Array.of(0xff, 10))),
    );
    expectCode('too-large', () => parseEvidenceFile(new Uint8Array(MAX_EVIDENCE_FILE_BYTES + 1)));
  });

  it('tells of a note by its signed text, whoever else had signed what was seen', () => {
    const cosigned = noteOn('one', { size: 7, cosigners: [[witness, 100]] });
    const at = { where: 'here', atMs: 5, by: 'm' };
    const [what] = [evidence!.first, evidence!.second].flatMap((note, i) =>
      note.split('\n')[2] === cosigned.split('\n')[2] ? (['first', 'second'] as const)[i]! : [],
    );
    const seenNotes = [
      { ...at, note: cosigned },
      { ...at, note: noteOn('one', { size: 8 }) },
      { ...at, note: cosigned, where: '' },
    ];
    expect(sightingsOf(evidence!, seenNotes)).toEqual([{ ...at, what }]);
  });

  it('is never written with a sighting that could not be read back', () => {
    const sightings = [{ ...seen, by: '' }];
    expect(() => formatEvidenceFile({ evidence: evidence!, sightings })).toThrow(RangeError);
  });

  it('comes back from its bytes, whatever was seen', () => {
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 40 }), (sightings) => {
        const file = formatEvidenceFile({ evidence: evidence!, sightings });
        const parsed = parseEvidenceFile(file);
        expect(formatEvidenceFile(parsed)).toEqual(file);
      }),
    );
  });

  it('throws nothing but its typed errors for bytes that are none', () => {
    const file = formatEvidenceFile({ evidence: evidence!, sightings: [seen, later] });
    const texts = mutated(fc.constant(new TextDecoder().decode(file)));
    fc.assert(
      fc.property(texts, (it) => {
        try {
          const bytes = encodeUtf8(it);
          expect(formatEvidenceFile(parseEvidenceFile(bytes)).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toHaveProperty('code');
        }
      }),
    );
  });
});
