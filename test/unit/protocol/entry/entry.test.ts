/** Entry types: which bytes are recognised as what, how they are admitted, how they are checked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { checkEntry, recogniseEntry } from '#protocol/entry/check.ts';
import { opaque } from '#protocol/entry/opaque/opaque.ts';
import { ENTRY_TYPE_NAMES, entryTypes } from '#protocol/entry/registry.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { EntryError } from '#protocol/errors.ts';
import { canonicalize } from '#protocol/json/canonical.ts';
import { PROFILES } from '#protocol/receipt/profiles.ts';
import { freshReceipt } from '#test/support/log.ts';

const both = entryTypes(['opaque', 'tecp-receipt']);
const receiptsOnly = entryTypes(['tecp-receipt']);
const nowMs = 1_750_000_000_000;
const receipt = freshReceipt({ ts: nowMs });
const object = JSON.parse(Buffer.from(receipt).toString());

function refusal(work: () => unknown): { code: string; field: string | undefined } {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(EntryError);
    const { code, field } = error as EntryError;
    return { code, field };
  }
  throw new Error('expected a refusal');
}

describe('the registry', () => {
  it('knows these types, and recognises the strict one before the one that takes all', () => {
    expect(ENTRY_TYPE_NAMES).toEqual(['tecp-receipt', 'opaque']);
    expect(both.map(({ name }) => name)).toEqual(['tecp-receipt', 'opaque']);
    expect(() => entryTypes(['tecp-receipt', 'nonsense'])).toThrow(RangeError);
    expect(entryTypes([])).toEqual([]);
  });

  it('recognises a receipt by its first bytes and its version member', () => {
    const cases: [string | Uint8Array, string][] = [
      [receipt, 'tecp-receipt'],
      ['{"version":"TECP-9"}', 'tecp-receipt'],
      ['{"x":{"version":"TECP-0.1"}}', 'tecp-receipt'],
      ['{ "version":"TECP-0.1"}', 'opaque'],
      ['{"version": "TECP-0.1"}', 'opaque'],
      ['{"version":"tecp-0.1"}', 'opaque'],
      [`\ufeff${Buffer.from(receipt)}`, 'opaque'],
      ['\ufeff{"version":"TECP-0.1"}', 'opaque'],
      ['', 'opaque'],
      ['hello', 'opaque'],
      [Uint8Array.of(0xff, 0xfe), 'opaque'],
    ];
    for (const [entry, name] of cases) {
      const bytes = typeof entry === 'string' ? encodeUtf8(entry) : entry;
      expect(recogniseEntry(bytes, both)?.name).toBe(name);
      const only = name === 'tecp-receipt' ? name : undefined;
      expect(recogniseEntry(bytes, receiptsOnly)?.name).toBe(only);
    }
  });

  it('recognises every receipt that it admits: none can pass for something else', () => {
    const parsed = tecpReceipt.parseSubmission(encodeUtf8(JSON.stringify(object, null, 1)), nowMs);
    expect(recogniseEntry(parsed.bytes, both)).toBe(tecpReceipt);
  });
});

describe('tecp-receipt', () => {
  it('makes one entry of every spelling, without log_inclusion', () => {
    const proven = { ...object, log_inclusion: { proof: 'x' } };
    const spellings = [
      receipt,
      canonicalize(proven),
      encodeUtf8(JSON.stringify(proven, null, 2)),
      encodeUtf8(JSON.stringify(Object.fromEntries(Object.entries(object).reverse()))),
    ];
    for (const spelling of spellings) {
      const parsed = tecpReceipt.parseSubmission(spelling, nowMs);
      expect(toHex(parsed.bytes)).toBe(toHex(receipt));
      parsed.verify();
      expect(parsed.refusedIfNew).toBeUndefined();
    }
  });

  it('takes a proof attached up to 1 MiB, though the entry itself is limited to 8 KiB', () => {
    const large = { ...object, log_inclusion: { proof: '"\\\n'.repeat(170_000) } };
    const pretty = encodeUtf8(JSON.stringify(large, null, 1));
    expect(toHex(tecpReceipt.parseSubmission(pretty, nowMs).bytes)).toBe(toHex(receipt));
    const larger = { ...object, log_inclusion: { proof: 'x'.repeat(1024 * 1024) } };
    for (const bytes of [canonicalizeAny(larger), encodeUtf8(JSON.stringify(larger, null, 1))]) {
      expect(refusal(() => tecpReceipt.parseSubmission(bytes, nowMs)).code).toBe('E-SIZE-001');
    }
  });

  it('has at most 64 KiB outside of its strings, whatever is in them', () => {
    const padded = (count: number) => {
      const text = JSON.stringify({
        ...object,
        log_inclusion: { proof: '{"\\",[1]}'.repeat(999) },
      });
      const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').length;
      return encodeUtf8(text + ' '.repeat(count - outside));
    };
    const { bytes } = tecpReceipt.parseSubmission(padded(65_536), nowMs);
    expect(toHex(bytes)).toBe(toHex(receipt));
    expect(refusal(() => tecpReceipt.parseSubmission(padded(65_537), nowMs)).code).toBe(
      'E-SIZE-001',
    );
    const numbers = encodeUtf8(`[${'1,'.repeat(500_000)}1]`);
    expect(refusal(() => tecpReceipt.parseSubmission(numbers, nowMs)).code).toBe('E-SIZE-001');
  });

  it.each([
    ['at the limit of its age', PROFILES['tecp-lite'].maxAgeMs, undefined],
    ['beyond it', PROFILES['tecp-lite'].maxAgeMs + 1, 'E-TS-003'],
    ['at the limit of the future', -PROFILES['tecp-lite'].futureSkewMs, undefined],
    ['beyond that', -PROFILES['tecp-lite'].futureSkewMs - 1, 'E-TS-002'],
  ])('%s is judged by the widest profile, and refused only if new', (_, ageMs, code) => {
    const parsed = tecpReceipt.parseSubmission(receipt, nowMs + ageMs);
    expect(parsed.refusedIfNew?.code).toBe(code);
    if (code !== undefined) expect(parsed.refusedIfNew?.field).toBe('ts');
  });

  it('is described by the code that ran and its time, and by its size if it cannot be read', () => {
    const described = { title: object.code_ref, timeMs: nowMs };
    expect(tecpReceipt.describe(receipt)).toMatchObject(described);
    const malformed = (text: string) => tecpReceipt.describe(encodeUtf8(text));
    expect(malformed('{"code_ref":"x","ts":"1"}')).toEqual({ title: 'x', facts: { codeRef: 'x' } });
    const unreadable = { title: 'malformed receipt of 17 bytes', facts: {} };
    expect(malformed('{"version":"TECP-')).toEqual(unreadable);
    expect(opaque.describe(encodeUtf8('hello'))).toEqual({ title: '5 bytes' });
  });

  it('is found by what it says of itself, as far as that has its form', () => {
    const { pubkey, code_ref, policy_ids, input_hash, output_hash, nonce } = object;
    const facts = {
      issuer: pubkey,
      codeRef: code_ref,
      policies: policy_ids,
      inputHash: input_hash,
      outputHash: output_hash,
      nonce,
    };
    expect(tecpReceipt.describe(receipt).facts).toEqual(facts);
    const spoilt = {
      pubkey: '\u202e',
      code_ref: 'caf\u00e9',
      policy_ids: ['b', 'a'],
      input_hash: input_hash.slice(1),
      output_hash: 7,
      nonce: 'AA',
    };
    for (const [member, value] of Object.entries(spoilt)) {
      const changed = encodeUtf8(JSON.stringify({ ...object, [member]: value }));
      const { facts: left } = tecpReceipt.describe(changed);
      expect(Object.keys(left!).length, member).toBe(Object.keys(facts).length - 1);
      expect(Object.values(left!)).not.toContain(value);
    }
  });

  it('as it stands in the log has no age, but must be exact', async () => {
    expect(tecpReceipt.parseEntry(receipt).refusedIfNew).toBeUndefined();
    const pretty = encodeUtf8(JSON.stringify(object, null, 1));
    expect(refusal(() => tecpReceipt.parseEntry(pretty)).code).toBe('E-SCHEMA-003');
  });

  it('never throws anything but EntryError', () => {
    const text = Buffer.from(receipt).toString();
    const mutated = fc
      .tuple(fc.nat(text.length - 1), fc.nat(3), fc.string({ unit: 'grapheme', maxLength: 5 }))
      .map(([at, drop, add]) => encodeUtf8(text.slice(0, at) + add + text.slice(at + drop)));
    const anything = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map(encodeUtf8),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        for (const parse of [
          () => tecpReceipt.parseSubmission(bytes, nowMs),
          () => tecpReceipt.parseEntry(bytes),
        ]) {
          try {
            parse();
          } catch (error) {
            expect(error).toBeInstanceOf(EntryError);
          }
        }
        tecpReceipt.recognises(bytes);
        tecpReceipt.recognisesSubmission(bytes);
        expect(tecpReceipt.describe(bytes).title).toEqual(expect.any(String));
      }),
      { numRuns: 500 },
    );
  });
});

describe('opaque', () => {
  it('takes any bytes up to 65,535, as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const parsed = opaque.parseSubmission(bytes, nowMs);
        expect(toHex(parsed.bytes)).toBe(toHex(bytes));
        parsed.verify();
      }),
    );
    expect(opaque.parseEntry(new Uint8Array(65_535)).bytes).toHaveLength(65_535);
    expect(refusal(() => opaque.parseEntry(new Uint8Array(65_536))).code).toBe('E-SIZE-001');
  });
});

describe('checkEntry', () => {
  const code = (entry: Uint8Array, types = both) => refusal(() => checkEntry(entry, types)).code;

  it('names the type of an entry that is sound', () => {
    expect(checkEntry(receipt, both)).toBe('tecp-receipt');
    expect(checkEntry(encodeUtf8('hello'), both)).toBe('opaque');
  });

  it('refuses what its log does not carry, or what was changed, spelled otherwise or added to', () => {
    expect(code(encodeUtf8('hello'), receiptsOnly)).toBe('E-SCHEMA-002');
    const text = Buffer.from(receipt).toString();
    expect(code(encodeUtf8(text.replace('git:0', 'git:1')))).toBe('E-SIG-002');
    expect(code(encodeUtf8(`${text} `))).toBe('E-SCHEMA-003');
    const proven = canonicalize({ ...object, log_inclusion: { proof: 'x' } });
    expect(code(proven)).toBe('E-SCHEMA-003');
  });
});

/** Sorted members without the size limit of canonical form. */
function canonicalizeAny(value: Record<string, unknown>): Uint8Array {
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return encodeUtf8(JSON.stringify(Object.fromEntries(members)));
}
