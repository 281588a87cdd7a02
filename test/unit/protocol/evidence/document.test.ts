/** The document of evidence: one byte form, and nothing else is read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import {
  type Evidence,
  encodeEvidence,
  evidenceId,
  parseEvidence,
  proveDifferentSizeFork,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { errorCode, expectCode, mutated, testHash } from '../note/support.ts';
import { consistency, keys, noteOn, quantum, root, witness } from './scenario.ts';

const cosigners = [
  [witness, 100],
  [quantum, 100],
] as const;
const [fork] = proveSameSizeFork(noteOn('one', { size: 7 }), noteOn('two', { size: 7 }), keys);
const bundles = proveDifferentSizeFork(
  noteOn('one', { size: 7, cosigners }),
  noteOn('two', { size: 9, cosigners }),
  root('two', 7),
  consistency('two', 7, 9),
  keys,
);
const forkText = decodeUtf8(encodeEvidence(fork!));
const proofText = decodeUtf8(encodeEvidence(bundles[0]!));

/** The document with members changed and the order of the members kept. */
function edited(text: string, changes: Record<string, unknown>): Uint8Array {
  const merged: Record<string, unknown> = { ...JSON.parse(text), ...changes };
  const sorted = Object.keys(merged).sort();
  return encodeUtf8(JSON.stringify(Object.fromEntries(sorted.map((name) => [name, merged[name]]))));
}

describe('the document of evidence', () => {
  it('survives the round trip, for all kinds of key', () => {
    expect(bundles).toHaveLength(3);
    for (const evidence of [fork!, ...bundles]) {
      expect(parseEvidence(encodeEvidence(evidence))).toEqual(evidence);
    }
  });

  it('lists its members in ascending order without white space', () => {
    expect(forkText.replace(/:"(?:[^"\\]|\\.)*"/g, '')).toBe(
      '{"accused","first","format","kind","second"}',
    );
    expect(Object.keys(JSON.parse(proofText))).toEqual([
      'accused',
      'first',
      'format',
      'kind',
      'other_root',
      'proof',
      'second',
    ]);
  });

  it('has an identifier that changes with it', () => {
    expect(evidenceId(fork!)).toMatch(/^[0-9a-f]{64}$/);
    expect(evidenceId({ ...fork!, second: fork!.first })).not.toBe(evidenceId(fork!));
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'x'],
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['no members', '{}'],
    ['a trailing newline', `${forkText}\n`],
    ['a space', forkText.replace(':', ': ')],
    ['a byte order mark', `\ufeff${forkText}`],
    ['an escape that is not needed', forkText.replace('log.example', 'log\\u002eexample')],
    ['an escaped solidus', forkText.replace('tecp-evidence/v1', 'tecp-evidence\\/v1')],
    ['a repeated member', forkText.replace('{', '{"accused":"x",')],
    [
      'members in another order',
      `{"kind":"same-size-fork",${forkText.slice(1)}`.replace(
        '"kind":"same-size-fork","second"',
        '"second"',
      ),
    ],
    ['very deep nesting', '['.repeat(50_000)],
    ['a prototype member', forkText.replace('{', '{"__proto__":{},')],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-evidence', () => parseEvidence(encodeUtf8(text)));
  });

  it.each([
    ['another format', forkText, { format: 'tecp-evidence/v2' }],
    ['no format', forkText, { format: undefined }],
    ['an unknown kind', forkText, { kind: 'murder' }],
    ['a kind out of the prototype', forkText, { kind: 'constructor' }],
    ['no accused', forkText, { accused: undefined }],
    ['an accused that is no verifier key', forkText, { accused: 'log.example' }],
    ['an accused of the wrong type', forkText, { accused: 7 }],
    ['a note that is no string', forkText, { first: ['x'] }],
    ['no second note', forkText, { second: undefined }],
    ['a note with a lone surrogate', forkText, { first: '\ud800' }],
    ['an unknown member', forkText, { more: 'x' }],
    ['a proof that its kind does not have', forkText, { proof: [] }],
    ['another root that its kind does not have', forkText, { other_root: 'x' }],
    ['no proof', proofText, { proof: undefined }],
    ['a proof that is no array', proofText, { proof: 'x' }],
    ['a proof of numbers', proofText, { proof: [1] }],
    ['a proof of short hashes', proofText, { proof: ['AAAA'] }],
    ['a proof of 64 hashes', proofText, { proof: Array.from({ length: 64 }, () => '') }],
    ['no other root', proofText, { other_root: undefined }],
    ['another root that is not base64', proofText, { other_root: '!' }],
    ['the proof of another kind', proofText, { kind: 'same-size-fork' }],
    ['another kind without a proof', forkText, { kind: 'different-size-fork' }],
  ])('is refused with %s', (_, text, changes) => {
    expectCode('bad-evidence', () => parseEvidence(edited(text, changes)));
  });

  it('is refused when it is not UTF-8', () => {
    const bytes = encodeUtf8(forkText);
    expectCode('bad-evidence', () => parseEvidence(bytes.with(20, 0xff)));
  });

  it('is capped, read and written', () => {
    expectCode('too-large', () => parseEvidence(new Uint8Array(128 * 1024 + 1)));
    expectCode('too-large', () => encodeEvidence({ ...fork!, first: 'x'.repeat(128 * 1024) }));
  });

  it('is never written with text that is not Unicode', () => {
    expectCode('bad-evidence', () => encodeEvidence({ ...fork!, second: '\udc00' }));
  });
});

const arbitraryEvidence: fc.Arbitrary<Evidence> = fc.oneof(
  fc.constantFrom(fork!, ...bundles),
  fc.record({
    kind: fc.constantFrom('same-size-fork', 'cosigned-backwards'),
    accused: fc.constantFrom(...keys),
    first: fc.string({ unit: 'grapheme' }),
    second: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({
    kind: fc.constant('different-size-fork'),
    accused: fc.constantFrom(...keys),
    first: fc.string({ unit: 'grapheme' }),
    second: fc.constant(fork!.second),
    otherRoot: fc.nat({ max: 255 }).map(testHash),
    proof: fc.array(fc.nat({ max: 255 }).map(testHash), { maxLength: 4 }),
  }),
);

describe('any evidence', () => {
  it('survives the round trip and is judged without throwing', () => {
    fc.assert(
      fc.property(arbitraryEvidence, (evidence) => {
        expect(parseEvidence(encodeEvidence(evidence))).toEqual(evidence);
        expect(typeof verifyEvidence(evidence).proven).toBe('boolean');
      }),
    );
  });

  it('that is mutated is refused with a typed error, or judged without throwing', () => {
    const texts = fc.constantFrom(forkText, proofText);
    fc.assert(
      fc.property(mutated(texts), (text) => {
        const bytes = encodeUtf8(text);
        if (errorCode(() => parseEvidence(bytes)) !== undefined) return;
        const evidence = parseEvidence(bytes);
        expect(encodeEvidence(evidence)).toEqual(bytes);
        // Whatever changed was signed, proven or the key itself: nothing else stands.
        if (text !== forkText && text !== proofText) {
          expect(verifyEvidence(evidence).proven).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
