/** Signed notes: the published known answer, each rule of the format, and hostile input. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import {
  formatNote,
  formatSignatureLine,
  MAX_NOTE_BYTES,
  MAX_NOTE_SIGNATURES,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  parseSignatureLines,
  signaturesBy,
} from '#protocol/note/note.ts';
import { errorCode, expectCode, mutated, printableName } from './support.ts';

const KNOWN_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const KNOWN_SIGNATURE =
  'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=';
const KNOWN_NOTE = `This is an example message.\n\n\u2014 example.com/foo ${KNOWN_SIGNATURE}\n`;

const signature: NoteSignature = { name: 'a.example', id: '01020304', bytes: Uint8Array.of(9) };
const line = formatSignatureLine(signature);

describe('a signed note', () => {
  it('verifies the known answer of the specification', () => {
    const key = parseVerifierKey(KNOWN_KEY);
    const note = parseNote(KNOWN_NOTE);
    expect(note.text).toBe('This is an example message.\n');
    const [known] = note.signatures;
    expect(known).toMatchObject({ name: key.name, id: key.id });
    expect(verifyEd25519(key.publicKey, encodeUtf8(note.text), known!.bytes)).toBe(true);
  });

  it('is written back byte for byte', () => {
    expect(formatNote(parseNote(KNOWN_NOTE))).toBe(KNOWN_NOTE);
  });

  it('is split at the last empty line', () => {
    const text = 'one\n\n\u2014 not a signature\n\ntwo\n';
    expect(parseNote(`${text}\n${line}`).text).toBe(text);
  });

  it('may hold control characters from U+007F to U+009F, which signed-note allows', () => {
    const note = `o\x7f\x80\x85\x9b\x9fne\n\n${line}`;
    expect(formatNote(parseNote(note))).toBe(note);
  });

  it('keeps an empty line at the end of its text', () => {
    expect(parseNote(`one\n\n\n${line}`).text).toBe('one\n\n');
  });

  it('keeps duplicated signature lines', () => {
    expect(parseNote(`one\n\n${line}${line}`).signatures).toHaveLength(2);
  });

  it.each([
    ['no empty line', `one\n${line}`],
    ['no signature', 'one\n\n'],
    ['nothing at all', ''],
    ['no last newline', `one\n\n${line.slice(0, -1)}`],
    ['text after the signatures', `one\n\n${line}two\n`],
    ['a carriage return', `one\r\n\n${line}`],
    ['a tab', `o\tne\n\n${line}`],
    ['a NUL', `o\0ne\n\n${line}`],
    ['a control character below U+0020', `o\x1fne\n\n${line}`],
    ['a lone surrogate', `o\ud800ne\n\n${line}`],
  ])('is refused with %s', (_, note) => {
    expectCode('bad-note', () => parseNote(note));
  });

  it('has as many as 512 signatures and no more', () => {
    const most = `one\n\n${line.repeat(MAX_NOTE_SIGNATURES)}`;
    expect(parseNote(most).signatures).toHaveLength(512);
    expectCode('too-large', () => parseNote(most + line));
    const signatures = Array.from({ length: 513 }, () => signature);
    expectCode('too-large', () => formatNote({ text: 'one\n', signatures }));
  });

  it('is capped in UTF-8 bytes', () => {
    const rest = `\n\n${line}`;
    const room = MAX_NOTE_BYTES - encodeUtf8(rest).length;
    expect(parseNote('x'.repeat(room) + rest).text).toHaveLength(room + 1);
    expectCode('too-large', () => parseNote(`x${'x'.repeat(room)}${rest}`));
    expectCode('too-large', () => parseNote('\u00e9'.repeat(room / 2 + 1) + rest));
  });

  it('is never written in a form that would not parse', () => {
    expectCode('bad-note', () => formatNote({ text: 'one', signatures: [signature] }));
    expectCode('bad-note', () => formatNote({ text: 'o\rne\n', signatures: [signature] }));
    expectCode('bad-note', () => formatNote({ text: 'one\n', signatures: [] }));
  });
});

describe('a signature line', () => {
  it('may have a name of 255 bytes, also with control characters that a note may hold', () => {
    for (const name of ['n'.repeat(255), `${'\u00e9'.repeat(127)}a`, 'a\x7f\x9bb']) {
      const named = { ...signature, name };
      expect(parseSignatureLine(formatSignatureLine(named))).toEqual(named);
    }
  });

  it('may have spare bits, which are kept as they are, unless it is by a known key', () => {
    const loose = line.replace('k=', 'l=');
    const note = parseNote(`one\n\n${line}${loose}`);
    expect(formatNote(note)).toBe(`one\n\n${line}${loose}`);
    expect(note.signatures.map(({ bytes }) => bytes)).toEqual([signature.bytes, signature.bytes]);
    expect(signaturesBy(note, { name: 'b.example', id: signature.id })).toEqual([]);
    expectCode('bad-signature', () => signaturesBy(note, signature));
  });

  it('parses with or without its newline', () => {
    expect(parseSignatureLine(line)).toEqual(signature);
    expect(parseSignatureLine(line.slice(0, -1))).toEqual(signature);
  });

  it.each([
    ['a hyphen for the dash', line.replace('\u2014', '-')],
    ['no space after the dash', line.replace('\u2014 ', '\u2014')],
    ['a name of 256 bytes', line.replace('a.example', `${'\u00e9'.repeat(127)}ab`)],
    ['an empty name', '\u2014  AQIDBAk=\n'],
    ['a plus in the name', line.replace('a.example', 'a+example')],
    ['a Unicode space in the name', line.replace('a.example', 'a\u2003example')],
    ['no signature', '\u2014 a.example\n'],
    ['two spaces', line.replace('example ', 'example  ')],
    ['trailing white space', line.replace('\n', ' \n')],
    ['URL-safe base64', '\u2014 a.example AQIDBP-_\n'],
    ['no padding', line.replace('=', '')],
    ['a key ID and nothing else', '\u2014 a.example AQIDBA==\n'],
    ['less than a key ID', '\u2014 a.example AQID\n'],
    ['two newlines', `${line}\n`],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-note', () => parseSignatureLine(text));
  });

  it('is never written with parts that would not parse', () => {
    expectCode('bad-note', () => formatSignatureLine({ ...signature, name: 'a b' }));
    expectCode('bad-note', () => formatSignatureLine({ ...signature, name: '' }));
    expectCode('bad-note', () => formatSignatureLine({ ...signature, id: 'ABCDEF01' }));
    expectCode('bad-note', () => formatSignatureLine({ ...signature, bytes: new Uint8Array(0) }));
  });

  it('is capped', () => {
    const long = `\u2014 a.example ${'A'.repeat(MAX_NOTE_BYTES)}\n`;
    expectCode('too-large', () => parseSignatureLine(long));
    expectCode('too-large', () => parseSignatureLines(long));
  });

  it('comes in blocks of nothing but signature lines', () => {
    expect(parseSignatureLines(line + line)).toEqual([signature, signature]);
    expectCode('bad-note', () => parseSignatureLines(''));
    expectCode('bad-note', () => parseSignatureLines(line.slice(0, -1)));
    expectCode('bad-note', () => parseSignatureLines(`${line}\n${line}`));
    expectCode('too-large', () => parseSignatureLines(line.repeat(513)));
  });
});

const arbitrarySignature = fc.record({
  name: printableName,
  id: fc.stringMatching(/^[0-9a-f]{8}$/),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
});
const arbitraryNote = fc.record({
  text: fc.stringMatching(/^[^\p{C}]{0,40}$/u).map((text) => `${text}\n`),
  signatures: fc.array(arbitrarySignature, { minLength: 1, maxLength: 5 }),
});

describe('any note', () => {
  it('survives the round trip', () => {
    fc.assert(
      fc.property(arbitraryNote, (note) => {
        expect(parseNote(formatNote(note))).toEqual(note);
      }),
    );
  });

  it('that is mutated parses to what is written back, or throws a typed error', () => {
    fc.assert(
      fc.property(mutated(arbitraryNote.map(formatNote)), (text) => {
        if (errorCode(() => parseNote(text)) === undefined) {
          expect(formatNote(parseNote(text))).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });
});
