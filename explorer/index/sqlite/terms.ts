/**
 * The terms that an entry is found by, and those that a search asks for: 48 bits of a keyed hash, a key for each
 * kind. Whatever has the terms is compared with the filters itself, so a chance collision costs a look and no more.
 */
import { LRUCache } from 'lru-cache';
import { encodeBase64Url } from '#protocol/base64.ts';
import { fromHex } from '#protocol/bytes.ts';
import type { EntryFacts } from '#protocol/entry/entry-type.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';
import type { Filters } from '../../search/filters.ts';
import { HASH_KEY_BYTES, KeyedHash } from './keyed-hash.ts';
import type { Term } from './postings.ts';

const KINDS = [
  'log',
  'leaf',
  'issuer',
  'codeRef',
  'codeRefPrefix',
  'policy',
  'inputHash',
  'outputHash',
  'nonce',
] as const;
type Kind = (typeof KINDS)[number];

export const TERM_KEYS_BYTES = KINDS.length * HASH_KEY_BYTES;

/**
 * Beginnings of a code reference that are terms. A search for another length takes the next shorter one and
 * compares: close to one another where people type, after the `build:sha256:` or `git:` of most.
 */
const PREFIX_LENGTHS = [
  1, 2, 3, 4, 6, 8, 10, 12, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 56, 64,
] as const;

/** Most entries have a code reference of few: its terms are most of an entry's, and remembered. */
const REMEMBERED_CODE_REFS = 4096;

/** Takes a term of an entry. */
export type TakeTerm = (high: number, low: number) => void;

export class Terms {
  readonly #hashes: Readonly<Record<Kind, KeyedHash>>;
  readonly #codeRefs = new LRUCache<string, readonly Term[]>({ max: REMEMBERED_CODE_REFS });

  /** `keys` are secret random bytes, `TERM_KEYS_BYTES` of them. */
  constructor(keys: Uint8Array) {
    const hash = (_: Kind, i: number) =>
      new KeyedHash(keys.subarray(i * HASH_KEY_BYTES, (i + 1) * HASH_KEY_BYTES));
    this.#hashes = Object.fromEntries(KINDS.map((kind, i) => [kind, hash(kind, i)])) as Record<
      Kind,
      KeyedHash
    >;
  }

  /** Of an entry in the log of this number. */
  ofEntry(log: number, leafHash: LeafHash, facts: EntryFacts, take: TakeTerm): void {
    const { issuer, codeRef, policies, inputHash, outputHash, nonce } = facts;
    const add = (kind: Kind, text: string) => {
      const hashed = this.#hashes[kind];
      hashed.hash(text);
      take(hashed.high, hashed.low);
    };
    add('log', String(log));
    add('leaf', encodeBase64Url(leafHash));
    if (issuer !== undefined) add('issuer', issuer);
    if (inputHash !== undefined) add('inputHash', inputHash);
    if (outputHash !== undefined) add('outputHash', outputHash);
    if (nonce !== undefined) add('nonce', nonce);
    if (policies !== undefined) for (const policy of policies) add('policy', policy);
    if (codeRef === undefined) return;
    for (const { high, low } of this.#ofCodeRef(codeRef)) take(high, low);
  }

  /** Of every entry of the log of this number. */
  ofLog(log: number): Term {
    return this.#term('log', String(log));
  }

  /** What an entry has to have that passes these filters: of each group one at least. The log is for the caller. */
  ofFilters(filters: Filters): Term[][] {
    const { leaf, issuer, codeRef, codeRefPrefix, inputHash, outputHash, nonce, hash } = filters;
    const groups: Term[][] = [];
    const add = (kind: Kind, text: string | undefined) => {
      if (text !== undefined) groups.push([this.#term(kind, text)]);
    };
    // The rarest first, so that most segments are done with after one of them.
    add('leaf', leaf === undefined ? undefined : encodeBase64Url(fromHex(leaf)));
    add('nonce', nonce);
    add('inputHash', inputHash);
    add('outputHash', outputHash);
    if (hash !== undefined) {
      const kinds = ['leaf', 'issuer', 'inputHash', 'outputHash', 'nonce'] as const;
      groups.push(kinds.map((kind) => this.#term(kind, hash)));
    }
    add('issuer', issuer);
    add('codeRef', codeRef);
    add('codeRefPrefix', codeRefPrefix && indexedPrefix(codeRefPrefix));
    for (const policy of filters.policies ?? []) add('policy', policy);
    return groups;
  }

  #ofCodeRef(codeRef: string): readonly Term[] {
    const remembered = this.#codeRefs.get(codeRef);
    if (remembered !== undefined) return remembered;
    const lengths = PREFIX_LENGTHS.filter((length) => length <= codeRef.length);
    const prefixes = lengths.map((length) => this.#term('codeRefPrefix', codeRef, length));
    const terms = [this.#term('codeRef', codeRef), ...prefixes];
    this.#codeRefs.set(codeRef, terms);
    return terms;
  }

  #term(kind: Kind, text: string, length?: number): Term {
    const hashed = this.#hashes[kind];
    hashed.hash(text, length);
    return { high: hashed.high, low: hashed.low };
  }
}

/** The longest beginning that is a term; nothing of an empty text. */
function indexedPrefix(prefix: string): string | undefined {
  const length = PREFIX_LENGTHS.findLast((indexed) => indexed <= prefix.length);
  return length === undefined ? undefined : prefix.slice(0, length);
}
