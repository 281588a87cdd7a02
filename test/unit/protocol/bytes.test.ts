/** Bytes, text and integers: one canonical form each, and nothing else is read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  decodeUint64,
  decodeUtf8,
  encodeUint64,
  encodeUtf8,
  equalBytes,
  fromHex,
  isLongerThan,
  parseDecimal,
  toHex,
} from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { expectCode } from './note/support.ts';

describe('UTF-8', () => {
  it('survives the round trip for every well-formed string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  it('is longer than a limit when its bytes are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 40 }), (text, limit) => {
        expect(isLongerThan(text, limit)).toBe(encodeUtf8(text).length > limit);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it.each([
    ['a stray continuation byte', [0x80]],
    ['an overlong encoding', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a truncated sequence', [0xe2, 0x82]],
  ])('is refused with %s', (_, bytes) => {
    expectCode('bad-encoding', () => decodeUtf8(Uint8Array.from(bytes)));
  });

  it('that is refused names the field', () => {
    try {
      decodeUtf8(Uint8Array.of(0xff), 'origin');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ field: 'origin' });
    }
  });
});

describe('hex', () => {
  it('survives the round trip', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes), bytes.length)).toEqual(bytes);
      }),
    );
  });

  it.each(['0', 'AB', '0g', ' 00', '00\n', '0x00', '\uff10\uff10'])('is refused as %j', (text) => {
    expectCode('bad-encoding', () => fromHex(text));
  });

  it('has the length that is asked for', () => {
    expectCode('bad-encoding', () => fromHex('0000', 1));
    expectCode('bad-encoding', () => fromHex('', 1));
  });
});

describe('64-bit integers', () => {
  it('survive the round trip, big-endian', () => {
    expect(encodeUint64(258)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2));
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(decodeUint64(encodeUint64(value))).toBe(value);
      }),
    );
  });

  it('are read at an offset into a larger buffer', () => {
    expect(decodeUint64(concatBytes(Uint8Array.of(9), encodeUint64(5)).subarray(1))).toBe(5);
  });

  it('are refused beyond 2^53-1 and in another length', () => {
    expect(decodeUint64(Uint8Array.of(0, 31, 255, 255, 255, 255, 255, 255))).toBe(2 ** 53 - 1);
    expectCode('bad-encoding', () => decodeUint64(Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0)));
    expectCode('bad-encoding', () => decodeUint64(new Uint8Array(8).fill(255)));
    expectCode('bad-encoding', () => decodeUint64(new Uint8Array(7)));
    expectCode('bad-encoding', () => decodeUint64(new Uint8Array(9)));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    'are never made of %d',
    (value) => {
      expect(() => encodeUint64(value)).toThrow(RangeError);
    },
  );
});

describe('decimal integers', () => {
  it('survive the round trip', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(parseDecimal(String(value))).toBe(value);
      }),
    );
  });

  it.each([
    '',
    '00',
    '01',
    '+1',
    '-1',
    '-0',
    ' 1',
    '1 ',
    '1\n',
    '1.0',
    '1e3',
    '0x1',
    '\u0661',
    '9007199254740992',
    '9'.repeat(30),
  ])('are refused as %j', (text) => {
    expectCode('bad-encoding', () => parseDecimal(text));
  });
});

describe('byte arrays', () => {
  it('are joined in order', () => {
    expect(concatBytes()).toEqual(new Uint8Array(0));
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });

  it('are equal in length and in every byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });
});
