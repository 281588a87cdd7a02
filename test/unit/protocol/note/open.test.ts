/** Opening a note by keys that are known. */
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES, makeSignerKey, parseVerifierKey, type SignerKey } from '#protocol/note/key.ts';
import { formatNote } from '#protocol/note/note.ts';
import { openNote } from '#protocol/note/open.ts';
import { expectCode } from './support.ts';

const TEXT = 'This is an example message.\n';

function signer(name: string, fill: number): SignerKey {
  return makeSignerKey(name, KEY_TYPES.ed25519, new Uint8Array(32).fill(fill));
}

function lineBy({ verifier, seed }: SignerKey, text = TEXT) {
  return { name: verifier.name, id: verifier.id, bytes: signEd25519(seed, encodeUtf8(text)) };
}

const [ALICE, BOB, EVE] = [signer('alice', 1), signer('bob', 2), signer('eve', 3)];
const KNOWN = [ALICE.verifier, BOB.verifier];

describe('a note', () => {
  it('of the specification is opened by its key', () => {
    const key = parseVerifierKey(
      'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    );
    const signature =
      'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=';
    const opened = openNote(`${TEXT}\n\u2014 example.com/foo ${signature}\n`, [key]);
    expect(opened.note.text).toBe(TEXT);
    expect(opened.verified).toEqual([key]);
  });

  it('names those who signed in the order of the keys, whatever that of the lines', () => {
    const signatures = [lineBy(EVE), lineBy(BOB), lineBy(ALICE), lineBy(BOB)];
    expect(openNote(formatNote({ text: TEXT, signatures }), KNOWN).verified).toEqual(KNOWN);
    expect(openNote(formatNote({ text: TEXT, signatures }), [BOB.verifier]).verified).toEqual([
      BOB.verifier,
    ]);
  });

  it('is trusted by nobody whose key is not on it', () => {
    const note = formatNote({ text: TEXT, signatures: [lineBy(EVE)] });
    expectCode('untrusted', () => openNote(note, KNOWN));
    expectCode('untrusted', () => openNote(note, []));
  });

  it('is bad with one line that claims to be by a known key and is not, beside good ones', () => {
    const forged = { ...lineBy(EVE), name: 'bob', id: BOB.verifier.id };
    const note = formatNote({ text: TEXT, signatures: [lineBy(ALICE), lineBy(BOB), forged] });
    expectCode('bad-signature', () => openNote(note, KNOWN));
    expect(openNote(note, [ALICE.verifier]).verified).toEqual([ALICE.verifier]);
  });

  it('is not opened by a key that signs no text', () => {
    const { verifier } = makeSignerKey('w', KEY_TYPES.cosignatureEd25519, new Uint8Array(32));
    const note = formatNote({ text: TEXT, signatures: [lineBy(ALICE)] });
    expectCode('bad-key', () => openNote(note, [verifier]));
  });
});
