/** What the tests of the note formats share: keys, error codes, and hostile text. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { ProtocolError, type ProtocolErrorCode } from '#protocol/errors.ts';
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import { type KeyType, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';

/** The code that `run` throws, or undefined when it returns; anything untyped is a failed test. */
export function errorCode(run: () => unknown): ProtocolErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

export function expectCode(code: ProtocolErrorCode, run: () => unknown): void {
  expect(errorCode(run)).toBe(code);
}

/** A key whose seed is one byte repeated. */
export function testKey(name: string, type: KeyType, seedByte: number): SignerKey {
  return makeSignerKey(name, type, new Uint8Array(32).fill(seedByte));
}

/** A hash that is one byte repeated. */
export function testHash(byte: number): Hash {
  return asHash(new Uint8Array(32).fill(byte));
}

/** Names that may name a key, also outside ASCII. */
export const printableName = fc.stringMatching(/^[^\p{C}\p{White_Space}+]{1,20}$/u);

const NASTY = [
  '\n',
  '\n\n',
  ' ',
  '+',
  '=',
  '\u2014 ',
  '\0',
  '\r',
  '\t',
  '\ud800',
  '0',
  'none',
  '#',
];

/** Texts of `source` with a few pieces cut out, doubled, or replaced with troublesome ones. */
export function mutated(source: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat({ max: 5 }),
    insert: fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 4, unit: 'binary' })),
  });
  return fc.tuple(source, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((current, { at, cut, insert }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + insert + current.slice(start + cut);
    }, text),
  );
}
