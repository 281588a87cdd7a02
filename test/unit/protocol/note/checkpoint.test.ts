/** Checkpoints: the text's one canonical form, and opening with the log's key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import {
  type Checkpoint,
  findLogSignatures,
  formatCheckpoint,
  logOf,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '#protocol/note/checkpoint.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote, signaturesBy } from '#protocol/note/note.ts';
import { errorCode, expectCode, mutated, testHash, testKey } from './support.ts';

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
/** The example of the tlog-checkpoint specification. */
const EXAMPLE = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
const log = testKey('log.example', 1, 1);
const checkpoint: Checkpoint = {
  origin: 'log.example',
  size: 7,
  root: testHash(5),
  extensions: [],
};
const signed = signCheckpoint(checkpoint, log);

describe('the text of a checkpoint', () => {
  it('is read from the example of the specification and written back', () => {
    const parsed = parseCheckpoint(EXAMPLE);
    expect(parsed).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 });
    expect(formatCheckpoint(parsed)).toBe(EXAMPLE);
  });

  it('keeps extension lines', () => {
    const parsed = parseCheckpoint(`${EXAMPLE}one\ntwo 2\n`);
    expect(parsed.extensions).toEqual(['one', 'two 2']);
  });

  it('may be of an empty tree', () => {
    expect(parseCheckpoint(`a\n0\n${ROOT}\n`).size).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no root', 'a\n1\n'],
    ['no last newline', EXAMPLE.slice(0, -1)],
    ['an empty origin', `\n1\n${ROOT}\n`],
    ['an empty size', `a\n\n${ROOT}\n`],
    ['a leading zero', `a\n01\n${ROOT}\n`],
    ['a plus sign', `a\n+1\n${ROOT}\n`],
    ['a negative size', `a\n-1\n${ROOT}\n`],
    ['a hexadecimal size', `a\n0x1\n${ROOT}\n`],
    ['a size with a space', `a\n1 \n${ROOT}\n`],
    ['a size above 2^53-1', `a\n9007199254740992\n${ROOT}\n`],
    ['a short root', `a\n1\n${ROOT.slice(4)}\n`],
    ['a long root', `a\n1\nAAAA${ROOT}\n`],
    ['a root without padding', `a\n1\n${ROOT.slice(0, -1)}\n`],
    ['non-canonical padding bits in the root', `a\n1\n${ROOT.replace('2I=', '2J=')}\n`],
    ['an empty extension line', `${EXAMPLE}\none\n`],
    ['an empty last line', `${EXAMPLE}\n`],
    ['a control character', `${EXAMPLE}o\tne\n`],
    ['a lone surrogate', `${EXAMPLE}\ud800\n`],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-checkpoint', () => parseCheckpoint(text));
  });

  it('is capped in lines and in length', () => {
    expect(parseCheckpoint(EXAMPLE + 'x\n'.repeat(64)).extensions).toHaveLength(64);
    expectCode('bad-checkpoint', () => parseCheckpoint(EXAMPLE + 'x\n'.repeat(65)));
    expectCode('too-large', () => parseCheckpoint(`${EXAMPLE}${'x'.repeat(16 * 1024)}\n`));
    const extensions = ['x'.repeat(16 * 1024)];
    expectCode('too-large', () => formatCheckpoint({ ...checkpoint, extensions }));
  });

  it('is never written with parts that would not parse', () => {
    expect(() => formatCheckpoint({ ...checkpoint, size: -1 })).toThrow(RangeError);
    expect(() => formatCheckpoint({ ...checkpoint, size: 1.5 })).toThrow(RangeError);
    expectCode('bad-checkpoint', () => formatCheckpoint({ ...checkpoint, origin: 'a\nb' }));
    expectCode('bad-checkpoint', () => formatCheckpoint({ ...checkpoint, extensions: [''] }));
    const root = new Uint8Array(31) as Checkpoint['root'];
    expect(() => formatCheckpoint({ ...checkpoint, root })).toThrow(RangeError);
  });
});

describe('a log with several keys, or with a key of another name', () => {
  const before = testKey('key.example', 1, 1);
  const after = testKey('key.example', 1, 2);
  const stranger = testKey('key.example', 1, 3);
  const identity = { origin: 'log.example', keys: [before.verifier, after.verifier] };
  const text = formatCheckpoint(checkpoint);
  const lineBy = (key: SignerKey) => {
    const { name, id } = key.verifier;
    return { name, id, bytes: signEd25519(key.seed, encodeUtf8(text)) };
  };
  const noteBy = (...keys: SignerKey[]) => formatNote({ text, signatures: keys.map(lineBy) });

  it('has a checkpoint that any of them signed', () => {
    for (const key of [before, after]) {
      const opened = openCheckpoint(noteBy(stranger, key), identity);
      expect(opened.logSignatures).toEqual([{ key: key.verifier, signature: lineBy(key) }]);
    }
  });

  it('has one that all signed, with every signature, in the order of its keys', () => {
    const { logSignatures } = openCheckpoint(noteBy(after, before), identity);
    expect(logSignatures.map(({ key }) => key)).toEqual(identity.keys);
  });

  it('has none that only a stranger signed, or with a bad line by one of its keys', () => {
    expectCode('untrusted', () => openCheckpoint(noteBy(stranger), identity));
    const bad = { ...lineBy(after), bytes: lineBy(before).bytes };
    const note = formatNote({ text, signatures: [lineBy(before), bad] });
    expectCode('bad-signature', () => openCheckpoint(note, identity));
  });

  it('is no other log, whoever signed', () => {
    const other = { ...identity, origin: 'other.example' };
    expectCode('untrusted', () => openCheckpoint(noteBy(before), other));
  });
});

describe('a signed checkpoint', () => {
  it('opens with the key that signed it', () => {
    const opened = openCheckpoint(signed, logOf(log.verifier));
    expect(opened.checkpoint).toEqual(checkpoint);
    expect(opened.logSignatures).toEqual([
      { key: log.verifier, signature: opened.note.signatures[0] },
    ]);
    expect(formatNote(opened.note)).toBe(signed);
  });

  it('is not signed by a key of another name or type', () => {
    expectCode('bad-key', () => signCheckpoint(checkpoint, testKey('other.example', 1, 1)));
    expectCode('bad-key', () => signCheckpoint(checkpoint, testKey('log.example', 4, 1)));
  });

  it('is untrusted with a key of another origin', () => {
    expectCode('untrusted', () =>
      openCheckpoint(signed, logOf(testKey('other.example', 1, 1).verifier)),
    );
  });

  it('is untrusted with another origin, even if the key signed that', () => {
    const text = formatCheckpoint({ ...checkpoint, origin: 'other.example' });
    const { name, id } = log.verifier;
    const bytes = signEd25519(log.seed, encodeUtf8(text));
    const note = formatNote({ text, signatures: [{ name, id, bytes }] });
    expectCode('untrusted', () => openCheckpoint(note, logOf(log.verifier)));
  });

  it('is untrusted with another key of the same name', () => {
    expectCode('untrusted', () =>
      openCheckpoint(signed, logOf(testKey('log.example', 1, 2).verifier)),
    );
  });

  it('is not opened with a cosigner key', () => {
    expectCode('bad-key', () =>
      openCheckpoint(signed, logOf(testKey('log.example', 4, 1).verifier)),
    );
  });

  it('is untrusted when only a stranger signed a text of this origin', () => {
    const note = parseNote(signed);
    const stranger = { ...note.signatures[0]!, name: 'stranger.example' };
    const forged = formatNote({ text: note.text, signatures: [stranger] });
    expectCode('untrusted', () => openCheckpoint(forged, logOf(log.verifier)));
  });

  it('is bad as a whole when the text is changed', () => {
    const changed = signed.replace('\n7\n', '\n8\n');
    expectCode('bad-signature', () => openCheckpoint(changed, logOf(log.verifier)));
  });

  it('is bad as a whole when one of two lines of the log does not verify', () => {
    const note = parseNote(signed);
    const [good] = note.signatures;
    const bad = { ...good!, bytes: good!.bytes.with(0, good!.bytes[0]! ^ 1) };
    for (const signatures of [
      [good!, bad],
      [bad, good!],
    ]) {
      const whole = formatNote({ text: note.text, signatures });
      expectCode('bad-signature', () => openCheckpoint(whole, logOf(log.verifier)));
    }
  });

  it('opens when the log line is duplicated and strangers signed too', () => {
    const note = parseNote(signed);
    const [good] = note.signatures;
    const stranger = { name: 'x', id: '00000000', bytes: Uint8Array.of(1) };
    const sameName = { ...good!, id: '00000000' };
    const sameId = { ...good!, name: 'x' };
    const signatures = [stranger, sameName, good!, sameId, good!];
    const opened = openCheckpoint(formatNote({ text: note.text, signatures }), logOf(log.verifier));
    expect(opened.logSignatures).toEqual([{ key: log.verifier, signature: good }]);
    expect(signaturesBy(opened.note, log.verifier)).toHaveLength(2);
  });

  it('is refused when its signature has another length', () => {
    const note = parseNote(signed);
    const short = { ...note.signatures[0]!, bytes: note.signatures[0]!.bytes.slice(1) };
    const changed = { text: note.text, signatures: [short] };
    expectCode('bad-signature', () => findLogSignatures(changed, logOf(log.verifier)));
  });

  it('tells a malformed note from a malformed checkpoint', () => {
    expectCode('bad-note', () => openCheckpoint('x', logOf(log.verifier)));
    const note = parseNote(signed);
    const other = formatNote({ ...note, text: 'hello\n' });
    expectCode('bad-checkpoint', () => openCheckpoint(other, logOf(log.verifier)));
  });
});

const arbitraryCheckpoint = fc.record({
  origin: fc.stringMatching(/^[^\p{C}]{1,30}$/u),
  size: fc.maxSafeNat(),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => asHash(bytes)),
  extensions: fc.array(fc.stringMatching(/^[^\p{C}]{1,10}$/u), { maxLength: 3 }),
});

describe('any checkpoint', () => {
  it('survives the round trip', () => {
    fc.assert(
      fc.property(arbitraryCheckpoint, (value) => {
        expect(parseCheckpoint(formatCheckpoint(value))).toEqual(value);
      }),
    );
  });

  it('that is mutated parses to what is written back, or throws a typed error', () => {
    fc.assert(
      fc.property(mutated(arbitraryCheckpoint.map(formatCheckpoint)), (text) => {
        if (errorCode(() => parseCheckpoint(text)) === undefined) {
          expect(formatCheckpoint(parseCheckpoint(text))).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });
});
