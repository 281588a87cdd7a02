/** Looking at one member of a JSON text without parsing the rest. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { peekString } from '#protocol/json/peek.ts';

const peek = (text: string, name = 'kind') => peekString(encodeUtf8(text), name);

describe('peekString', () => {
  it('finds what JSON.parse finds, in any spelling', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.nat(3),
        (object, value, indent) => {
          const text = JSON.stringify(
            { before: object, ...object, kind: value, after: object },
            null,
            indent,
          );
          expect(peek(text)).toBe(JSON.parse(text).kind);
        },
      ),
    );
    expect(peek(' \n{\t"\\u006bind" : "a\\u0062" }')).toBe('ab');
  });

  it('looks at the outermost object only, and for strings only', () => {
    expect(peek('{"a":{"kind":"x"},"b":[{"kind":"y"}]}')).toBeUndefined();
    expect(peek('[{"kind":"x"}]')).toBeUndefined();
    expect(peek('["kind","x"]')).toBeUndefined();
    expect(peek('{"a":"kind","b":"\\"kind\\":\\"x\\""}')).toBeUndefined();
    expect(peek('{"kind":1}')).toBeUndefined();
    expect(peek('{"kind":{"kind":"x"}}')).toBeUndefined();
    expect(peek('{"a":{}} {"kind":"x"}')).toBeUndefined();
    expect(peek('"kind":"x"')).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    const text = '{"a":[1,{"kind":"\\\\"}],"kind":"x\\"y"}';
    const cut = fc.nat(text.length).map((length) => encodeUtf8(text.slice(0, length)));
    fc.assert(
      fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const found = peekString(bytes, 'kind');
        expect(['string', 'undefined']).toContain(typeof found);
      }),
    );
  });

  it('parses no string but the one that it answers', () => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      const names = [
        'k\\u0069nx',
        '\\x\\x',
        '\\u00',
        'kin\\u',
        '\\u006g',
        'kind\\u0064',
        'kinds',
        'kin',
      ];
      const text = names.map((name) => `"${name}":1,`).join('');
      expect(peek(`{${text}"k\\u0069N\\u0044":"a","\\u006B\\u0069nd":"b"}`)).toBe('b');
      expect(parse.mock.calls).toEqual([['"b"']]);
    } finally {
      parse.mockRestore();
    }
  });

  it('takes linear time for a mebibyte of quotes, backslashes, spaces or brackets', () => {
    // Quadratic time would be hours.
    const budgetMs = 30_000;
    for (const piece of ['\\', '\\"', '"', ' ', '{', '""', '"":', '"k":"\\\\"  ,', '"\\u006']) {
      const bytes = encodeUtf8(`{${piece.repeat(Math.ceil(2 ** 20 / piece.length))}`);
      const startMs = performance.now();
      peekString(bytes, 'kind');
      expect(performance.now() - startMs).toBeLessThan(budgetMs);
    }
  });
});
