/** Filters in URLs: one canonical form, every spelling of a value, and errors that name what is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFilters, parseFilters } from '#explorer/search/filter-url.ts';
import { FilterError, type Filters } from '#explorer/search/filters.ts';
import { encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { anyText, bytes, filters } from './arbitraries.ts';

const parse = (query: string, others?: string[]) =>
  parseFilters(new URLSearchParams(query), others);
const canonical = (query: string) => formatFilters(parse(query)).toString();

function refusalOf(query: string): FilterError {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${query} was taken`);
}

const HASH = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const HEX = toHex(HASH);
const B64U = encodeBase64Url(HASH);

it('reads what it writes, whatever is asked for', () => {
  fc.assert(
    fc.property(filters, (asked) => {
      const query = formatFilters(asked).toString();
      expect(parse(query)).toEqual(asked);
      expect(canonical(query)).toBe(query);
    }),
  );
});

it('throws nothing but FilterError, whatever the query, and what it reads is canonical', () => {
  const name = fc.oneof(
    fc.constantFrom('log', 'index', 'leaf', 'code_ref', 'issuer', 'policy', 'nonce', 'from', 'to'),
    fc.string(),
  );
  const value = fc.oneof(
    anyText,
    fc.constantFrom('2026-11-23', '2026-02-30', '1', HEX, B64U, '-1', '1e3', '99999999999999999'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (pairs) => {
      const params = new URLSearchParams(pairs);
      let read: Filters;
      try {
        read = parseFilters(params);
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError);
        return;
      }
      expect(parseFilters(formatFilters(read))).toEqual(read);
    }),
  );
});

it('has one URL for all spellings of a search', () => {
  const b64 = encodeBase64(HASH);
  for (const spelling of [HEX, HEX.toUpperCase(), B64U, b64, b64.replace('=', ''), `${B64U}=`]) {
    const asked = new URLSearchParams({ hash: spelling, leaf: spelling });
    expect(formatFilters(parseFilters(asked)).toString()).toBe(`leaf=${HEX}&hash=${B64U}`);
    // Not escaped, as people paste it: the plus arrives as a space.
    expect(canonical(`issuer=${spelling}`)).toBe(`issuer=${B64U}`);
  }
});

it('any bytes of the right length are read in each spelling', () => {
  fc.assert(
    fc.property(bytes(32), (hash) => {
      const spellings = [toHex(hash), encodeBase64(hash), encodeBase64Url(hash)];
      for (const spelling of spellings) {
        const params = new URLSearchParams({ input_hash: spelling });
        expect(parseFilters(params)).toEqual({ inputHash: encodeBase64Url(hash) });
      }
    }),
  );
});

it('writes parameters in one order, and policies ascending, each once', () => {
  expect(
    canonical('to=2026-01-02&policy=no_pii&index=1&policy=eu_region&policy=no_pii&log=a'),
  ).toBe('log=a&index=1&policy=eu_region&policy=no_pii&to=2026-01-02');
});

it('an empty parameter asks for nothing, as a form sends it', () => {
  expect(parse('code_ref=&issuer=&policy=&policy=&from=&index=1')).toEqual({ index: 1 });
});

it('leaves alone what its caller reads', () => {
  expect(parse('index=1&cursor=a&cursor=b', ['cursor', 'limit'])).toEqual({ index: 1 });
});

describe('times', () => {
  const utc = Date.UTC(2026, 10, 23, 10, 5);
  it.each([
    ['2026-11-23', Date.UTC(2026, 10, 23)],
    ['2026-11-23T10:05', utc],
    ['2026-11-23T10:05Z', utc],
    ['2026-11-23t10:05:00z', utc],
    ['2026-11-23T10:05:00.000', utc],
    ['2026-11-23T10:05:00.5', utc + 500],
    ['2026-11-23T12:05+02:00', utc],
    ['2026-11-23T09:35-00:30', utc],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    [String(utc), utc],
    ['0', 0],
    ['253402300800000', 253402300800000],
  ])('%s is %d', (text, fromMs) => {
    expect(parse(`from=${text}`)).toEqual({ fromMs });
    expect(parse(`from=${encodeURIComponent(text)}`)).toEqual({ fromMs });
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-11-23T24:00',
    '2026-11-23T10:60',
    '2026-11-23T10:00+24:00',
    '2026-11-23T10:00-01:60',
    '1969-12-31',
    '-1',
  ])('%s is none', (text) => expect(refusalOf(`to=${text}`).parameter).toBe('to'));

  it('a year or seconds are not taken for milliseconds, and what they are is suggested', () => {
    expect(refusalOf('from=2026').suggestion).toBe('from=2026-01-01');
    expect(refusalOf('from=1700000000').suggestion).toBe('from=1700000000000');
    expect(refusalOf('from=15').suggestion).toBeUndefined();
  });

  it('have to be in their order', () => {
    const refusal = refusalOf('from=2026-02-01&to=2026-01-01&index=1');
    expect([refusal.parameter, refusal.suggestion]).toEqual([
      'to',
      'index=1&from=2026-01-01&to=2026-02-01',
    ]);
    expect(refusalOf('from=2026-02-01&to=2026-02-01').suggestion).toBeUndefined();
  });
});

describe('refuses, naming the parameter,', () => {
  it.each([
    ['a hash with a digit missing', `leaf=${HEX.slice(1)}`, 'leaf', '63 hex digits'],
    ['a hash that is too long', `hash=${HEX}00`, 'hash', '66 hex digits'],
    ['a key of the wrong length', `issuer=${B64U.slice(0, 40)}`, 'issuer', '30 bytes'],
    ['what is no hash', 'input_hash=abc!', 'input_hash', 'neither'],
    ['base64 with spare bits', `output_hash=${B64U.slice(0, -1)}_`, 'output_hash', 'neither'],
    ['a short nonce', 'nonce=abcd', 'nonce', '16 to 64'],
    ['a signed index', 'index=-1', 'index', '-1'],
    ['an index with a zero in front', 'index=01', 'index', '01'],
    ['an index beyond all', 'index=9007199254740992', 'index', '9007199254740992'],
    ['a code reference with an accent', 'code_ref=%C3%A9', 'code_ref', 'ASCII'],
    ['a long code reference', `code_ref=${'a'.repeat(257)}`, 'code_ref', '257'],
    ['a long value', `log=${'a'.repeat(1025)}`, 'log', '1025'],
    ['a repeated parameter', 'index=1&index=2', 'index', 'one value'],
    ['too many policies', many(17, (i) => `policy=p${i}`), 'policy', '17'],
    ['too many parameters', many(65, () => 'policy=a'), 'policy', '64'],
    ['what is no time', 'from=yesterday', 'from', 'yesterday'],
  ])('%s', (_, query, parameter, message) => {
    const refusal = refusalOf(query);
    expect(refusal.parameter).toBe(parameter);
    expect(refusal.message).toContain(message);
  });

  function many(count: number, one: (i: number) => string): string {
    return Array.from({ length: count }, (_, i) => one(i)).join('&');
  }
});

it('an unknown parameter suggests the query with the nearest one', () => {
  const refusal = refusalOf('code-ref=git%3A1&index=1');
  expect([refusal.parameter, refusal.suggestion]).toEqual(['code-ref', 'code_ref=git%3A1&index=1']);
  expect(() => parse('limt=1', ['limit'])).toThrow('did you mean limit?');
  expect(refusalOf('colour=red').suggestion).toBeUndefined();
});

it('a policy id that cannot be one suggests the one in the registry', () => {
  expect(refusalOf('policy=No-Retention&index=1').suggestion).toBe('policy=no_retention&index=1');
});
