/** Base64 in both alphabets: the vectors of RFC 4648, and that decoding has no second way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { errorCode, expectCode, mutated } from './note/support.ts';

/** RFC 4648 section 10. */
const VECTORS = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const;

describe('base64', () => {
  it.each(VECTORS)('of %j is %j', (text, encoded) => {
    const bytes = encodeUtf8(text);
    expect(encodeBase64(bytes)).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(bytes);
    expect(encodeBase64Url(bytes)).toBe(encoded.replaceAll('=', ''));
    expect(decodeBase64Url(encoded.replaceAll('=', ''))).toEqual(bytes);
  });

  it('has the two alphabets of the standard', () => {
    const bytes = Uint8Array.of(0xfb, 0xef, 0xff);
    expect(encodeBase64(bytes)).toBe('++//');
    expect(encodeBase64Url(bytes)).toBe('--__');
  });

  it('agrees with the platform on all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(decodeBase64(encodeBase64(bytes), bytes.length)).toEqual(bytes);
        expect(decodeBase64Url(encodeBase64Url(bytes), bytes.length)).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['no padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zg==='],
    ['padding alone', '===='],
    ['two padding signs alone', '=='],
    ['padding after a full group', 'Zm9v===='],
    ['padding in the middle', 'Zg==Zg=='],
    ['a digit too many', 'Zm9vZ==='],
    ['spare bits that are set, of one byte', 'Zh=='],
    ['spare bits that are set, of two bytes', 'Zm9='],
    ['white space', 'Zm9v\n'],
    ['white space inside', 'Zm 9v'],
    ['the other alphabet', '--__'],
    ['a character outside ASCII', 'Zm9\u00e9'],
    ['a full-width digit', 'Zm9\uff10'],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-encoding', () => decodeBase64(text));
  });

  it.each([
    ['padding', 'Zg=='],
    ['a digit too many', 'Zm9vZ'],
    ['spare bits that are set', 'Zh'],
    ['the other alphabet', '++//'],
    ['white space', 'Zg\n'],
  ])('without padding is refused with %s', (_, text) => {
    expectCode('bad-encoding', () => decodeBase64Url(text));
  });

  it('has the length that is asked for', () => {
    expectCode('bad-encoding', () => decodeBase64('Zm9v', 2));
    expectCode('bad-encoding', () => decodeBase64('', 1));
    expectCode('bad-encoding', () => decodeBase64Url('Zm9v', 4));
  });

  it('that decodes is what encoding writes, whatever the text', () => {
    const encoded = fc.uint8Array({ maxLength: 20 }).map((bytes) => encodeBase64(bytes));
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), mutated(encoded), fc.stringMatching(/^[\w+/=-]{0,12}$/)),
        (text) => {
          if (errorCode(() => decodeBase64(text)) === undefined) {
            expect(encodeBase64(decodeBase64(text))).toBe(text);
          }
          if (errorCode(() => decodeBase64Url(text)) === undefined) {
            expect(encodeBase64Url(decodeBase64Url(text))).toBe(text);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
