/**
 * What an explorer's index is measured with: entries of a log that follow from their numbers, so that nobody has to
 * keep a million of them, and searches of each kind, with the nastiest that the entries allow.
 *
 * Receipts of three thousand issuers and three hundred programs, a few of them most of the log, in the order of their
 * times, with hashes and nonces of their own; signatures are noise, which no index looks at.
 */
import { sha256 } from '#crypto';
import type { Filters } from '#explorer/search/filters.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { receiptOf } from '#test/support/indexed-log.ts';

const ISSUERS = 3000;
const CODE_REFS = 300;
const FIRST_MS = 1_750_000_000_000;
const SECOND_MS = 1000;
/** The first entries are of a program that no later one names. */
const OLDEST = 100;
/** One of so many is by an issuer of three entries. */
const RARE = 1000;
const PADDING = 'x'.repeat(180);

export type World = 'receipts' | 'everything distinct';

function digest(text: string): Uint8Array {
  return sha256(encodeUtf8(text));
}

const hashOf = (text: string) => encodeBase64Url(digest(text));
const nonceOf = (index: number) => encodeBase64Url(digest(`nonce ${index}`).subarray(0, 16));
const programOf = (text: string) => `build:sha256:${toHex(digest(text))}`;
const issuers = Array.from({ length: ISSUERS }, (_, i) => hashOf(`issuer ${i}`));
const codeRefs = Array.from({ length: CODE_REFS }, (_, i) => programOf(`program ${i}`));

/** The same for a number always; the small ones far more often. */
function pick<T>(items: readonly T[], index: number, of: string): T {
  const [a, b] = digest(`${of} ${index}`) as unknown as [number, number];
  return items[Math.floor(((a * 256 + b) / 65_536) ** 3 * items.length)]!;
}

const rareIssuer = (index: number) => hashOf(`rare issuer ${Math.floor(index / (3 * RARE))}`);

export function entryOf(index: number, world: World = 'receipts'): Uint8Array {
  const own = {
    inputHash: hashOf(`input ${index}`),
    nonce: nonceOf(index),
    outputHash: hashOf(`output ${index}`),
    timeMs: FIRST_MS + index * SECOND_MS + (index % 7) * 100,
    padding: PADDING,
  };
  if (world === 'everything distinct') {
    const policies = [`p${index}`];
    return receiptOf({
      ...own,
      codeRef: programOf(`${index}`),
      issuer: hashOf(`${index}`),
      policies,
    });
  }
  return receiptOf({
    ...own,
    codeRef: index < OLDEST ? `git:oldest of all` : pick(codeRefs, index, 'program'),
    issuer: index % RARE === 0 ? rareIssuer(index) : pick(issuers, index, 'issuer'),
    policies: index % 2 === 0 ? ['eu_region', 'no_training'] : ['no_retention', 'no_training'],
  });
}

/** By its kind: the `n`-th search of an index that has `size` entries. */
export const SEARCHES: Readonly<Record<string, (n: number, size: number) => Filters>> = {
  'the newest': () => ({}),
  'by index': (n, size) => ({ index: spread(n, size) }),
  'leaf hash': (n, size) => ({ leaf: toHex(leafHash(entryOf(spread(n, size)))) }),
  'a code reference': (n) => ({ codeRef: codeRefs[n % CODE_REFS]! }),
  'its first 17 characters': (n) => ({ codeRefPrefix: codeRefs[n % CODE_REFS]!.slice(0, 17) }),
  'a prefix of everything': () => ({ codeRefPrefix: 'build:sha256:' }),
  'a prefix of the oldest alone': () => ({ codeRefPrefix: 'git:old' }),
  'a prefix of nothing, after one of everything': () => ({ codeRefPrefix: 'build:shb' }),
  'an issuer of many': (n) => ({ issuer: issuers[n % 20]! }),
  'an issuer of few': (n) => ({ issuer: issuers[ISSUERS - 1 - (n % 100)]! }),
  'a policy of half': () => ({ policies: ['no_retention'] }),
  'two policies that never meet': () => ({ policies: ['eu_region', 'no_retention'] }),
  'a policy of half, an issuer of three': (n, size) => ({
    policies: ['eu_region'],
    issuer: rareIssuer(spread(n, size)),
  }),
  'an input hash': (n, size) => ({ inputHash: hashOf(`input ${spread(n, size)}`) }),
  'an output hash': (n, size) => ({ outputHash: hashOf(`output ${spread(n, size)}`) }),
  'a nonce': (n, size) => ({ nonce: nonceOf(spread(n, size)) }),
  'any hash, that is nowhere': (n) => ({ hash: hashOf(`nowhere ${n}`) }),
  'a minute': (n, size) => span(spread(n, size), 60),
  'a time of no entry': (n, size) => {
    const { fromMs } = span(spread(n, size), 0);
    return { fromMs: fromMs + 700, toMs: fromMs + 999 };
  },
  'the oldest hour, a policy of half': () => ({ ...span(0, 3600), policies: ['no_retention'] }),
  'an hour, a program, an issuer': (n, size) => ({
    ...span(spread(n, size), 3600),
    codeRef: codeRefs[n % 30]!,
    issuer: issuers[n % 30]!,
  }),
};

/** All over the log, never twice the same. */
function spread(n: number, size: number): number {
  return (n * 7919 + 13) % size;
}

function span(index: number, seconds: number): { fromMs: number; toMs: number } {
  const fromMs = FIRST_MS + index * SECOND_MS;
  return { fromMs, toMs: fromMs + seconds * SECOND_MS };
}
