/** Filters, and entries that they are asked about, at random. */
import fc from 'fast-check';
import type { Candidate, Filters } from '#explorer/search/filters.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { asLeafHash } from '#protocol/merkle/hash.ts';

export const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
/** Of any units, halves of characters among them. */
export const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const b64u = (min: number, max?: number) => bytes(min, max).map(encodeBase64Url);
const printableAscii = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 256 });
const policies = fc
  .uniqueArray(fc.constantFrom('no_pii', 'no_retention', 'eu_region', 'x', '5', 'own_policy'), {
    minLength: 1,
  })
  .map((ids) => ids.sort());
const times = fc.oneof(fc.nat({ max: 4 * 10 ** 12 }), fc.maxSafeNat());

/** All members are optional, and canonical. */
export const filters: fc.Arbitrary<Filters> = fc
  .record(
    {
      log: fc
        .oneof(fc.constant('log.example/test'), fc.string({ unit: 'grapheme', minLength: 1 }))
        .filter((text) => text.isWellFormed()),
      index: fc.oneof(fc.nat({ max: 9 }), fc.maxSafeNat()),
      leaf: bytes(32).map(toHex),
      codeRef: printableAscii,
      codeRefPrefix: printableAscii,
      issuer: b64u(32),
      policies,
      inputHash: b64u(32),
      outputHash: b64u(32),
      // What reads as hex, too.
      nonce: fc.oneof(b64u(16, 64), fc.constant('abcdef0123456789'.repeat(2))),
      hash: b64u(32),
      fromMs: times,
      toMs: times,
    },
    { requiredKeys: [] },
  )
  .filter(({ fromMs, toMs }) => fromMs === undefined || toMs === undefined || fromMs < toMs);

export const candidate: fc.Arbitrary<Candidate> = fc.record(
  {
    log: fc.constantFrom('log.example/test', 'log.example/other'),
    index: fc.nat({ max: 3 }),
    leafHash: bytes(32).map((hash) => asLeafHash(hash)),
    timeMs: fc.integer({ min: -10, max: 10 }),
    facts: fc.record(
      {
        issuer: b64u(32),
        codeRef: fc.constantFrom('git:01', 'git:0123', 'build:01'),
        policies,
        inputHash: b64u(32),
        outputHash: b64u(32),
        nonce: b64u(16, 64),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['log', 'index', 'leafHash', 'facts'] },
);
