/** Making evidence: whom it names, what it leaves out, and that observers agree on its bytes. */
import { describe, expect, it } from 'vitest';
import {
  evidenceId,
  proveCosignedBackwards,
  proveDifferentSizeFork,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { consistency, keys, log, noteOn, quantum, root, stranger, witness } from './scenario.ts';

const one7 = noteOn('one', { size: 7, cosigners: [[witness, 100]] });
const two7 = noteOn('two', {
  size: 7,
  cosigners: [
    [quantum, 100],
    [stranger, 100],
  ],
});

describe('evidence that is made', () => {
  it('names only the keys that signed both notes', () => {
    expect(proveSameSizeFork(one7, two7, keys).map(({ accused }) => accused)).toEqual([
      log.verifier,
    ]);
  });

  it('names witnesses alone when the log signed only one of the notes', () => {
    const unsigned = noteOn('two', { size: 7, by: null, cosigners: [[witness, 101]] });
    expect(proveSameSizeFork(one7, unsigned, keys).map(({ accused }) => accused)).toEqual([
      witness.verifier,
    ]);
  });

  it('holds the line of the accused and no other', () => {
    const [evidence] = proveSameSizeFork(one7, two7, keys);
    for (const note of [evidence!.first, evidence!.second]) {
      expect(parseNote(note).signatures.map(({ id }) => id)).toEqual([log.verifier.id]);
    }
  });

  it('is the same bytes for two observers of one fork, whoever cosigned what they saw', () => {
    const seenElsewhere = noteOn('one', { size: 7, cosigners: [[stranger, 5]] });
    const [mine] = proveSameSizeFork(one7, two7, keys);
    const [theirs] = proveSameSizeFork(two7, seenElsewhere, [log.verifier]);
    expect(evidenceId(mine!)).toBe(evidenceId(theirs!));
  });

  it('takes the earliest cosignatures of a fork, and the furthest apart of going backwards', () => {
    const times = (note: string) =>
      formatNote({
        ...parseNote(note),
        signatures: [
          ...parseNote(noteOn('one', { size: 7, cosigners: [[witness, 300]] })).signatures,
          ...parseNote(note).signatures.slice(1),
        ],
      });
    const [fork] = proveSameSizeFork(
      times(one7),
      noteOn('two', { size: 7, by: null, cosigners: [[witness, 9]] }),
      [witness.verifier],
    );
    expect([fork!.first, fork!.second].sort()).toEqual(
      [
        noteOn('one', { size: 7, by: null, cosigners: [[witness, 100]] }),
        noteOn('two', { size: 7, by: null, cosigners: [[witness, 9]] }),
      ].sort(),
    );
    const smaller = noteOn('one', {
      size: 6,
      by: null,
      cosigners: [
        [witness, 50],
        [witness, 400],
        [witness, 250],
      ],
    });
    for (const notes of [
      [times(one7), smaller],
      [smaller, times(one7)],
    ] as const) {
      const [back] = proveCosignedBackwards(...notes, keys);
      expect(back!.first).toBe(noteOn('one', { size: 7, by: null, cosigners: [[witness, 100]] }));
      expect(back!.second).toBe(noteOn('one', { size: 6, by: null, cosigners: [[witness, 400]] }));
    }
  });

  it('passes over a line of the accused that does not verify', () => {
    const note = parseNote(one7);
    const [good] = note.signatures;
    const bad = { ...good!, bytes: good!.bytes.with(0, good!.bytes[0]! ^ 1) };
    const spoiled = formatNote({ ...note, signatures: [bad, good!] });
    const [evidence] = proveSameSizeFork(spoiled, two7, [log.verifier]);
    expect(verifyEvidence(evidence!).proven).toBe(true);
  });

  it('is none at all for notes that are malformed', () => {
    for (const bad of [
      '',
      'x',
      '\n\n',
      one7.slice(1),
      `${one7}x`,
      one7.replace('\n7\n', '\n07\n'),
    ]) {
      expect(proveSameSizeFork(bad, two7, keys)).toEqual([]);
      expect(proveSameSizeFork(one7, bad, keys)).toEqual([]);
      expect(proveCosignedBackwards(bad, one7, keys)).toEqual([]);
      expect(proveDifferentSizeFork(bad, two7, root('two', 7), [], keys)).toEqual([]);
    }
  });

  it('is none at all without keys to accuse', () => {
    expect(proveSameSizeFork(one7, two7, [])).toEqual([]);
  });

  it('fits its cap even with checkpoints at theirs', () => {
    const extensions = ['\u20ac'.repeat(5_300)];
    const first = noteOn('one', { size: 7, extensions, cosigners: [[quantum, 1]] });
    const second = noteOn('two', { size: 9, extensions, cosigners: [[quantum, 2]] });
    const proof = consistency('two', 7, 9);
    const all = proveDifferentSizeFork(first, second, root('two', 7), proof, keys);
    expect(all.map(evidenceId)).toHaveLength(2);
  });
});
