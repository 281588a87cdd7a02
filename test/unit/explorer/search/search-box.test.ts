/** The search box: what people type is understood, or they are told what may have been meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilters } from '#explorer/search/filter-url.ts';
import { FilterError } from '#explorer/search/filters.ts';
import { likelyMeant } from '#explorer/search/likely-meant.ts';
import { formatSearchText, readSearchText } from '#explorer/search/search-box.ts';
import { encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { anyText, filters } from './arbitraries.ts';

const LOGS = ['log.example/test', 'tecp.localhost/10667ae1/log'];
const read = (text: string) => readSearchText(text, { logs: LOGS });

function refusalOf(text: string): FilterError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

const HASH = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const HEX = toHex(HASH);
const B64U = encodeBase64Url(HASH);
const NONCE = 'wzKN3n0sXmPqT1aB-_0zYQ';

it('shows every search so that it is read as the same', () => {
  fc.assert(
    fc.property(filters, (asked) => {
      const logs = asked.log === undefined ? [] : [asked.log];
      expect(readSearchText(formatSearchText(asked), { logs })).toEqual(asked);
    }),
  );
});

it('throws nothing but FilterError, whose suggestion is a search', () => {
  const word = fc.oneof(
    anyText,
    fc.stringMatching(/^(code|policy|from|leaf|log|x):"?[a-z0-9*"\\:-]{0,70}$/),
    fc.stringMatching(/^[0-9a-fA-F]{1,80}$/),
    fc.constantFrom(
      'no_retentoin',
      'git:ab*',
      'git:*b',
      '2026',
      'from:2026',
      'log:log.example',
      '"',
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (words) => {
      try {
        read(words.join(' '));
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError);
        const { suggestion } = error as FilterError;
        if (suggestion !== undefined) parseFilters(new URLSearchParams(suggestion));
      }
    }),
  );
});

describe('understands', () => {
  it.each([
    ['', {}],
    ['  ', {}],
    ['42', { index: 42 }],
    [HEX, { hash: B64U }],
    [HEX.toUpperCase(), { hash: B64U }],
    [B64U, { hash: B64U }],
    [encodeBase64(HASH), { hash: B64U }],
    ['git:0123', { codeRef: 'git:0123' }],
    ['git:01*', { codeRefPrefix: 'git:01' }],
    ['git*', { codeRefPrefix: 'git' }],
    ['code:git:01*', { codeRefPrefix: 'git:01' }],
    ['CODE:git:01', { codeRef: 'git:01' }],
    ['code_ref:git:01', { codeRef: 'git:01' }],
    ['code:plain', { codeRef: 'plain' }],
    ['"a b"', { codeRef: 'a b' }],
    ['"a b"*', { codeRefPrefix: 'a b' }],
    ['code:"a* \\"b\\\\"', { codeRef: 'a* "b\\' }],
    ['no_retention', { policies: ['no_retention'] }],
    ['policy:own_policy no_pii', { policies: ['no_pii', 'own_policy'] }],
    [LOGS[1], { log: LOGS[1] }],
    [`log:${LOGS[0]} 5`, { log: LOGS[0], index: 5 }],
    [`issuer:${HEX} input:${HEX}`, { issuer: B64U, inputHash: B64U }],
    [`output:${B64U} leaf:${B64U}`, { outputHash: B64U, leaf: HEX }],
    [`nonce:${NONCE}`, { nonce: NONCE }],
    ['from:2026-01-01 to:2026-01-02', { fromMs: 1767225600000, toMs: 1767312000000 }],
    ['index:7', { index: 7 }],
    ['node:22', { codeRef: 'node:22' }],
    ['form:x', { codeRef: 'form:x' }],
    ['code:polcy:no_pii', { codeRef: 'polcy:no_pii' }],
    ['http://x.example/a', { codeRef: 'http://x.example/a' }],
  ])('%s', (text, asked) => expect(read(text!)).toEqual(asked));
});

describe('of what it does not understand says what was likely meant:', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  it.each([
    ['a mistyped policy', 'no_retentoin', 'q', 'policy=no_retention'],
    ['a mistyped policy among others', '5 no_retentoin', 'q', 'index=5&policy=no_retention'],
    ['a policy as nobody writes it', 'policy:No-PII', 'policy', 'policy=no_pii'],
    ['a mistyped log', 'log:log.example/tset', 'log', 'log=log.example%2Ftest'],
    ['a mistyped field', '5 polcy:no_pii', 'policy', 'index=5&policy=no_pii'],
    ['a mistyped time', 'form:2026-01-01', 'from', 'from=2026-01-01'],
    ['a commit', commit, 'q', `code_ref=git%3A${commit}`],
    ['the beginning of a commit', '0123abc', 'q', 'code_ref_prefix=git%3A0123abc'],
    ['a nonce', NONCE, 'q', `nonce=${NONCE}`],
    ['a date', '2026-11-23', 'q', 'from=2026-11-23'],
    ['a year', 'from:2026', 'from', 'from=2026-01-01'],
    ['a star in the middle', 'git:ab*cd', 'code_ref', 'code_ref_prefix=git%3Aab'],
    ['a log without its end', 'log.example/tes', 'q', 'log=log.example%2Ftest'],
    [
      'times the wrong way round',
      'from:2026-02-01 to:2026-01-01',
      'to',
      'from=2026-01-01&to=2026-02-01',
    ],
  ])('%s', (_, text, parameter, suggestion) => {
    const refusal = refusalOf(text);
    expect([refusal.parameter, refusal.suggestion]).toEqual([parameter, suggestion]);
  });
});

it('names a value that it refuses by its parameter, and not in the message, too', () => {
  const message = expect.stringMatching(/^expected /);
  expect(refusalOf('from:soon')).toMatchObject({ parameter: 'from', message });
  expect(refusalOf('log:nowhere.test/at/all')).toMatchObject({ parameter: 'log', message });
});

describe('refuses', () => {
  it.each([
    ['63 digits of a hash', HEX.slice(1), 'q', 'got 63'],
    ['a hash that is too long', `${HEX}0`, 'q', 'got 65'],
    ['a field without a value', 'leaf:', 'leaf', '64 hex digits'],
    ['what is nothing', 'hippopotamus!', 'q', 'hippopotamus!'],
    ['a quote without its end', 'code:"a b', 'q', 'quote'],
    ['a quote of no field', 'x:"a b"', 'q', 'name of a field'],
    ['two indices', '1 2', 'index', 'expected one index'],
    ['a star after a policy', 'policy:no_*', 'policy', 'policy id'],
    ['a log that is not here', 'log:nowhere.test/at/all', 'log', 'nowhere.test/at/all'],
    ['too much', 'a'.repeat(8193), 'q', '8192'],
    ['too many words', 'no_pii '.repeat(49), 'q', '48'],
    ['half a character', '\ud800', 'q', 'half'],
  ])('%s', (_, text, parameter, message) => {
    const refusal = refusalOf(text);
    expect(refusal.parameter).toBe(parameter);
    expect(refusal.message).toContain(message);
  });
});

describe('of a search that found nothing', () => {
  it('a policy close to a registered one was likely meant, or the beginning of a code reference', () => {
    expect(likelyMeant({ policies: ['eu_regoin', 'no_pii'], index: 1 })).toEqual({
      policies: ['eu_region', 'no_pii'],
      index: 1,
    });
    expect(likelyMeant({ codeRef: 'git:01', policies: ['no_pii'] })).toEqual({
      codeRefPrefix: 'git:01',
      policies: ['no_pii'],
    });
  });

  it('nothing else was likely meant', () => {
    for (const asked of [
      {},
      { index: 1 },
      { policies: ['no_pii'] },
      { policies: ['hippopotamus'] },
    ]) {
      expect(likelyMeant(asked)).toBeUndefined();
    }
  });
});
