/**
 * Keys that logs of the ecosystem sign with: of other names than the origin, ECDSA, and ML-DSA-44. The
 * notes are real ones where there are: of sum.golang.org, Rekor, and the transparency log of Pixel 6.
 */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signMlDsa44 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import {
  proveCosignedBackwards,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { algorithmOf, verifiesLogLine } from '#protocol/note/algorithms.ts';
import { formatCheckpoint, type LogIdentity, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosignatureLine, cosignatureMessage } from '#protocol/note/cosignature.ts';
import {
  KEY_TYPES,
  makeSignerKey,
  makeVerifierKey,
  parseSignerKey,
  parseVerifierKey,
} from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { subtreeCosignatureLine, subtreeMessage } from '#protocol/note/subtree-cosignature.ts';
import { expectCode, testHash, testKey } from './support.ts';

const SUMDB: LogIdentity = {
  origin: 'go.sum database tree',
  keys: [parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8')],
};
const SUMDB_NOTE =
  'go.sum database tree\n63096908\n8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=\n\n' +
  '\u2014 sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=\n';

const REKOR: LogIdentity = {
  origin: 'Rekor',
  keys: [
    parseVerifierKey(
      'rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=',
    ),
  ],
};
const REKOR_NOTE =
  'Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n' +
  '\u2014 rekor.sigstore.dev wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uDLet7MCoTURUCRdxwWBHHufk=\n';

const PIXEL: LogIdentity = {
  origin: 'DEFAULT',
  keys: [
    parseVerifierKey(
      'pixel6_transparency_log+91c16e30+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN+4x0Jk1yTwvLFI9A4NDdGZcX0aiWVdWM5XJVy0M4VWD3AvyW5Q6Hs9A0mcDkpUoYgn+KKPNzFC0H3nN3q6JQ8=',
    ),
  ],
};
const PIXEL_NOTE =
  'DEFAULT\n10\nbsWRucJU5xJPHb5eBdOm6+DM+VelCZBuvtI3sHERJ9Y=\n\n' +
  '\u2014 pixel6_transparency_log kcFuMDBFAiEAhqMAP8P6qf6QxtUJhzMhbN+MbZ9dwfUHzGQJmffJHtoCIGD0cNe47dHWBoPwYdgBCepB06/+g5O1FmYjXl06owL4\n';

const text = formatCheckpoint({
  origin: 'log.example',
  size: 7,
  root: testHash(5),
  extensions: [],
});

describe('a checkpoint of a real log', () => {
  it.each([
    ['sum.golang.org', SUMDB, SUMDB_NOTE, 63096908],
    ['Rekor, with ECDSA', REKOR, REKOR_NOTE, 798034],
    ['Pixel 6, with ECDSA', PIXEL, PIXEL_NOTE, 10],
  ])('opens: %s', (_, log, note, size) => {
    expect(openCheckpoint(note, log).checkpoint.size).toBe(size);
    expectCode('bad-signature', () =>
      openCheckpoint(note.replace(`\n${size}\n`, `\n${size + 1}\n`), log),
    );
    expectCode('untrusted', () => openCheckpoint(note, { ...log, origin: 'other' }));
  });
});

describe('an ECDSA key', () => {
  const keyOf = (namedCurve: string) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    return { privateKey, key: makeVerifierKey('log.example', KEY_TYPES.ecdsa, spki) };
  };

  it.each(['P-256', 'P-384', 'P-521'])('of %s signs the SHA-256 of the text', (curve) => {
    const { privateKey, key } = keyOf(curve);
    const bytes = new Uint8Array(sign('sha256', encodeUtf8(text), privateKey));
    const note = formatNote({ text, signatures: [{ name: key.name, id: key.id, bytes }] });
    const log = { origin: 'log.example', keys: [parseVerifierKey(key.text)] };
    expect(openCheckpoint(note, log).logSignatures).toHaveLength(1);
    expectCode('bad-signature', () => openCheckpoint(note.replace('\n7\n', '\n8\n'), log));
  });

  it('has a key ID that is of its DER alone', () => {
    expect(REKOR.keys[0]!.id).toBe('c0d23d6a');
    expectCode('bad-key', () =>
      parseVerifierKey(REKOR.keys[0]!.text.replace('c0d23d6a', 'c0d23d6b')),
    );
  });

  it('is refused in another form than DER of an uncompressed point of these curves', () => {
    const { key } = keyOf('P-256');
    const make = (spki: Uint8Array) => makeVerifierKey('log.example', KEY_TYPES.ecdsa, spki);
    const otherCurve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    for (const spki of [
      new Uint8Array(),
      key.publicKey.subarray(1),
      key.publicKey.with(26, 2),
      new Uint8Array([...key.publicKey, 0]),
      new Uint8Array(otherCurve.export({ type: 'spki', format: 'der' })),
    ]) {
      expectCode('bad-key', () => make(spki));
    }
  });

  it('is only verified: nobody signs with one here, and none is a witness’s', () => {
    expectCode('bad-key', () => makeSignerKey('log.example', KEY_TYPES.ecdsa, new Uint8Array(32)));
    expectCode('bad-key', () => parseSignerKey('PRIVATE+KEY+a+00000000+AgAA'));
    expectCode('bad-key', () => cosignatureMessage(text, REKOR.keys[0]!, 5));
  });
});

describe('an ML-DSA-44 key of a log', () => {
  const log = testKey('log.example', KEY_TYPES.cosignatureMlDsa44, 1);
  const identity = { origin: 'log.example', keys: [log.verifier] };
  const noteAt = (timeSeconds: number, root = testHash(5), size = 7) => {
    const checkpoint = { origin: 'log.example', size, root, extensions: [] };
    const body = formatCheckpoint(checkpoint);
    const tree = { origin: 'log.example', start: 0, end: size, hash: root };
    const line =
      timeSeconds === 0
        ? subtreeCosignatureLine(
            log.verifier,
            signMlDsa44(log.seed, subtreeMessage(tree, log.verifier)),
          )
        : cosignatureLine(
            log.verifier,
            timeSeconds,
            signMlDsa44(log.seed, cosignatureMessage(body, log.verifier, timeSeconds)),
          );
    return formatNote({ text: body, signatures: [line] });
  };

  it('signs its checkpoint as a cosigner of its own, at any time or none', () => {
    for (const timeSeconds of [0, 1, 1_800_000_000]) {
      expect(openCheckpoint(noteAt(timeSeconds), identity).logSignatures).toHaveLength(1);
    }
  });

  it('is bad with another time, tree, name or length', () => {
    const note = parseNote(noteAt(5));
    const [line] = note.signatures;
    const bad = (bytes: Uint8Array) => () =>
      openCheckpoint(formatNote({ ...note, signatures: [{ ...line!, bytes }] }), identity);
    expectCode('bad-signature', bad(line!.bytes.with(7, 6)));
    expectCode('bad-signature', bad(line!.bytes.with(0, 0xff)));
    expectCode('bad-signature', bad(line!.bytes.subarray(1)));
    expectCode('bad-signature', bad(line!.bytes.subarray(0, 8)));
    expectCode('bad-signature', () =>
      openCheckpoint(noteAt(5).replace('\n7\n', '\n8\n'), identity),
    );
  });

  it('does not sign with Ed25519 cosignatures, whatever the time', () => {
    expect(() =>
      verifiesLogLine(KEY_TYPES.cosignatureEd25519, new Uint8Array(32), new Uint8Array(72), {
        name: 'a',
        text,
        checkpoint: { origin: 'a', size: 7, root: testHash(5) },
      }),
    ).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });

  it('contradicts itself also without a time, and is called the log by its name', () => {
    const [evidence] = proveSameSizeFork(noteAt(0), noteAt(0, testHash(6)), identity.keys);
    expect(verifyEvidence(evidence!)).toMatchObject({
      proven: true,
      statement: 'The log "log.example" signed two different trees of 7 leaves.',
    });
  });

  it('goes back in time only by times that it gave', () => {
    const backwards = (larger: number, smaller: number) =>
      proveCosignedBackwards(noteAt(larger, testHash(6), 9), noteAt(smaller), identity.keys);
    expect(backwards(5, 6)).toHaveLength(1);
    expect(backwards(0, 6)).toEqual([]);
    expect(backwards(5, 0)).toEqual([]);
  });
});

it('the keys of the table have the SubjectPublicKeyInfo that libraries read', () => {
  for (const type of [KEY_TYPES.ed25519, KEY_TYPES.cosignatureMlDsa44]) {
    const { publicKey } = testKey('a', type, 1).verifier;
    const key = Buffer.concat([algorithmOf(type).spkiPrefix, publicKey]);
    const read = createPublicKey({ key, format: 'der', type: 'spki' });
    expect(new Uint8Array(read.export({ format: 'raw-public' }))).toEqual(publicKey);
  }
});
