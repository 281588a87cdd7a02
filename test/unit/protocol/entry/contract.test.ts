/** What every entry type promises (docs/spec/entry-types.md section 2), whichever it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { checkEntry } from '#protocol/entry/check.ts';
import type { EntryType, ParsedEntry } from '#protocol/entry/entry-type.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { EntryError } from '#protocol/errors.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { guestbook } from '#test/support/guestbook/guestbook.ts';
import { signLine } from '#test/support/guestbook/line.ts';
import { freshReceipt } from '#test/support/log.ts';

const nowMs = Date.now();
/** A good submission of each type. */
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  'tecp-receipt': freshReceipt({ ts: nowMs }),
  guestbook: signLine('Was here.', nowMs, new Uint8Array(32).fill(5)),
  opaque: encodeUtf8('any bytes'),
};
const types = [...ENTRY_TYPES, guestbook].map((type): [string, EntryType] => [type.name, type]);

describe.each(types)('the type %s', (name, type) => {
  const sample = SAMPLES[name]!;

  it('recognises what it admits, and admits nothing that a reader would refuse', () => {
    expect(type.recognisesSubmission(sample)).toBe(true);
    const parsed = type.parseSubmission(sample, nowMs);
    parsed.verify();
    expect(parsed.refusedIfNew).toBeUndefined();
    expect(parsed.bytes.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
    expect(type.recognises(parsed.bytes)).toBe(true);
    expect(checkEntry(parsed.bytes, [type])).toBe(name);
    expect(toHex(type.parseEntry(parsed.bytes).bytes)).toBe(toHex(parsed.bytes));
  });

  it('refuses with a code that it names, and throws nothing else, whatever the bytes', () => {
    const text = Buffer.from(sample).toString();
    const mutated = fc
      .tuple(fc.nat(text.length - 1), fc.nat(3), fc.string({ maxLength: 5 }))
      .map(([at, drop, add]) => encodeUtf8(text.slice(0, at) + add + text.slice(at + drop)));
    const anything = fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }));
    const judge = (parse: () => ParsedEntry) => {
      try {
        parse().verify();
      } catch (error) {
        expect(error).toBeInstanceOf(EntryError);
        expect(Object.keys(type.errors)).toContain((error as EntryError).code);
      }
    };
    fc.assert(
      fc.property(anything, (bytes) => {
        type.recognisesSubmission(bytes);
        if (type.recognises(bytes)) expect(type.describe(bytes).title).not.toBe('');
        judge(() => type.parseSubmission(bytes, nowMs));
        judge(() => type.parseEntry(bytes));
      }),
    );
  });

  it('calls a submission above its limit too large', () => {
    const bytes = new Uint8Array(type.maxSubmissionBytes + 1);
    expect(() => type.parseSubmission(bytes, nowMs)).toThrow(
      expect.objectContaining({ code: 'E-SIZE-001' }),
    );
  });
});
