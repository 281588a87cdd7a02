/** What evidence proves, and every way to forge it that must fail. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import {
  type Contradiction,
  type Evidence,
  encodeEvidence,
  parseEvidence,
  proveCosignedBackwards,
  proveDifferentSizeFork,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { MAX_COSIGNATURE_SECONDS } from '#protocol/note/cosignature.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { testHash, testKey } from '../note/support.ts';
import {
  consistency,
  keys,
  log,
  noteOn,
  ORIGIN,
  otherLog,
  quantum,
  root,
  stranger,
  witness,
} from './scenario.ts';

const cosigners = [
  [witness, 100],
  [quantum, 101],
] as const;
const one7 = noteOn('one', { size: 7, cosigners });
const two7 = noteOn('two', { size: 7, cosigners });
const two9 = noteOn('two', { size: 9, cosigners });
const proof79 = consistency('two', 7, 9);
const later = [
  [witness, 200],
  [quantum, 201],
] as const;
const one6Later = noteOn('one', { size: 6, cosigners: later });

const sameSize = proveSameSizeFork(one7, two7, keys);
const differentSize = proveDifferentSizeFork(one7, two9, root('two', 7), proof79, keys);
const backwards = proveCosignedBackwards(one7, one6Later, keys);

/** The reason for which evidence proves nothing; undefined when it proves something. */
function reason(evidence: Evidence): string | undefined {
  const verdict = verifyEvidence(evidence);
  expect(verdict.proven).toBe(verdict.reason === undefined);
  return verdict.reason;
}

/** The note with its one signature line replaced by that of the same key on another note. */
function withLineOf(note: string, other: string): string {
  return formatNote({ text: parseNote(note).text, signatures: parseNote(other).signatures });
}

describe('evidence proves', () => {
  it('a same-size fork against the log and both kinds of cosigner', () => {
    expect(sameSize.map((evidence) => verifyEvidence(evidence))).toEqual([
      {
        proven: true,
        standing: 'proof',
        accused: log.verifier.text,
        origin: ORIGIN,
        statement: 'The log "log.example" signed two different trees of 7 leaves.',
      },
      {
        proven: true,
        standing: 'proof',
        accused: witness.verifier.text,
        origin: ORIGIN,
        statement:
          'The witness "witness.example" cosigned, for the log "log.example", two different trees of 7 leaves.',
      },
      expect.objectContaining({ proven: true, accused: quantum.verifier.text }),
    ]);
  });

  it('a different-size fork against the log and both kinds of cosigner', () => {
    expect(differentSize.map(({ accused }) => accused)).toEqual(keys);
    expect(verifyEvidence(differentSize[0]!).statement).toBe(
      'The log "log.example" signed a tree of 7 leaves and a tree of 9 leaves that does not extend it.',
    );
  });

  it('a smaller tree cosigned later, against cosigners only', () => {
    expect(backwards.map(({ accused }) => accused)).toEqual(keys.slice(1));
    expect(verifyEvidence(backwards[0]!).statement).toBe(
      'The witness "witness.example" cosigned, for the log "log.example", a tree of 6 leaves at ' +
        '1970-01-01T00:03:20.000Z, after a larger tree of 7 leaves at 1970-01-01T00:01:40.000Z. ' +
        'A clock that stepped back does this too: it convicts nobody.',
    );
  });

  it('a lie by a fork, and by times that run backwards only an anomaly', () => {
    const standings = (list: readonly Evidence[]) =>
      new Set(list.map((evidence) => verifyEvidence(evidence).standing));
    expect(standings([...sameSize, ...differentSize])).toEqual(new Set(['proof']));
    expect(standings(backwards)).toEqual(new Set(['anomaly']));
    const [fork] = sameSize;
    expect(verifyEvidence({ ...fork!, second: fork!.first })).not.toHaveProperty('standing');
  });

  it('against a log whose key has another name than the origin, in the words of both', () => {
    const elsewhere = (name: string, origin = 'other.example') => {
      const text = formatCheckpoint({ origin, size: 7, root: root(name, 7), extensions: [] });
      const { name: keyName, id } = log.verifier;
      const bytes = signEd25519(log.seed, encodeUtf8(text));
      return formatNote({ text, signatures: [{ name: keyName, id, bytes }] });
    };
    const [evidence] = proveSameSizeFork(elsewhere('one'), elsewhere('two'), keys);
    expect(verifyEvidence(evidence!)).toMatchObject({
      proven: true,
      standing: 'proof',
      origin: 'other.example',
      statement:
        'The key "log.example" signed, for the log "other.example", two different trees of 7 leaves.',
    });
    expect(proveSameSizeFork(elsewhere('one'), elsewhere('two', 'log.example'), keys)).toEqual([]);
  });

  it('the same after a trip through bytes', () => {
    for (const evidence of [...sameSize, ...differentSize, ...backwards]) {
      expect(verifyEvidence(parseEvidence(encodeEvidence(evidence)))).toEqual(
        verifyEvidence(evidence),
      );
    }
  });

  it('a fork between every two sizes beyond the common prefix', () => {
    for (let small = 6; small <= 12; small++) {
      for (let large = small + 1; large <= 13; large++) {
        const [a, b] = [noteOn('one', { size: small }), noteOn('two', { size: large })];
        const proof = consistency('two', small, large);
        const other = root('two', small);
        expect(proveDifferentSizeFork(a, b, other, proof, [log.verifier])).toHaveLength(1);
      }
    }
  });

  it('a size 0 that is not the empty tree, by an empty proof', () => {
    const zero = { origin: ORIGIN, size: 0, root: testHash(1), extensions: [] };
    const note = signCheckpoint(zero, log);
    expect(proveDifferentSizeFork(note, two9, EMPTY_ROOT, [], [log.verifier])).toHaveLength(1);
  });

  it('something about one leaf, and about times beyond the calendar', () => {
    const first = noteOn('one', { size: 7, cosigners: [[witness, 1]] });
    const far = noteOn('one', { size: 1, cosigners: [[witness, MAX_COSIGNATURE_SECONDS]] });
    const [evidence] = proveCosignedBackwards(first, far, [witness.verifier]);
    expect(verifyEvidence(evidence!).statement).toContain(
      'a tree of 1 leaf at second 9007199254740,',
    );
  });
});

describe('evidence proves nothing', () => {
  const [fork] = sameSize as [Contradiction];
  const [, witnessFork] = sameSize as [Contradiction, Contradiction];
  const [larger] = differentSize as [Contradiction];
  const [back] = backwards as [Contradiction];

  it('and says so in one sentence', () => {
    expect(verifyEvidence({ ...fork, second: fork.first })).toEqual({
      proven: false,
      accused: log.verifier.text,
      origin: ORIGIN,
      statement: 'This proves nothing against "log.example".',
      reason: 'the two roots are equal or not in ascending order',
    });
  });

  it('against a key that signed neither note, or only one', () => {
    for (const accused of [stranger.verifier, witness.verifier, otherLog.verifier]) {
      expect(reason({ ...fork, accused })).toBeDefined();
    }
    const byOther = noteOn('two', { size: 7, by: testKey(ORIGIN, 1, 99) });
    expect(reason({ ...fork, second: byOther })).toMatch(/^the second note: no signature/);
    expect(reason({ ...fork, first: byOther })).toMatch(/^the first note: no signature/);
  });

  it('against the log by its public key under another type or name', () => {
    for (const accused of [testKey(ORIGIN, 4, 1), testKey('evil.example', 1, 1)]) {
      expect(reason({ ...fork, accused: accused.verifier })).toBeDefined();
    }
  });

  it('with a signature that does not verify on either side', () => {
    for (const evidence of [fork, witnessFork]) {
      const first = withLineOf(evidence.first, evidence.second);
      const second = withLineOf(evidence.second, evidence.first);
      expect(reason({ ...evidence, first })).toMatch(/^the first note: .*does not verify/);
      expect(reason({ ...evidence, second })).toMatch(/^the second note: .*does not verify/);
    }
  });

  it('with a text altered after signing', () => {
    const second = fork.second.replace('\n7\n', '\n8\n');
    expect(reason({ ...fork, second })).toMatch(/does not verify/);
  });

  it('with the notes in the other order', () => {
    expect(reason({ ...fork, first: fork.second, second: fork.first })).toMatch(/ascending/);
    expect(reason({ ...larger, first: larger.second, second: larger.first })).toMatch(
      /smaller one/,
    );
    expect(reason({ ...back, first: back.second, second: back.first })).toMatch(/smaller one/);
  });

  it('with one note twice, or with two notes on one tree', () => {
    expect(reason({ ...fork, second: fork.first })).toBeDefined();
    const extended = noteOn('one', { size: 7, extensions: ['x'] });
    expect(proveSameSizeFork(one7, extended, keys)).toEqual([]);
    expect(reason({ ...fork, first: fork.first, second: extended })).toBeDefined();
  });

  it('about two origins', () => {
    const elsewhere = { origin: 'other.example', by: otherLog, cosigners } as const;
    expect(proveSameSizeFork(one7, noteOn('two', { size: 7, ...elsewhere }), keys)).toEqual([]);
    expect(
      proveDifferentSizeFork(
        one7,
        noteOn('two', { size: 9, ...elsewhere }),
        root('two', 7),
        proof79,
        keys,
      ),
    ).toEqual([]);
    const smaller = noteOn('one', { size: 6, ...elsewhere, cosigners: later });
    expect(proveCosignedBackwards(one7, smaller, keys)).toEqual([]);
    const only = noteOn('two', { ...elsewhere, size: 7, by: null, cosigners: [[witness, 100]] });
    expect([only, witnessFork.first].map((second) => reason({ ...witnessFork, second }))).toContain(
      'the two notes are of different origins',
    );
  });

  it('with two sizes called one, or one size called two', () => {
    expect(reason({ ...fork, second: larger.second })).toBe('the two trees differ in size');
    expect(reason({ ...larger, second: fork.second })).toBeDefined();
    expect(reason({ ...larger, first: fork.first, second: fork.first })).toMatch(/smaller one/);
  });

  it('without a consistency proof, or with one that its kind does not use', () => {
    const { otherRoot, proof, ...bare } = larger;
    expect(reason(bare)).toBe('it has no consistency proof');
    expect(reason({ ...bare, otherRoot: otherRoot! })).toBe('it has no consistency proof');
    expect(reason({ ...fork, otherRoot: otherRoot!, proof: proof! })).toMatch(/does not use/);
    expect(reason({ ...back, proof: [] })).toMatch(/does not use/);
  });

  it('with a proof for another tree, another size, or of another length', () => {
    for (const proof of [
      consistency('one', 7, 9),
      consistency('two', 6, 9),
      consistency('two', 7, 10),
      [],
      proof79.slice(1),
      proof79.toReversed(),
      [...proof79, testHash(1)],
    ]) {
      expect(reason({ ...larger, proof })).toBe('the consistency proof does not verify');
    }
  });

  it('with another root than the proof leads to', () => {
    expect(reason({ ...larger, otherRoot: testHash(1) })).toMatch(/does not verify/);
    expect(reason({ ...larger, otherRoot: root('two', 9) })).toMatch(/does not verify/);
  });

  it('when the other root is the one that was signed: that is an honest history', () => {
    const evidence = { ...larger, otherRoot: root('one', 7), proof: consistency('one', 7, 9) };
    expect(reason({ ...evidence, second: noteOn('one', { size: 9 }) })).toMatch(/was signed/);
  });

  it('when the smaller tree was cosigned earlier, or at the same second', () => {
    for (const time of [99, 100]) {
      const small = noteOn('one', { size: 6, cosigners: [[witness, time]] });
      expect(proveCosignedBackwards(one7, small, [witness.verifier])).toEqual([]);
    }
    const same = noteOn('one', { size: 6, by: null, cosigners: [[witness, 100]] });
    expect(reason({ ...back, second: same })).toMatch(/not the later one/);
  });

  it('when one tree was cosigned again later', () => {
    const again = noteOn('one', { size: 7, cosigners: later });
    expect(proveCosignedBackwards(one7, again, keys)).toEqual([]);
    expect(proveSameSizeFork(one7, again, keys)).toEqual([]);
  });

  it('about times against a log, which signs none', () => {
    const first = noteOn('one', { size: 7 });
    const second = noteOn('one', { size: 6 });
    const evidence = { kind: 'cosigned-backwards', accused: log.verifier, first, second } as const;
    expect(reason(evidence)).toBe('the accused is not a cosigner');
  });

  it('with signature lines beside that of the accused', () => {
    for (const side of ['first', 'second'] as const) {
      const note = side === 'first' ? one7 : two7;
      expect(reason({ ...fork, [side]: note })).toMatch(/signature lines beside/);
      const twice = parseNote(fork[side]);
      const signatures = [...twice.signatures, ...twice.signatures];
      const doubled = formatNote({ ...twice, signatures });
      expect(reason({ ...fork, [side]: doubled })).toMatch(/signature lines beside/);
    }
  });

  it('with notes that are none, and then names no origin', () => {
    const line = fork.first.slice(fork.first.indexOf('\n\n') + 2);
    for (const note of ['', 'x', '\0', `hello\n\n${line}`, 'x'.repeat(1_000_000)]) {
      const verdict = verifyEvidence({ ...fork, first: note });
      expect(verdict).toMatchObject({ proven: false, origin: '' });
      expect(reason({ ...fork, second: note })).toBeDefined();
    }
  });

  it('and is not judged at all, when it is of no known kind', () => {
    for (const kind of ['', 'fork', 'constructor', '__proto__']) {
      const evidence = { ...fork, kind: kind as Contradiction['kind'] };
      expect(() => verifyEvidence(evidence)).toThrow(RangeError);
    }
    const kind = undefined as unknown as Contradiction['kind'];
    expect(() => verifyEvidence({ ...fork, kind })).toThrow(TypeError);
  });

  it('against a key whose text is not that of its parts', () => {
    const accused = { ...log.verifier, text: stranger.verifier.text };
    expect(reason({ ...fork, accused })).toBeDefined();
    expect(reason({ ...fork, accused: { ...log.verifier, text: 'x' } })).toBeDefined();
  });
});

describe('an honest history never makes evidence', () => {
  it('whatever checkpoints are compared, in whatever order and with whatever proof', () => {
    const notes = Array.from({ length: 13 }, (_, size) =>
      noteOn('one', { size, cosigners: [[witness, 1000 + size]] }),
    );
    const accusable = [log.verifier, witness.verifier];
    for (let a = 0; a <= 12; a++) {
      for (let b = 0; b <= 12; b++) {
        expect(proveSameSizeFork(notes[a]!, notes[b]!, accusable)).toEqual([]);
        expect(proveCosignedBackwards(notes[a]!, notes[b]!, accusable)).toEqual([]);
        if (a > b) continue;
        for (const name of ['one', 'two']) {
          const proof = consistency(name, a, b);
          const other = root(name, a);
          expect(proveDifferentSizeFork(notes[a]!, notes[b]!, other, proof, accusable)).toEqual([]);
        }
      }
    }
  });

  it('also when the proof is made up of hashes that are about', () => {
    const about = [...consistency('one', 7, 9), ...consistency('two', 7, 9), root('one', 7)];
    const hash = fc.constantFrom(...about, root('two', 7), testHash(1));
    const first = noteOn('one', { size: 7 });
    const second = noteOn('one', { size: 9 });
    fc.assert(
      fc.property(hash, fc.array(hash, { minLength: 4, maxLength: 6 }), (other, proof) => {
        expect(proveDifferentSizeFork(first, second, other, proof, keys)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
