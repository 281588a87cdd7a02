/** Which entries pass which filters. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Candidate, Filters } from '#explorer/search/filters.ts';
import { matches } from '#explorer/search/matches.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { candidate, filters } from './arbitraries.ts';

it('nothing is asked of an entry by no filter', () => {
  fc.assert(fc.property(candidate, (entry) => matches({}, entry)));
});

/** Filters that an entry passes, one by one. */
function passedBy({ log, index, leafHash, timeMs, facts }: Candidate): Filters[] {
  const { issuer, codeRef, policies, inputHash, outputHash, nonce } = facts;
  return [
    { log },
    { index },
    { leaf: toHex(leafHash) },
    { hash: encodeBase64Url(leafHash) },
    ...(timeMs === undefined ? [] : [{ fromMs: timeMs }, { toMs: timeMs + 1 }]),
    ...(codeRef === undefined ? [] : [{ codeRef }, { codeRefPrefix: codeRef.slice(0, 4) }]),
    ...(issuer === undefined ? [] : [{ issuer }, { hash: issuer }]),
    ...(policies === undefined ? [] : [{ policies }, { policies: [policies.at(-1)!] }]),
    ...(inputHash === undefined ? [] : [{ inputHash }, { hash: inputHash }]),
    ...(outputHash === undefined ? [] : [{ outputHash }, { hash: outputHash }]),
    ...(nonce === undefined ? [] : [{ nonce }, { hash: nonce }]),
  ];
}

it('an entry is found by each thing that it says, and by all of them together', () => {
  fc.assert(
    fc.property(candidate, (entry) => {
      const passed = passedBy(entry);
      for (const one of passed) expect(matches(one, entry)).toBe(true);
      expect(matches(Object.assign({}, ...passed), entry)).toBe(true);
    }),
  );
});

it('is not found where one of the filters asks for something else', () => {
  const other = encodeBase64Url(new Uint8Array(32));
  const wrong: Filters[] = [
    { log: 'x' },
    { index: 9 },
    { leaf: '00'.repeat(32) },
    { codeRef: 'git:0' },
    { codeRefPrefix: 'it:' },
    { issuer: other },
    { policies: ['absent'] },
    { inputHash: other },
    { outputHash: other },
    { nonce: other },
    { hash: other },
    { fromMs: 11 },
    { toMs: -10 },
  ];
  fc.assert(
    fc.property(candidate, fc.constantFrom(...wrong), (entry, one) => {
      expect(matches(one, entry)).toBe(false);
      expect(matches(Object.assign({}, ...passedBy(entry), one), entry)).toBe(false);
    }),
  );
});

it('all of the policies are asked for, and times are from one, and before the other', () => {
  const entry = {
    log: 'l',
    index: 0,
    leafHash: new Uint8Array(32) as Candidate['leafHash'],
    timeMs: 5,
    facts: { policies: ['a', 'b'] },
  };
  expect(matches({ policies: ['a', 'c'] }, entry)).toBe(false);
  expect(matches({ fromMs: 5, toMs: 6 }, entry)).toBe(true);
  expect(matches({ toMs: 5 }, entry)).toBe(false);
  expect(matches({ fromMs: 0 }, { ...entry, timeMs: undefined })).toBe(false);
});

it('answers for any filters and any entry', () => {
  fc.assert(
    fc.property(filters, candidate, (asked, entry) => {
      expect(typeof matches(asked, entry)).toBe('boolean');
    }),
  );
});
