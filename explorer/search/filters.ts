/**
 * What is searched for: filters that an entry has to pass, all of them. One form for URLs, the API, feeds and
 * pages, which the visitor's browser reads by the same code as the server.
 *
 * A hash or a key may be given in hex, base64 or base64url; a filter has it in one spelling. So two searches
 * that mean the same have the same URL.
 */

import type { EntryFacts } from '#protocol/entry/entry-type.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';

/** Every member is canonical; absent members ask for nothing. */
export interface Filters {
  /** Origin of the log. */
  readonly log?: string;
  readonly index?: number;
  /** Lowercase hex of a leaf hash. */
  readonly leaf?: string;
  readonly codeRef?: string;
  /** What the code reference begins with. */
  readonly codeRefPrefix?: string;
  /** b64u of a public key. */
  readonly issuer?: string;
  /** All of them; ascending, each once. */
  readonly policies?: readonly string[];
  /** b64u of a SHA-256. */
  readonly inputHash?: string;
  /** b64u of a SHA-256. */
  readonly outputHash?: string;
  /** b64u of 16 to 64 bytes. */
  readonly nonce?: string;
  /** b64u of 32 bytes that are the leaf hash, the issuer, the input's hash, the output's or the nonce. */
  readonly hash?: string;
  /** At or after this time, as the entry states it; Unix milliseconds. */
  readonly fromMs?: number;
  /** Before this time, as the entry states it; Unix milliseconds. */
  readonly toMs?: number;
}

/** An entry, as far as filters ask about it. */
export interface Candidate {
  readonly log: string;
  readonly index: number;
  readonly leafHash: LeafHash;
  readonly timeMs?: number | undefined;
  readonly facts: EntryFacts;
}

/** A parameter that cannot be meant, and what may have been. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** Of the URL. */
  readonly parameter: string;
  /** Another search that is likely to be meant, as the query of a URL. */
  readonly suggestion: string | undefined;

  constructor(parameter: string, message: string, suggestion?: string) {
    super(message);
    this.parameter = parameter;
    this.suggestion = suggestion;
  }
}
