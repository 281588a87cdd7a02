/** Cosignatures of both kinds: the signed bytes, each refusal, and lookup in a note. */
import { describe, expect, it } from 'vitest';
import { signEd25519, signMlDsa44, verifyEd25519, verifyMlDsa44 } from '#crypto';
import { concatBytes, encodeUint64, encodeUtf8 } from '#protocol/bytes.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import {
  cosign,
  findCosignatures,
  MAX_COSIGNATURE_SECONDS,
  verifyCosignature,
} from '#protocol/note/cosignature.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { expectCode, testHash, testKey } from './support.ts';

const log = testKey('log.example', 1, 1);
const witness = testKey('witness.example', 4, 2);
const quantum = testKey('witness.example', 6, 3);
const KINDS = [
  ['Ed25519', witness],
  ['ML-DSA-44', quantum],
] as const;
const checkpoint = { origin: 'log.example', size: 258, root: testHash(9), extensions: [] };
const text = formatCheckpoint(checkpoint);
const TIME = 1_679_315_147;

/** The log's note with these cosignatures added. */
function noteWith(...signatures: NoteSignature[]) {
  const note = parseNote(signCheckpoint(checkpoint, log));
  return parseNote(formatNote({ ...note, signatures: [...note.signatures, ...signatures] }));
}

function flipped(signature: NoteSignature, at: number): NoteSignature {
  return { ...signature, bytes: signature.bytes.with(at, signature.bytes[at]! ^ 1) };
}

describe('the signed bytes', () => {
  it('of Ed25519 are header, time and the whole text, extension lines included', () => {
    const extended = `${text}extension\n`;
    const { bytes } = cosign(extended, witness, TIME);
    const message = encodeUtf8(`cosignature/v1\ntime ${TIME}\n${extended}`);
    expect(bytes.subarray(0, 8)).toEqual(encodeUint64(TIME));
    expect(bytes).toHaveLength(8 + 64);
    expect(verifyEd25519(witness.verifier.publicKey, message, bytes.subarray(8))).toBe(true);
  });

  it('of ML-DSA-44 are label, name, time, origin, start 0, end and hash', () => {
    const { bytes } = cosign(text, quantum, TIME);
    const message = concatBytes(
      encodeUtf8('subtree/v1\n\0'),
      Uint8Array.of(15),
      encodeUtf8('witness.example'),
      encodeUint64(TIME),
      Uint8Array.of(11),
      encodeUtf8('log.example'),
      new Uint8Array(8),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2),
      checkpoint.root,
    );
    expect(message).toHaveLength(12 + 16 + 8 + 12 + 8 + 8 + 32);
    expect(bytes).toHaveLength(8 + 2420);
    expect(verifyMlDsa44(quantum.verifier.publicKey, message, bytes.subarray(8))).toBe(true);
  });

  it('of ML-DSA-44 leave extension lines out', () => {
    const signature = cosign(text, quantum, TIME);
    const extended = `${text}extension\n`;
    expect(verifyCosignature(extended, quantum.verifier, signature).timeSeconds).toBe(TIME);
  });
});

describe.each(KINDS)('a cosignature with %s', (_, key) => {
  const signature = cosign(text, key, TIME);

  it('verifies and tells its time', () => {
    const cosignature = verifyCosignature(text, key.verifier, signature);
    expect(cosignature).toEqual({ key: key.verifier, timeSeconds: TIME, signature });
  });

  it('does not verify on another size, root or origin', () => {
    for (const other of [
      { ...checkpoint, size: 259 },
      { ...checkpoint, root: testHash(8) },
      { ...checkpoint, origin: 'log.example2' },
    ]) {
      const otherText = formatCheckpoint(other);
      expectCode('bad-signature', () => verifyCosignature(otherText, key.verifier, signature));
    }
  });

  it('does not verify with another time or another signature byte', () => {
    for (const at of [7, 8, signature.bytes.length - 1]) {
      const bad = flipped(signature, at);
      expectCode('bad-signature', () => verifyCosignature(text, key.verifier, bad));
    }
  });

  it('does not verify with another public key under the same name and ID', () => {
    const other = testKey('witness.example', key.verifier.type, 99).verifier;
    const forged = { ...signature, id: other.id };
    expectCode('bad-signature', () => verifyCosignature(text, other, forged));
  });

  it('is malformed with another length, name or ID', () => {
    const { bytes } = signature;
    for (const bad of [
      { ...signature, bytes: bytes.slice(1) },
      { ...signature, bytes: concatBytes(bytes, Uint8Array.of(0)) },
      { ...signature, bytes: bytes.slice(0, 7) },
      { ...signature, name: 'other.example' },
      { ...signature, id: '00000000' },
    ]) {
      expectCode('bad-cosignature', () => verifyCosignature(text, key.verifier, bad));
    }
  });

  it('is never made or accepted at time 0', () => {
    expect(() => cosign(text, key, 0)).toThrow(RangeError);
    const zero = concatBytes(new Uint8Array(8), signature.bytes.subarray(8));
    expectCode('bad-cosignature', () =>
      verifyCosignature(text, key.verifier, { ...signature, bytes: zero }),
    );
  });

  it('is never made at a time that is negative or not whole', () => {
    for (const time of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => cosign(text, key, time)).toThrow(RangeError);
    }
  });

  it('is refused with a time above 2^53-1', () => {
    const bytes = concatBytes(Uint8Array.of(0, 0x20), new Uint8Array(6), signature.bytes.slice(8));
    expectCode('bad-cosignature', () =>
      verifyCosignature(text, key.verifier, { ...signature, bytes }),
    );
  });

  it('is only ever made of a checkpoint', () => {
    expectCode('bad-checkpoint', () => cosign('hello\n', key, TIME));
  });
});

describe('a properly signed time', () => {
  /** A cosignature by the rules of the format but for the limits of its time. */
  function signedAt(time: number): NoteSignature {
    const ed = signEd25519(witness.seed, encodeUtf8(`cosignature/v1\ntime ${time}\n${text}`));
    const { name, id } = witness.verifier;
    return { name, id, bytes: concatBytes(encodeUint64(time), ed) };
  }

  it('is accepted up to the last second that is an exact number of milliseconds', () => {
    const last = signedAt(MAX_COSIGNATURE_SECONDS);
    expect(verifyCosignature(text, witness.verifier, last).timeSeconds).toBe(9_007_199_254_740);
    expect(last).toEqual(cosign(text, witness, MAX_COSIGNATURE_SECONDS));
  });

  it.each([0, MAX_COSIGNATURE_SECONDS + 1, Number.MAX_SAFE_INTEGER])(
    'of %d is refused even though the signature verifies',
    (time) => {
      expectCode('bad-cosignature', () =>
        verifyCosignature(text, witness.verifier, signedAt(time)),
      );
    },
  );
});

describe('ML-DSA-44 and long names', () => {
  it('refuses an origin above the 255 bytes of its length byte', () => {
    const longText = formatCheckpoint({ ...checkpoint, origin: 'o'.repeat(256) });
    expectCode('bad-cosignature', () => cosign(longText, quantum, TIME));
    expect(cosign(longText, witness, TIME).bytes).toHaveLength(72);
  });

  it('refuses a cosigner name above 255 bytes', () => {
    const verifier = { ...quantum.verifier, name: 'n'.repeat(256) };
    expectCode('bad-cosignature', () => cosign(text, { ...quantum, verifier }, TIME));
  });
});

describe('a log key', () => {
  it('cosigns nothing and verifies no cosignature', () => {
    expectCode('bad-key', () => cosign(text, log, TIME));
    const signature = cosign(text, witness, TIME);
    expectCode('bad-key', () => verifyCosignature(text, log.verifier, signature));
  });

  it('under the same public key does not make its note signature a cosignature', () => {
    const asCosigner = testKey('log.example', 4, 1).verifier;
    expect(findCosignatures(noteWith(), [asCosigner])).toEqual([]);
  });
});

describe('finding cosignatures in a note', () => {
  const keys = [witness.verifier, quantum.verifier, log.verifier];
  const first = cosign(text, witness, TIME);
  const second = cosign(text, quantum, TIME + 1);

  it('answers both kinds in the order of the lines', () => {
    expect(findCosignatures(noteWith(second, first), keys)).toMatchObject([
      { key: quantum.verifier, timeSeconds: TIME + 1 },
      { key: witness.verifier, timeSeconds: TIME },
    ]);
  });

  it('ignores unknown keys, also those that share a name or an ID', () => {
    const note = noteWith(
      { ...first, name: 'x' },
      { ...first, id: '00000000' },
      cosign(text, testKey('stranger', 4, 9), TIME),
      first,
    );
    expect(findCosignatures(note, keys)).toHaveLength(1);
  });

  it('counts a repeated line once and keeps two times of one key', () => {
    const later = cosign(text, witness, TIME + 5);
    const found = findCosignatures(noteWith(first, first, later), keys);
    expect(found.map(({ timeSeconds }) => timeSeconds)).toEqual([TIME, TIME + 5]);
  });

  it('refuses the note for one bad signature of a known key beside good ones', () => {
    for (const bad of [
      flipped(first, 20),
      flipped(second, 20),
      { ...first, bytes: first.bytes.slice(1) },
      { ...first, bytes: concatBytes(new Uint8Array(8), first.bytes.subarray(8)) },
    ]) {
      expectCode('bad-signature', () => findCosignatures(noteWith(first, second, bad), keys));
    }
  });

  it('answers nothing for a note that nobody cosigned', () => {
    expect(findCosignatures(noteWith(), keys)).toEqual([]);
  });
});

describe('the time of an ML-DSA-44 cosignature', () => {
  it('is bound by the signature, not only by the leading bytes', () => {
    const bytes = concatBytes(encodeUint64(TIME), signMlDsa44(quantum.seed, encodeUtf8('other')));
    const { name, id } = quantum.verifier;
    expectCode('bad-signature', () =>
      verifyCosignature(text, quantum.verifier, { name, id, bytes }),
    );
  });
});
