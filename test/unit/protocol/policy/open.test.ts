/** Judging a checkpoint by a policy: who must have signed, and what spoils a note. */
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { openWithPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { expectCode, testHash, testKey } from '../note/support.ts';

const log = testKey('log.example', 1, 1);
const rotated = testKey('log.example', 1, 2);
const otherLog = testKey('other.example', 1, 3);
const a = testKey('a.example', 4, 4);
const aQuantum = testKey('a.example', 6, 5);
const b = testKey('b.example', 4, 6);
const stranger = testKey('stranger.example', 4, 7);

const WITNESSES = `witness a ${a.verifier.text}
witness a-pq ${aQuantum.verifier.text}
witness b ${b.verifier.text}
`;
const policy = parsePolicy(`log ${log.verifier.text}
log ${rotated.verifier.text}
log ${otherLog.verifier.text}
${WITNESSES}group both 2 a b
quorum both
`);

const checkpoint = { origin: 'log.example', size: 4, root: testHash(4), extensions: [] };
const text = formatCheckpoint(checkpoint);
const [logLine] = parseNote(signCheckpoint(checkpoint, log)).signatures;
const [rotatedLine] = parseNote(signCheckpoint(checkpoint, rotated)).signatures;

function note(...signatures: (NoteSignature | undefined)[]): string {
  return formatNote({ text, signatures: signatures.filter((line) => line !== undefined) });
}

function flipped(signature: NoteSignature): NoteSignature {
  return { ...signature, bytes: signature.bytes.with(20, signature.bytes[20]! ^ 1) };
}

describe('a checkpoint opened with a policy', () => {
  it('tells checkpoint, log, witnesses, quorum and the time of the quorum', () => {
    const opened = openWithPolicy(
      note(logLine, cosign(text, b, 200), cosign(text, a, 100), cosign(text, stranger, 50)),
      policy,
    );
    expect(opened.checkpoint).toEqual(checkpoint);
    expect(opened.logKey).toEqual(log.verifier);
    expect(opened.cosignatures.map(({ witness, timeSeconds }) => [witness, timeSeconds])).toEqual([
      ['a', 100],
      ['b', 200],
    ]);
    expect(opened.quorumMet).toBe(true);
    expect(opened.quorumTimeSeconds).toBe(200);
  });

  it('says so when the quorum is not met, without throwing', () => {
    const opened = openWithPolicy(note(logLine, cosign(text, a, 100)), policy);
    expect(opened.quorumMet).toBe(false);
    expect(opened).not.toHaveProperty('quorumTimeSeconds');
  });

  it('counts distinct witnesses, never signatures', () => {
    const opened = openWithPolicy(
      note(logLine, cosign(text, a, 100), cosign(text, a, 101), cosign(text, aQuantum, 102)),
      policy,
    );
    expect(opened.quorumMet).toBe(false);
    expect(opened.cosignatures.map(({ witness }) => witness)).toEqual(['a', 'a-pq']);
  });

  it('takes the earliest of several times of one witness', () => {
    const opened = openWithPolicy(
      note(logLine, cosign(text, a, 300), cosign(text, a, 100), cosign(text, b, 50)),
      policy,
    );
    expect(opened.quorumTimeSeconds).toBe(100);
  });

  it('suffices with any one listed log key of the origin', () => {
    expect(openWithPolicy(note(rotatedLine), policy).logKey).toEqual(rotated.verifier);
    expect(openWithPolicy(note(rotatedLine, logLine), policy).logKey).toEqual(log.verifier);
  });

  it('meets the quorum none without any cosignature', () => {
    const none = parsePolicy(`log ${log.verifier.text}\n${WITNESSES}quorum none\n`);
    const opened = openWithPolicy(note(logLine, cosign(text, a, 100)), none);
    expect(opened.quorumMet).toBe(true);
    expect(opened).not.toHaveProperty('quorumTimeSeconds');
    expect(opened.cosignatures).toHaveLength(1);
  });

  it('is untrusted when no listed log signed it, whoever cosigned', () => {
    expectCode('untrusted', () => openWithPolicy(note(cosign(text, a, 1)), policy));
    const witnessesOnly = parsePolicy(`${WITNESSES}quorum a\n`);
    expectCode('untrusted', () => openWithPolicy(note(logLine), witnessesOnly));
  });

  it('is untrusted when a listed log signed for another origin', () => {
    const { name, id } = otherLog.verifier;
    const line = { name, id, bytes: logLine!.bytes };
    expectCode('untrusted', () => openWithPolicy(note(line), policy));
  });

  it('is spoiled by one bad signature of any listed key', () => {
    for (const bad of [
      flipped(rotatedLine!),
      flipped(cosign(text, a, 100)),
      flipped(cosign(text, aQuantum, 100)),
      { ...cosign(text, b, 100), bytes: Uint8Array.of(1) },
    ]) {
      expectCode('bad-signature', () =>
        openWithPolicy(note(logLine, cosign(text, a, 100), cosign(text, b, 100), bad), policy),
      );
    }
  });

  it('is spoiled by a bad signature of a listed log of another origin', () => {
    const { name, id } = otherLog.verifier;
    const bad = { name, id, bytes: logLine!.bytes };
    expectCode('bad-signature', () => openWithPolicy(note(logLine, bad), policy));
    const bytes = signEd25519(otherLog.seed, encodeUtf8(text));
    const opened = openWithPolicy(note({ name, id, bytes }, logLine), policy);
    expect(opened.logKey).toEqual(log.verifier);
  });

  it('is spoiled by spare bits in the line of a listed key, and not in that of a stranger', () => {
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const withSpareBits = (signature: NoteSignature) =>
      note(logLine, signature).replace(/.(=+\n)$/, (end, padding) => {
        return ALPHABET.charAt(ALPHABET.indexOf(end.charAt(0)) + 1) + padding;
      });
    const theirs = withSpareBits(cosign(text, stranger, 1));
    expect(theirs).not.toBe(note(logLine, cosign(text, stranger, 1)));
    expect(openWithPolicy(theirs, policy).cosignatures).toEqual([]);
    for (const known of [rotatedLine!, cosign(text, a, 1), cosign(text, aQuantum, 1)]) {
      expectCode('bad-signature', () => openWithPolicy(withSpareBits(known), policy));
    }
  });

  it('does not count a cosignature of another checkpoint', () => {
    const other = cosign(formatCheckpoint({ ...checkpoint, size: 5 }), a, 100);
    expectCode('bad-signature', () => openWithPolicy(note(logLine, other), policy));
  });

  it('tells bad notes from bad checkpoints', () => {
    expectCode('bad-note', () => openWithPolicy('x', policy));
    const other = formatNote({ text: 'hello\n', signatures: [logLine!] });
    expectCode('bad-checkpoint', () => openWithPolicy(other, policy));
  });
});
