/** Canonical JSON: one text per value, and everything else refused with a code. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  canonicalize,
  canonicalizePart,
  type JsonObject,
  type JsonValue,
  parseCanonical,
  parseJson,
} from '#protocol/json/canonical.ts';

/** The code of the ProtocolError thrown; fails the test when nothing or anything else is. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as ProtocolError).code;
  }
  throw new Error('expected a ProtocolError');
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', ''));
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().map((n) => n + 0),
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 5 })
      .map((members) => Object.fromEntries(members) as JsonValue),
  ),
})).value;

describe('canonicalize', () => {
  it.each([
    // RFC 8785 section 3.2.3, and the arrays, french, structures and unicode files of its author.
    [
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
    ['[56,{"d":true,"10":null,"1":[ ]}]', '[56,{"1":[],"10":null,"d":true}]'],
    [
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    ],
    [
      '{"1":{"f":{"f":"hi","F":5},"\\n":56},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
    ],
    ['{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'],
    // The strings of RFC 8785 section 3.2.2.
    [
      '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"',
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    ],
    ['"\\u007f\\u0008\\t\\f\\u001b"', '"\u007f\\b\\t\\f\\u001b"'],
  ])('writes the published example %s', (input, output) => {
    const bytes = canonicalize(parseJson(encodeUtf8(input)));
    expect(decodeUtf8(bytes)).toBe(output);
    expect(parseCanonical(bytes)).toEqual(JSON.parse(input));
  });

  it('refuses what JSON cannot express exactly', () => {
    const lone = '\ud800';
    const refused: unknown[] = [
      -0,
      0.5,
      2 ** 53,
      -(2 ** 53),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      undefined,
      lone,
      `${lone}x`,
      '\udc00\ud800',
      { [lone]: 1 },
      { a: undefined },
      [undefined],
      new Array(2),
      () => 1,
      Symbol('s'),
      new Date(0),
      new Map(),
      new Uint8Array(1),
      Object.create({ a: 1 }),
    ];
    for (const value of refused) expect(codeOf(() => canonicalize(value))).toBe('bad-json');
  });

  it('takes integers up to 2^53-1 and nesting up to 16', () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(decodeUtf8(canonicalize([max, -max, 0]))).toBe(`[${max},${-max},0]`);
    expect(decodeUtf8(canonicalize(JSON.parse(nested(16))))).toBe(nested(16));
    expect(codeOf(() => canonicalize(JSON.parse(nested(17))))).toBe('bad-json');
  });

  it('refuses a cyclic value', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(codeOf(() => canonicalize(cyclic))).toBe('bad-json');
  });

  it('counts its limit in bytes of UTF-8', () => {
    expect(canonicalize('x'.repeat(8190))).toHaveLength(8192);
    expect(codeOf(() => canonicalize('x'.repeat(8191)))).toBe('too-large');
    expect(codeOf(() => canonicalize('é'.repeat(4096)))).toBe('too-large');
    expect(canonicalize('é'.repeat(4096), 8194)).toHaveLength(8194);
    expect(canonicalize(new Array(4095).fill(1))).toHaveLength(8191);
    expect(codeOf(() => canonicalize(new Array(4097).fill(1)))).toBe('too-large');
  });

  it('keeps members named like properties of Object.prototype', () => {
    const input = '{"__proto__":{"polluted":1},"constructor":2,"toString":3}';
    const value = parseJson(encodeUtf8(input));
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(decodeUtf8(canonicalize(value))).toBe(input);
    expect(parseCanonical(encodeUtf8(input))).toEqual(JSON.parse(input));
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('parseCanonical', () => {
  it.each([
    '',
    ' ',
    '{} ',
    ' {}',
    '{}\n',
    '\ufeff{}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,"a":2}',
    '{"a": 1}',
    '[1, 2]',
    '1.0',
    '1e2',
    '-0',
    '0.5',
    '01',
    '9007199254740992',
    '"\\u0041"',
    '"\\/"',
    '"\\u000A"',
    '"\\ud800"',
    '{"\\u0061":1}',
    'nul',
    '{"a":}',
    '{',
    '[1,]',
    "'a'",
    '{"10":1,"9":2,"10":1}',
    '{"9":1,"10":2}',
    'NaN',
    '"\t"',
    '1 2',
    nested(17),
  ])('refuses %j', (input) => {
    expect(codeOf(() => parseCanonical(encodeUtf8(input)))).toBe('bad-json');
  });

  it('takes keys that look like indices in their canonical order', () => {
    expect(parseCanonical(encodeUtf8('{"10":1,"9":2}'))).toEqual({ 9: 2, 10: 1 });
  });

  it('refuses invalid UTF-8 and text above the limit', () => {
    const invalid = concatBytes(encodeUtf8('"'), Uint8Array.of(0xc3, 0x28), encodeUtf8('"'));
    expect(codeOf(() => parseCanonical(invalid))).toBe('bad-json');
    expect(codeOf(() => parseJson(invalid))).toBe('bad-json');
    const surrogate = Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22);
    expect(codeOf(() => parseCanonical(surrogate))).toBe('bad-json');
    expect(codeOf(() => parseCanonical(new Uint8Array(8193)))).toBe('too-large');
    expect(codeOf(() => parseJson(new Uint8Array(8193)))).toBe('too-large');
    expect(parseCanonical(encodeUtf8(`"${'x'.repeat(9000)}"`), 10_000)).toHaveLength(9000);
  });

  it('takes a name with an escape for itself, whatever was parsed before', () => {
    // V8 13.6 expects the name that came after the same others before, and compares it with what is still escaped.
    JSON.parse('{"!only here":1,"\\\\":1}');
    const text = '{"!only here":1,"\\"":1}';
    expect(parseCanonical(encodeUtf8(text))).toEqual({ '!only here': 1, '"': 1 });
  });

  it('takes back every value that canonicalize writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const bytes = canonicalize(value, 1 << 20);
        const parsed = parseCanonical(bytes, 1 << 20);
        expect(parsed).toEqual(value);
        expect(canonicalize(parsed, 1 << 20)).toEqual(bytes);
      }),
    );
  });

  it('accepts no bytes but those that canonicalize writes, whatever is changed in them', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(json, change, (value, { at, byte, cut }) => {
        const bytes = Array.from(canonicalize(value, 1 << 20));
        if (cut) bytes.splice(at % bytes.length, 1);
        else bytes[at % bytes.length] = byte;
        const changed = Uint8Array.from(bytes);
        let parsed: JsonValue;
        try {
          parsed = parseCanonical(changed, 1 << 20);
        } catch (error) {
          expect((error as ProtocolError).code).toBe('bad-json');
          return;
        }
        expect(canonicalize(parsed, 1 << 20)).toEqual(changed);
      }),
    );
  });
});

describe('canonicalizePart', () => {
  it('writes any part of a canonical value, whatever its members are called', () => {
    const input = '{"":1,"10":{"a":2},"9":"é","__proto__":{"b":"\\n"},"z":[1,{}]}';
    const { '': _, ...rest } = parseCanonical(encodeUtf8(input)) as JsonObject;
    expect(decodeUtf8(canonicalizePart(rest))).toBe(input.replace('"":1,', ''));
  });

  it('writes and refuses what canonicalize does, whatever a text stands for', () => {
    const fraction = fc.double({ noNaN: true, noDefaultInfinity: true });
    const loose = fc.oneof(json, fc.jsonValue(), fraction, fc.string({ unit: 'binary' }));
    const texts = fc.oneof(
      fc.tuple(loose, loose).map((pair) => JSON.stringify(pair)),
      fc.dictionary(key, loose, { noNullPrototype: true }).map((value) => JSON.stringify(value)),
      fc.constantFrom('-0', '[-0]', '"\\ud800"', '{"\\ud800":1}', '1e400', nested(16), nested(17)),
    );
    const resultOf = (write: (value: JsonValue) => Uint8Array, value: JsonValue) => {
      try {
        return decodeUtf8(write(value));
      } catch (error) {
        return [(error as ProtocolError).code, (error as ProtocolError).message];
      }
    };
    fc.assert(
      fc.property(texts, (text) => {
        const value: JsonValue = JSON.parse(text);
        const expected = resultOf((it) => canonicalize(it, 1 << 20), value);
        expect(resultOf(canonicalizePart, value)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseJson', () => {
  it('takes white space, any order of members and any escape', () => {
    const input = '\r\n{ "b" : [ 1 ,\t2 ] , "a" : "\\u0041\\/\\ud83d\\ude00" }\n';
    expect(parseJson(encodeUtf8(input))).toEqual({ a: 'A/😀', b: [1, 2] });
  });

  it.each([
    '',
    ' ',
    '{',
    '}',
    '[',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '{"a":1 "b":2}',
    '[1 2]',
    '01',
    '-',
    '-0',
    '+1',
    '.5',
    '1.',
    '1.0',
    '0.5',
    '1e2',
    '1E+2',
    '0e0',
    '9007199254740992',
    '-9007199254740992',
    'NaN',
    'Infinity',
    'tru',
    'truex',
    'nulll',
    '"',
    '"\\x"',
    '"\\u12"',
    '"\n"',
    '"\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    "'a'",
    '{"a":1}x',
    '1 2',
    '\ufeff1',
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":1}',
    '/**/1',
    nested(17),
  ])('refuses %j', (input) => {
    expect(codeOf(() => parseJson(encodeUtf8(input)))).toBe('bad-json');
  });

  it('reads every value back from any spelling of it', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, 2, '\t'), (value, indent) => {
        const spelled = JSON.stringify(value, null, indent).replaceAll('/', '\\/');
        expect(parseJson(encodeUtf8(spelled), 1 << 20)).toEqual(value);
      }),
    );
  });

  it('agrees with JSON.parse on whatever it accepts, and throws nothing but ProtocolError', () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ \n-0123456789.eE+'.split(''),
      ...[
        'true',
        'false',
        'null',
        '"a"',
        '"b":',
        '"__proto__":',
        '\\u0041',
        '\\ud800',
        'é',
        '\u0001',
      ],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const input = tokens.join('');
        let value: JsonValue;
        try {
          value = parseJson(encodeUtf8(input));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return;
        }
        expect(value).toEqual(JSON.parse(input));
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but ProtocolError on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        for (const parse of [parseJson, parseCanonical]) {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
    );
  });

  it('reads long strings and long refusals in linear time', () => {
    const long = `"${'\\n'.repeat(500_000)}`;
    expect(parseJson(encodeUtf8(`${long}"`), 1 << 21)).toHaveLength(500_000);
    expect(codeOf(() => parseJson(encodeUtf8(long), 1 << 21))).toBe('bad-json');
    const deep = encodeUtf8('['.repeat(500_000));
    expect(codeOf(() => parseJson(deep, 1 << 21))).toBe('bad-json');
    expect(codeOf(() => parseCanonical(deep, 1 << 21))).toBe('bad-json');
  });
});
