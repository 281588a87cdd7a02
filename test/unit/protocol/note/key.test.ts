/** Verifier and signer keys: one text each, and nothing else is accepted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { concatBytes } from '#protocol/bytes.ts';
import {
  formatSignerKey,
  KEY_TYPES,
  type KeyType,
  makeSignerKey,
  makeVerifierKey,
  parseSignerKey,
  parseVerifierKey,
} from '#protocol/note/key.ts';
import { errorCode, expectCode, mutated, printableName, testKey } from './support.ts';

const KNOWN = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const TYPES: KeyType[] = [1, 4, 6];

describe('a verifier key', () => {
  it('is read from the known answer of the specification', () => {
    const key = parseVerifierKey(KNOWN);
    expect(key).toMatchObject({ name: 'example.com/foo', id: '530d903a', type: KEY_TYPES.ed25519 });
    expect(key.publicKey).toHaveLength(32);
    expect(makeVerifierKey(key.name, key.type, key.publicKey)).toEqual(key);
  });

  it.each(TYPES)('of type %i has its own ID and survives the round trip', (type) => {
    const key = testKey('witness.example', type, 7).verifier;
    expect(parseVerifierKey(key.text)).toEqual(key);
    expect(key.text.startsWith(`witness.example+${key.id}+`)).toBe(true);
  });

  it('differs in ID by type for one name and public key', () => {
    const { publicKey } = parseVerifierKey(KNOWN);
    expect(makeVerifierKey('a', 1, publicKey).id).not.toBe(makeVerifierKey('a', 4, publicKey).id);
  });

  const { publicKey } = parseVerifierKey(KNOWN);
  const typed = (type: number) => encodeBase64(concatBytes(Uint8Array.of(type), publicKey));
  it.each([
    ['nothing', ''],
    ['one part', 'example.com/foo'],
    ['two parts', 'example.com/foo+530d903a'],
    ['an empty name', KNOWN.replace('example.com/foo', '')],
    ['a space in the name', KNOWN.replace('/', ' ')],
    ['a no-break space in the name', KNOWN.replace('/', '\u00a0')],
    ['a control character in the name', KNOWN.replace('/', '\x1b')],
    ['a lone surrogate in the name', KNOWN.replace('/', '\udc00')],
    ['another ID', KNOWN.replace('530d903a', '530d903b')],
    ['an uppercase ID', KNOWN.replace('530d903a', '530D903A')],
    ['a short ID', KNOWN.replace('530d903a', '530d903')],
    ['base64 with white space', `${KNOWN}\n`],
    ['a short public key', KNOWN.slice(0, -4)],
    ['an unknown type', `example.com/foo+530d903a+${typed(2)}`],
    ['the type of another length', `example.com/foo+530d903a+${typed(6)}`],
    ['no bytes', 'example.com/foo+530d903a+'],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-key', () => parseVerifierKey(text));
  });

  it('has a name of at most 255 bytes', () => {
    const name = '\u00e9'.repeat(127);
    expect(makeVerifierKey(`${name}x`, 1, publicKey).name).toHaveLength(128);
    expectCode('bad-key', () => makeVerifierKey(`${name}xy`, 1, publicKey));
  });

  it('is capped before it is decoded', () => {
    expectCode('too-large', () => parseVerifierKey(`a+00000000+${'A'.repeat(4096)}`));
  });
});

describe('a signer key', () => {
  it.each(TYPES)('of type %i survives the round trip', (type) => {
    const key = testKey('log.example/one', type, 3);
    const text = formatSignerKey(key);
    expect(text.startsWith(`PRIVATE+KEY+log.example/one+${key.verifier.id}+`)).toBe(true);
    expect(parseSignerKey(text)).toEqual(key);
  });

  const text = formatSignerKey(testKey('log.example', 1, 3));
  it.each([
    ['a verifier key', KNOWN],
    ['another ID', text.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['another seed', text.replace('AwMD', 'AwMA')],
    ['a short seed', text.slice(0, -4)],
    ['another prefix', text.replace('PRIVATE', 'private')],
  ])('is refused with %s', (_, bad) => {
    expectCode('bad-key', () => parseSignerKey(bad));
  });

  it('has a seed of 32 bytes', () => {
    expectCode('bad-key', () => makeSignerKey('a', 1, new Uint8Array(31)));
  });

  it('is never quoted in an error', () => {
    const secret = text.slice(-44);
    for (const bad of [
      text.slice(0, -1),
      `${text} `,
      text.replace('+log', '+l g'),
      text.slice(8),
    ]) {
      try {
        parseSignerKey(bad);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain(secret.slice(0, 12));
      }
    }
  });
});

describe('any key', () => {
  it('survives the round trip', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const type = fc.constantFrom<KeyType>(1, 4);
    fc.assert(
      fc.property(printableName, type, seed, (name, keyType, bytes) => {
        const key = makeSignerKey(name, keyType, bytes);
        expect(parseSignerKey(formatSignerKey(key))).toEqual(key);
        expect(parseVerifierKey(key.verifier.text)).toEqual(key.verifier);
      }),
    );
  });

  it('that is mutated is refused with a typed error, or is another canonical key', () => {
    fc.assert(
      fc.property(mutated(fc.constantFrom(KNOWN, formatSignerKey(testKey('a', 1, 1)))), (text) => {
        if (errorCode(() => parseVerifierKey(text)) === undefined) {
          expect(parseVerifierKey(text).text).toBe(text);
        }
        if (errorCode(() => parseSignerKey(text)) === undefined) {
          expect(formatSignerKey(parseSignerKey(text))).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });
});
